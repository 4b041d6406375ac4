# mps2_board(NAME): a board of Arm's MPS2 family; its folder has the device tree, budget, CPU flags and emulator recipe.
include(${CMAKE_CURRENT_LIST_DIR}/../common/cortex_m_board.cmake)

function(mps2_board board)
  set(family ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  cortex_m_board(${board}
    SOURCES ${family}/composition.cpp ${family}/vectors.cpp
    LIBS wasmbed_drivers wasmbed_lwip
    REQUIRE storage.kEraseBlockSize storage.kWriteBlockSize factory.kAddress seed.kAddress store.kAddress nvic.kBase
      console.kIrqs console.kClockHz console.kCurrentSpeed entropy.kIrqs entropy.kClockHz entropy.kCurrentSpeed
      wakeup_timer.kIrqs wakeup_timer.kClockHz fpgaio.kClockHz watchdog.kClockHz ethernet.kIrqs
      shield1.kBase shield1_spi.kClockHz shield1_spi.kCsPin misc.kBase temperature.kAddress temperature.kLabel)
endfunction()

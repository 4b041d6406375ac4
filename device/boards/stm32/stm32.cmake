# stm32_board(NAME): a board with an STM32F1 or F4; its folder has the device tree, budget, CPU flags and emulator recipe.
include(${CMAKE_CURRENT_LIST_DIR}/../common/cortex_m_board.cmake)

function(stm32_board board)
  set(family ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  cortex_m_board(${board}
    SOURCES ${family}/composition.cpp ${family}/vectors.cpp
    LIBS wasmbed_drivers
    REQUIRE nvic.kBase systick.kClockHz console.kIrqs console.kClockHz console.kCurrentSpeed link.kIrqs link.kClockHz link.kCurrentSpeed
      element_uart.kIrqs element_uart.kClockHz element_uart.kCurrentSpeed element.kEraseBlockSize element.kWriteBlockSize
      factory.kSize seed.kBase store.kBase spi.kClockHz led_port.kWasmbedOutputOffset led_port.kWasmbedSetResetOffset)
endfunction()

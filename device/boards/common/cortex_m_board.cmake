# What every Cortex-M board's folder needs; its CMakeLists.txt calls one of these functions of its family, or cortex_m_board itself.
include(${CMAKE_CURRENT_LIST_DIR}/device_tree.cmake)

# cortex_m_board(NAME SOURCES composition.cpp ... LIBS wasmbed_drivers ... REQUIRE console.kIrqs ...): makes the target wasmbed_board of the
# sources and the common startup code, the constants of NAME.dts (device_tree.cmake; the build stops when the tree lacks one of REQUIRE),
# the linker script of the tree's memory and budget.h, and ships the tree and emulator.json in `firmware`.
function(cortex_m_board board)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS;REQUIRE" ${ARGN})
  set(common ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  board_device_tree(${board} REQUIRE code.kBase ram.kBase ${arg_REQUIRE})

  # Objects, not an archive: the vector table is referenced by nothing.
  add_library(wasmbed_board OBJECT ${arg_SOURCES} ${common}/image.cpp ${common}/startup.cpp)
  target_compile_options(wasmbed_board PRIVATE ${WASMBED_WARNINGS} ${WASMBED_FREESTANDING})
  target_include_directories(wasmbed_board PUBLIC ${CMAKE_SOURCE_DIR} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}) # budget.h
  target_link_libraries(wasmbed_board PUBLIC board_dt ${arg_LIBS} wasmbed_hal wasmbed_base)

  # wasmbed_image() in device/firmware links by this script.
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
  set(script ${generated}/link.ld)
  add_custom_command(
    OUTPUT ${script}
    COMMAND ${CMAKE_C_COMPILER} -E -P -undef -x c -include ${CMAKE_CURRENT_SOURCE_DIR}/budget.h -include ${generated}/board_dt.ld.h
            ${common}/link.ld.S -o ${script}
    DEPENDS ${common}/link.ld.S ${CMAKE_CURRENT_SOURCE_DIR}/budget.h board_dt_files ${generated}/board_dt.ld.h
    VERBATIM)
  add_custom_target(board_linker_script DEPENDS ${script})
  set(WASMBED_LINKER_SCRIPT ${script} CACHE INTERNAL "")

  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/emulator.json)
    configure_file(emulator.json ${CMAKE_BINARY_DIR}/firmware/${board}.emulator.json COPYONLY)
  endif()
endfunction()

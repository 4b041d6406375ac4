# board_device_tree(BOARD REQUIRE console.kIrqs ...): compiles BOARD.dts, which may include others, and makes board_dt.hpp and board_dt.ld.h in the current binary folder.
# Makes the target board_dt, to link for the include path; the compiled tree is ${CMAKE_BINARY_DIR}/firmware/BOARD.dtb.
function(board_device_tree board)
  cmake_parse_arguments(arg "" "" "REQUIRE" ${ARGN})
  find_program(DTC dtc REQUIRED)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/dt_constants.py)
  set(dts ${CMAKE_CURRENT_SOURCE_DIR}/${board}.dts)
  set(dtb ${CMAKE_BINARY_DIR}/firmware/${board}.dtb)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${generated} ${CMAKE_BINARY_DIR}/firmware)
  add_custom_command(
    OUTPUT ${dtb} ${generated}/board_dt.hpp ${generated}/board_dt.ld.h
    COMMAND ${DTC} -q -@ -I dts -O dtb -d ${generated}/${board}.d -o ${dtb} ${dts}
    COMMAND ${Python3_EXECUTABLE} ${script} ${dtb} --header ${generated}/board_dt.hpp --linker ${generated}/board_dt.ld.h
            --require ${arg_REQUIRE}
    DEPENDS ${dts} ${script}
    DEPFILE ${generated}/${board}.d
    COMMENT "Device tree of ${board}"
    VERBATIM)
  add_custom_target(board_dt_files DEPENDS ${dtb} ${generated}/board_dt.hpp)
  add_library(board_dt INTERFACE)
  add_dependencies(board_dt board_dt_files)
  target_include_directories(board_dt INTERFACE ${generated})
endfunction()

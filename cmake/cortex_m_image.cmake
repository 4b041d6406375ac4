# wasmbed_cortex_m_image(NAME SOURCES a.cpp LIBS x): a program for tests on an MPS2 board in QEMU, cortex_m/NAME.elf in the build folder. It is
# an ordinary C++ program: picolibc starts it and gives it files, output and an exit status by semihosting. Code is where the board's code
# is; data, heap and stack have the board's 16 MB of PSRAM. Its libraries are those that the firmware has, with the same flags.
#
# Built with the firmware of mps2-an385, the board whose images `./dev test` runs; on the others by the target cortex_m_images.
function(wasmbed_cortex_m_image name)
  if(NOT WASMBED_BOARD MATCHES "^mps2-")
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  set(dt ${CMAKE_BINARY_DIR}/device/boards/${WASMBED_BOARD}/generated/board_dt.ld.h)
  set(template ${CMAKE_SOURCE_DIR}/cmake/cortex_m_image.ld.S)
  set(script ${CMAKE_CURRENT_BINARY_DIR}/${name}.ld)
  add_custom_command(
    OUTPUT ${script}
    COMMAND ${CMAKE_C_COMPILER} -E -P -undef -x c -include ${dt} ${template} -o ${script}
    DEPENDS ${template} board_dt_files ${dt}
    VERBATIM)
  add_custom_target(${name}_script DEPENDS ${script})
  add_executable(${name} EXCLUDE_FROM_ALL ${arg_SOURCES})
  add_dependencies(${name} ${name}_script)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${WASMBED_WARNINGS})
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  target_link_options(${name} PRIVATE --oslib=semihost --crt0=semihost -T ${script} -Wl,--gc-sections -Wl,--no-warn-rwx-segments)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/cortex_m OUTPUT_NAME ${name}.elf LINK_DEPENDS ${script})
  if(NOT TARGET cortex_m_images)
    add_custom_target(cortex_m_images)
  endif()
  add_dependencies(cortex_m_images ${name})
  if(WASMBED_BOARD STREQUAL "mps2-an385")
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL FALSE)
  endif()
endfunction()

# GoogleTest from Debian's sources, without what bare metal lacks.
function(wasmbed_cortex_m_googletest)
  if(TARGET cortex_m_googletest)
    return()
  endif()
  set(googletest /usr/src/googletest/googletest)
  add_library(cortex_m_googletest STATIC EXCLUDE_FROM_ALL
    ${googletest}/src/gtest-all.cc ${googletest}/src/gtest_main.cc ${CMAKE_SOURCE_DIR}/tests/cortex_m/no_folders.cpp)
  target_include_directories(cortex_m_googletest SYSTEM PUBLIC ${googletest}/include PRIVATE ${googletest})
  target_compile_definitions(cortex_m_googletest PUBLIC
    GTEST_HAS_PTHREAD=0 GTEST_HAS_DEATH_TEST=0 GTEST_HAS_STREAM_REDIRECTION=0 GTEST_HAS_STD_WSTRING=0)
  target_compile_options(cortex_m_googletest INTERFACE -Wno-dangling-else)  # `if (x) EXPECT_...`: GCC does not know the macros' care
endfunction()

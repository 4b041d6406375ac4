# What every folder's CMakeLists.txt uses: the common flags, and short forms for a library and its test.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(WASMBED_WARNINGS -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough -Werror)

# core/ and device/ are freestanding: no exceptions and no RTTI, on the host too, so that what the host tests is what the firmware runs.
set(WASMBED_FREESTANDING -fno-exceptions -fno-rtti -fno-threadsafe-statics)

# Passes that make firmware larger: what is moved out of a loop, saved around a call or loaded early takes registers, and Thumb has few.
# 1.6 KB of 160, for 0.2 % more instructions when a module is loaded. Such options count when a file is compiled, not at the link: link-time
# optimisation keeps them with each function.
if(WASMBED_BOARD)
  add_compile_options(-fno-tree-loop-im -fno-move-loop-invariants -fno-caller-saves -fno-expensive-optimizations
                      -fno-schedule-insns2)
endif()

option(WASMBED_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
option(WASMBED_TSAN "Thread sanitizer" OFF)
option(WASMBED_FUZZ "libFuzzer targets" OFF)
if(WASMBED_SANITIZE)
  # Without vptr: that check needs the RTTI that freestanding classes do not have.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(WASMBED_TSAN)
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()
if(WASMBED_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(WASMBED_BOARD)
  include(cortex_m_image)
else()
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# wasmbed_library(NAME SOURCES a.cpp b.cpp [LIBS x y] [FREESTANDING])
function(wasmbed_library name)
  cmake_parse_arguments(arg "FREESTANDING" "" "SOURCES;LIBS" ${ARGN})
  if(arg_SOURCES)
    add_library(${name} STATIC ${arg_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_compile_options(${name} PRIVATE ${WASMBED_WARNINGS})
    target_link_libraries(${name} PUBLIC ${arg_LIBS})
    if(arg_FREESTANDING)
      target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${WASMBED_FREESTANDING}>)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${arg_LIBS})
  endif()
endfunction()

# What `./dev check` builds under sanitizers and nothing else: all unit tests, those of programs with threads, all fuzz targets.
add_custom_target(unit_tests)
add_custom_target(threaded_tests)
add_custom_target(fuzz_targets)

# wasmbed_test(NAME SOURCES a_test.cpp LIBS x [ON_CORTEX_M]): a GoogleTest binary for the host, registered with CTest. ON_CORTEX_M: the same tests
# on an MPS2 board in QEMU too (tests/cortex_m).
function(wasmbed_test name)
  cmake_parse_arguments(arg "ON_CORTEX_M" "" "SOURCES;LIBS" ${ARGN})
  if(WASMBED_BOARD)
    if(arg_ON_CORTEX_M AND WASMBED_BOARD MATCHES "^mps2-")
      wasmbed_cortex_m_googletest()
      wasmbed_cortex_m_image(${name} SOURCES ${arg_SOURCES} LIBS ${arg_LIBS} cortex_m_googletest)
    endif()
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${WASMBED_WARNINGS})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock GTest::gtest_main)
  add_dependencies(unit_tests ${name})
  set(label unit)
  if(CMAKE_CURRENT_SOURCE_DIR MATCHES "^${CMAKE_SOURCE_DIR}/(host|services)/")
    set(label unit-threads)
    add_dependencies(threaded_tests ${name})
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120 PROPERTIES TIMEOUT 120 LABELS ${label})
endfunction()

# wasmbed_fuzz(NAME SOURCES a_fuzz.cpp LIBS x): a libFuzzer binary, only with WASMBED_FUZZ; `./dev check` runs each in build/fuzz/bin.
function(wasmbed_fuzz name)
  if(NOT WASMBED_FUZZ)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${WASMBED_WARNINGS})
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzz_targets ${name})
endfunction()

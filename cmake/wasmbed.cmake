# What every folder's CMakeLists.txt uses: the common flags, and short forms for a library and its test.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(WASMBED_WARNINGS -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough -Werror)

# core/ and device/ are freestanding: no exceptions and no RTTI, on the host too, so that what the host tests is what the firmware runs.
set(WASMBED_FREESTANDING -fno-exceptions -fno-rtti -fno-threadsafe-statics)

# In firmware, what does not change in a loop stays there: moved out it takes registers across the loop, and Thumb has few. 0.6 KB of 160.
# Such options count when a file is compiled, not at the link: link-time optimisation keeps them with each function.
if(WASMBED_BOARD)
  add_compile_options(-fno-tree-loop-im -fno-move-loop-invariants)
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

if(NOT WASMBED_BOARD)
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

# What `./dev check` builds under sanitizers: all unit tests, all fuzz targets, and nothing else.
add_custom_target(unit_tests)
add_custom_target(fuzz_targets)

# wasmbed_test(NAME SOURCES a_test.cpp LIBS x): a GoogleTest binary, host only, registered with CTest.
function(wasmbed_test name)
  if(WASMBED_BOARD)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${WASMBED_WARNINGS})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock GTest::gtest_main)
  add_dependencies(unit_tests ${name})
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120 LABELS unit)
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

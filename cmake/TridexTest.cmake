# tridex_test(NAME [SYSTEMC | WAITING] SOURCES... LINK rooms... [LABELS ...] [TIMEOUT s] [ONE_PROCESS_PER_CASE])
#
# One Catch2 executable. SYSTEMC: with the sc_main that SystemC's library wants, and its headers precompiled.
# WAITING: what it does is done by rooms or by the program, so it is not optimized itself, which takes the compiler two
# thirds of the time. ONE_PROCESS_PER_CASE registers each test case with CTest by itself: a SystemC kernel elaborates
# once in a process. Data that is not in the tree: tests take its folder from TRIDEX_DATA, or else ../shared of the
# source tree, and skip with a message where it is absent (exit code 77 by tests/support/data.h).
find_package(Catch2 2 REQUIRED)
include(Catch)
add_library(tridex_test_main STATIC ${CMAKE_SOURCE_DIR}/tests/support/main.cpp)
target_include_directories(tridex_test_main PUBLIC ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(tridex_test_main PUBLIC Catch2::Catch2)
# Catch itself, which is long to compile: it is neither optimized nor, under the sanitizers, checked.
target_compile_options(tridex_test_main PRIVATE -O0)
if(TRIDEX_SANITIZE)
  target_compile_options(tridex_test_main PRIVATE -fno-sanitize=all)
endif()

# What every test includes, compiled once. Its flags are those of the tests: a precompiled header serves no others.
add_library(tridex_test_headers OBJECT ${CMAKE_SOURCE_DIR}/tests/support/headers.cpp)
target_link_libraries(tridex_test_headers PRIVATE Catch2::Catch2)
target_compile_options(tridex_test_headers PRIVATE -O1 $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
tridex_precompile(tridex_test_headers <catch2/catch.hpp>)

# The same for those that wait, with the sc_main that SystemC's library wants.
add_library(tridex_test_waiting OBJECT ${CMAKE_SOURCE_DIR}/tests/support/systemc_main.cpp)
target_link_libraries(tridex_test_waiting PUBLIC Catch2::Catch2 tridex_systemc)
target_compile_options(tridex_test_waiting PRIVATE -O0)
tridex_precompile(tridex_test_waiting <catch2/catch.hpp> <nlohmann/json.hpp>)

# The same with SystemC, and its sc_main.
add_library(tridex_test_systemc OBJECT ${CMAKE_SOURCE_DIR}/tests/support/systemc_main.cpp)
target_link_libraries(tridex_test_systemc PUBLIC Catch2::Catch2 tridex_systemc)
target_compile_options(tridex_test_systemc PRIVATE -O1 $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
tridex_precompile(tridex_test_systemc <catch2/catch.hpp> <systemc> <tlm>)

function(tridex_test NAME)
  cmake_parse_arguments(T "ONE_PROCESS_PER_CASE;SYSTEMC;WAITING" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  if(TRIDEX_SANITIZE)
    math(EXPR T_TIMEOUT "4 * ${T_TIMEOUT}")
  endif()
  add_executable(${NAME} ${T_SOURCES})
  target_link_libraries(${NAME} PRIVATE tridex_test_main ${T_LINK})
  target_compile_definitions(${NAME} PRIVATE TRIDEX_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  if(T_WAITING)
    target_compile_options(${NAME} PRIVATE -O0)
    target_link_libraries(${NAME} PRIVATE tridex_test_waiting)
    tridex_precompile(${NAME} REUSE_FROM tridex_test_waiting)
  else()
    # At this level GCC 12 sees uninitialized members of what an initializer list copies.
    target_compile_options(${NAME} PRIVATE -O1 $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  endif()
  if(T_SYSTEMC)
    target_link_libraries(${NAME} PRIVATE tridex_test_systemc)
    tridex_precompile(${NAME} REUSE_FROM tridex_test_systemc)
  elseif(NOT T_WAITING)
    tridex_precompile(${NAME} REUSE_FROM tridex_test_headers)
  endif()
  set(environment "TRIDEX_SOURCE_DIR=${CMAKE_SOURCE_DIR}" "TRIDEX_BINARY=$<TARGET_FILE:tridex>")
  if(NOT T_ONE_PROCESS_PER_CASE)
    add_test(NAME ${NAME} COMMAND ${NAME})
    set_tests_properties(${NAME} PROPERTIES TIMEOUT ${T_TIMEOUT} SKIP_RETURN_CODE 77)
    set_property(TEST ${NAME} PROPERTY LABELS ${T_LABELS})
    set_property(TEST ${NAME} PROPERTY ENVIRONMENT ${environment})
    return()
  endif()
  # A list does not survive the way through catch_discover_tests: labels and environment are set by a script that ctest
  # reads after the one that adds the cases, whose names are in NAME_TESTS.
  catch_discover_tests(${NAME} TEST_PREFIX "${NAME}." PROPERTIES TIMEOUT ${T_TIMEOUT} SKIP_RETURN_CODE 77)
  set(script "${CMAKE_CURRENT_BINARY_DIR}/${NAME}_lists.cmake")
  file(GENERATE OUTPUT "${script}" CONTENT
"foreach(test IN LISTS ${NAME}_TESTS)
  set_tests_properties(\"\${test}\" PROPERTIES LABELS \"${T_LABELS}\" ENVIRONMENT \"${environment}\")
endforeach()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${script}")
endfunction()

# tridex_test(NAME [SYSTEMC] SOURCES... LINK rooms... [LABELS ...] [TIMEOUT s] [ONE_PROCESS_PER_CASE])
#
# One Catch2 executable. SYSTEMC: with the sc_main that SystemC's library wants, and its headers precompiled.
# ONE_PROCESS_PER_CASE registers each test case with CTest by itself: a SystemC kernel elaborates
# once in a process. Data that is not in the tree: tests take its folder from TRIDEX_DATA, or else ../shared of the
# source tree, and skip with a message where it is absent (exit code 77 by tests/support/data.h).
find_package(Catch2 2 REQUIRED)
include(Catch)
add_library(tridex_test_main STATIC ${CMAKE_SOURCE_DIR}/tests/support/main.cpp)
target_include_directories(tridex_test_main PUBLIC ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(tridex_test_main PUBLIC Catch2::Catch2)
target_compile_options(tridex_test_main PRIVATE -O1)

# What every test includes, compiled once. Its flags are those of the tests: a precompiled header serves no others.
add_library(tridex_test_headers OBJECT ${CMAKE_SOURCE_DIR}/tests/support/headers.cpp)
target_link_libraries(tridex_test_headers PRIVATE Catch2::Catch2)
target_compile_options(tridex_test_headers PRIVATE -O1 $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
tridex_precompile(tridex_test_headers <catch2/catch.hpp>)

# The same with SystemC, and its sc_main.
add_library(tridex_test_systemc OBJECT ${CMAKE_SOURCE_DIR}/tests/support/systemc_main.cpp)
target_link_libraries(tridex_test_systemc PUBLIC Catch2::Catch2 tridex_systemc)
target_compile_options(tridex_test_systemc PRIVATE -O1 $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
tridex_precompile(tridex_test_systemc <catch2/catch.hpp> <systemc> <tlm>)

function(tridex_test NAME)
  cmake_parse_arguments(T "ONE_PROCESS_PER_CASE;SYSTEMC" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  add_executable(${NAME} ${T_SOURCES})
  target_link_libraries(${NAME} PRIVATE tridex_test_main ${T_LINK})
  target_compile_definitions(${NAME} PRIVATE TRIDEX_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  # At this level GCC 12 sees uninitialized members of what an initializer list copies.
  target_compile_options(${NAME} PRIVATE -O1 $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  if(T_SYSTEMC)
    target_link_libraries(${NAME} PRIVATE tridex_test_systemc)
    tridex_precompile(${NAME} REUSE_FROM tridex_test_systemc)
  else()
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

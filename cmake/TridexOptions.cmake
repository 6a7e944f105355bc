option(TRIDEX_WERROR "Treat warnings as errors (CI does)" OFF)
option(TRIDEX_UNITY "Compile several sources of a room at once: whole builds take a third less" OFF)
set(TRIDEX_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")
set(TRIDEX_SANITIZE_WITHOUT "" CACHE STRING "Rooms that are not sanitized, e.g. quant")
set(TRIDEX_SANITIZE_EXCEPT "" CACHE STRING "Checks of theirs to leave out, e.g. alignment,null")
option(TRIDEX_RTL "Engines in RTL in the program (tridex cosim, run --fidelity rtl); needs Verilator" OFF)
set(TRIDEX_RTL_SETS "mat_8x8_copies1_post4_pack1;rmac_8x8_copies1_post8_pack1" CACHE STRING
    "Parameter sets of engines in RTL (cmake/TridexRtlSets.cmake), beside two small ones")
option(TRIDEX_RTL_TRACE "Engines in RTL can write waveforms" ON)
# One instruction set for every translation unit: Eigen's alignment depends on it, so rooms must not differ.
set(TRIDEX_ARCH "x86-64-v3" CACHE STRING "Value of -march; empty for the compiler's default")

include(CheckCXXSourceRuns)
if(TRIDEX_ARCH)
  set(CMAKE_REQUIRED_FLAGS "-march=${TRIDEX_ARCH}")
  check_cxx_source_runs("
    #include <cstdlib>
    int main(int argc, char**) { volatile float a = argc; volatile float b = __builtin_fmaf(a, a, a);
      return __builtin_cpu_supports(\"avx2\") && b > 0 ? 0 : 1; }" TRIDEX_ARCH_RUNS)
  unset(CMAKE_REQUIRED_FLAGS)
  if(TRIDEX_ARCH_RUNS)
    add_compile_options(-march=${TRIDEX_ARCH})
  else()
    message(STATUS "tridex: -march=${TRIDEX_ARCH} does not run here; using the compiler's default")
  endif()
endif()

# No contraction of a*b+c: float results must not depend on which expression the compiler fused.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -ffp-contract=off)
if(TRIDEX_WERROR)
  add_compile_options(-Werror)
endif()
if(TRIDEX_SANITIZE)
  add_compile_options(-fsanitize=${TRIDEX_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(TRIDEX_SANITIZE_EXCEPT)
    add_compile_options(-fno-sanitize=${TRIDEX_SANITIZE_EXCEPT})
  endif()
  add_link_options(-fsanitize=${TRIDEX_SANITIZE})
endif()

find_program(TRIDEX_CCACHE ccache)
if(TRIDEX_CCACHE)
  # The sloppiness is what ccache wants to cache users of precompiled headers at all (its manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${TRIDEX_CCACHE})
endif()

# tridex_precompile(TARGET HEADERS...) or (TARGET REUSE_FROM other): precompiled headers that ccache can cache.
function(tridex_precompile TARGET)
  if(ARGV1 STREQUAL "REUSE_FROM")
    target_precompile_headers(${TARGET} ${ARGN})
  else()
    target_precompile_headers(${TARGET} PRIVATE ${ARGN})
  endif()
  target_compile_options(${TARGET} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()

# tridex_compile_quickly(TARGET...): under the sanitizers these compile without optimization. For code that waits for other
# code: the checks are the same, and the compiler takes half the time.
function(tridex_compile_quickly)
  if(TRIDEX_SANITIZE)
    foreach(target IN LISTS ARGN)
      target_compile_options(${target} PRIVATE -O0)
    endforeach()
  endif()
endfunction()

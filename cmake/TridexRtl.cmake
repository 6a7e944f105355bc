# tridex_add_rtl(NAME mine TOP top SOURCES file... [PARAMETERS A=1 B=2 ...] [FLAGS flag...] [MODEL file...] [TRACE]
#                [PLAIN])
#
# In a project of its own (docs/own-rtl.md): makes the RTL known as `mine` to the program tridex_cosim, with a TLM model
# beside it if there is one, and waveforms. In Tridex's own tree (TRIDEX_RTL_LIBRARIES) only what follows:
#
# Verilates module `top` into the static library `mine`. Its header is mine.h, its class `mine`: a SystemC module whose
# pins are as arch/bridge/pin_type.h says, or with PLAIN a class of plain C++ (for tests). TRACE: it can write waveforms
# (VerilatedVcdSc, VerilatedVcdC). SOURCES: packages first; headers (.vh, .svh) among them are found by those who include
# them. FLAGS: of Verilator's, such as -I/a/folder and -DNAME. Generated code is compiled with -O2 and without warnings.
#
# Without Verilator there is no target, TRIDEX_VERILATOR is false, and whatever needs RTL leaves itself out.
find_program(TRIDEX_VERILATOR verilator DOC "Verilator 5, for RTL")
if(TRIDEX_VERILATOR)
  execute_process(COMMAND ${TRIDEX_VERILATOR} --getenv VERILATOR_ROOT OUTPUT_VARIABLE root
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  find_path(TRIDEX_VERILATOR_INCLUDE verilated.h HINTS ${root}/include /usr/share/verilator/include)
endif()
if(NOT TRIDEX_VERILATOR OR NOT TRIDEX_VERILATOR_INCLUDE)
  message(STATUS "tridex: no Verilator (Debian: verilator), so no RTL: no engines, no tridex_cosim, none of their tests")
  set(TRIDEX_VERILATOR "")
endif()

# The runtime library of Verilator, for SystemC and for plain C++, with ends of a simulation that are noted and not made.
function(tridex_verilated NAME SC)
  set(runtime ${TRIDEX_VERILATOR_INCLUDE})
  set(tridex ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..)
  set(sources ${runtime}/verilated.cpp ${runtime}/verilated_threads.cpp ${runtime}/verilated_vcd_c.cpp
              ${tridex}/arch/bridge/verilated_finish.cpp)
  if(SC)
    list(APPEND sources ${runtime}/verilated_vcd_sc.cpp)
  endif()
  find_package(Threads REQUIRED)
  add_library(${NAME} STATIC EXCLUDE_FROM_ALL ${sources})
  target_include_directories(${NAME} SYSTEM PUBLIC ${runtime} ${runtime}/vltstd)
  target_include_directories(${NAME} PRIVATE ${tridex})
  target_compile_definitions(${NAME} PUBLIC VM_SC=${SC} VM_COVERAGE=0 VM_TRACE=1 PRIVATE VL_USER_FINISH VL_USER_STOP)
  target_compile_options(${NAME} PRIVATE -O2 -w)
  target_link_libraries(${NAME} PUBLIC Threads::Threads)
  if(SC)
    target_link_libraries(${NAME} PUBLIC tridex_systemc)
  else()
    target_compile_definitions(${NAME} PUBLIC VL_TIME_CONTEXT)
  endif()
endfunction()

if(TRIDEX_VERILATOR)
  tridex_verilated(tridex_verilated_systemc 1)
  tridex_verilated(tridex_verilated_plain 0)
endif()

include(TridexCosim)
function(tridex_add_rtl)
  cmake_parse_arguments(R "TRACE;PLAIN" "NAME;TOP" "SOURCES;PARAMETERS;FLAGS;MODEL" ${ARGN})
  set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/TridexVerilate.cmake)
  if(R_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tridex_add_rtl(NAME ${R_NAME}): unknown: ${R_UNPARSED_ARGUMENTS} (known: NAME, TOP, SOURCES, "
                        "PARAMETERS, FLAGS, MODEL, TRACE, PLAIN)")
  endif()
  if(NOT TARGET tridex_verilated_systemc)
    message(FATAL_ERROR "tridex_add_rtl(NAME ${R_NAME}): no Verilator (Debian: verilator); ask for TRIDEX_VERILATOR first")
  endif()
  if(NOT R_NAME OR NOT R_TOP OR NOT R_SOURCES)
    message(FATAL_ERROR "tridex_add_rtl: NAME, TOP and SOURCES are needed")
  endif()
  set(arguments --prefix ${R_NAME} --top-module ${R_TOP} -O3 -Wno-fatal ${R_FLAGS})
  foreach(parameter IN LISTS R_PARAMETERS)
    list(APPEND arguments -G${parameter})
  endforeach()
  if(TRIDEX_RTL_LIBRARIES OR R_PLAIN)
    set(ports "")
  else()
    set(ports ${R_NAME}_ports.h)
  endif()
  if(R_TRACE OR ports)
    list(APPEND arguments --trace)
  endif()
  list(APPEND arguments $<IF:$<BOOL:${R_PLAIN}>,--cc,--sc>)
  set(sources "")
  set(headers "")
  set(folders "")
  foreach(source IN LISTS R_SOURCES)
    get_filename_component(source ${source} ABSOLUTE)
    if(source MATCHES "\\.s?vh$")  # is included by others
      get_filename_component(folder ${source} DIRECTORY)
      list(APPEND headers ${source})
      list(APPEND folders -I${folder})
    else()
      list(APPEND sources ${source})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES folders)
  list(APPEND arguments ${folders})
  # One source that includes the generated ones, whose names are not known before.
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${R_NAME}.rtl)
  add_custom_command(
    OUTPUT ${folder}/${R_NAME}_all.cpp ${folder}/${R_NAME}.h $<$<BOOL:${ports}>:${folder}/${R_NAME}_ports.h>
    COMMAND ${CMAKE_COMMAND} -DVERILATOR=${TRIDEX_VERILATOR} -DNAME=${R_NAME} -DFOLDER=${folder}
            "-DARGUMENTS=${arguments}" "-DSOURCES=${sources}" -DPORTS=${ports} -P ${script}
    DEPENDS ${sources} ${headers} ${script}
    COMMENT "Verilating ${R_TOP} as ${R_NAME}"
    VERBATIM)
  add_library(${R_NAME} STATIC EXCLUDE_FROM_ALL ${folder}/${R_NAME}_all.cpp ${folder}/${R_NAME}.h)
  target_include_directories(${R_NAME} SYSTEM PUBLIC ${folder})
  target_compile_options(${R_NAME} PRIVATE -O2 -w)
  target_link_libraries(${R_NAME} PUBLIC tridex_verilated_$<IF:$<BOOL:${R_PLAIN}>,plain,systemc>)
  if(ports)
    tridex_cosim_rtl(${R_NAME} MODEL ${R_MODEL})
  endif()
endfunction()

# Verilates SOURCES with ARGUMENTS into FOLDER and writes NAME_all.cpp there, which includes what came out. With PORTS, a file's
# name, also a table of the top's ports there. A script of tridex_add_rtl.
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
execute_process(COMMAND ${VERILATOR} ${ARGUMENTS} --Mdir ${FOLDER} ${SOURCES} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${VERILATOR} refuses ${NAME}: see its messages above")
endif()
file(GLOB generated RELATIVE ${FOLDER} ${FOLDER}/*.cpp)
list(SORT generated)
set(all "")
foreach(file IN LISTS generated)
  string(APPEND all "#include \"${file}\"\n")
endforeach()
file(WRITE ${FOLDER}/${NAME}_all.cpp "${all}")

# A class of plain C++ says the width of each pin, as VL_IN8(&name,left,right) and the like; a SystemC module does not.
if(PORTS)
  set(plain ${FOLDER}/plain)
  list(REMOVE_ITEM ARGUMENTS --sc --trace)
  execute_process(COMMAND ${VERILATOR} ${ARGUMENTS} --cc --Mdir ${plain} ${SOURCES} RESULT_VARIABLE failed
                  OUTPUT_QUIET ERROR_QUIET)
  if(failed)
    message(FATAL_ERROR "${VERILATOR} refuses ${NAME} as plain C++")
  endif()
  file(STRINGS ${plain}/${NAME}.h lines REGEX "VL_(IN|OUT|INOUT)(8|16|64|W)?\\(")
  set(rows "")
  foreach(line IN LISTS lines)
    if(line MATCHES "VL_(IN|OUT|INOUT)(8|16|64|W)?\\(&([A-Za-z0-9_]+),([0-9]+),([0-9]+)")
      math(EXPR bits "${CMAKE_MATCH_4} - ${CMAKE_MATCH_5} + 1")
    elseif(line MATCHES "VL_(IN|OUT|INOUT)(8|16|64|W)?\\(\\(&([A-Za-z0-9_]+)\\)")
      set(bits 0)
    else()
      message(FATAL_ERROR "${NAME}.h: a port that is not understood: ${line}")
    endif()
    set(port ${CMAKE_MATCH_3})
    string(REPLACE "INOUT" "Both" direction ${CMAKE_MATCH_1})
    string(REPLACE "IN" "In" direction ${direction})
    string(REPLACE "OUT" "Out" direction ${direction})
    string(REGEX REPLACE "^__SYM__" "" port ${port})  # before a word that is reserved elsewhere (named_pins.h)
    string(APPEND rows "    {\"${port}\", tridex::arch::Port::Direction::k${direction}, ${bits}},\n")
    list(APPEND count x)
  endforeach()
  list(LENGTH count count)
  file(WRITE ${FOLDER}/${PORTS} "#pragma once
#include <array>

#include \"arch/own_rtl/port.h\"

inline constexpr std::array<tridex::arch::Port, ${count}> ${NAME}_ports{{
${rows}}};
")
endif()

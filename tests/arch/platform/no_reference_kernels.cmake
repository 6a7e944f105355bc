# Fails when an object of the engines or the vector unit refers to a function of tridex::quant, where the integer
# reference lives.
string(REPLACE "," ";" LIBRARIES "${LIBRARIES}")
foreach(library IN LISTS LIBRARIES)
  execute_process(COMMAND ${NM} -C --undefined-only "${library}" OUTPUT_VARIABLE symbols RESULT_VARIABLE status)
  if(NOT status EQUAL 0 OR symbols STREQUAL "")
    message(FATAL_ERROR "${NM} cannot read ${library}")
  endif()
  string(REGEX MATCHALL "U [^\n]*tridex::quant::[^\n]*" references "${symbols}")
  if(references)
    message(FATAL_ERROR "${library} refers to the reference: ${references}")
  endif()
endforeach()

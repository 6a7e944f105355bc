# tridex_cosim_rtl(NAME [MODEL file...]): makes the Verilated library NAME, and a TLM model of it, known to the program
# tridex_cosim, which the first call adds. Called by tridex_add_rtl() outside of Tridex's own tree.
function(tridex_cosim_rtl NAME)
  cmake_parse_arguments(R "" "" "MODEL" ${ARGN})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${NAME}_device.cpp)
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../arch/own_rtl/own_rtl.cpp.in ${source} @ONLY)
  add_library(${NAME}_device OBJECT EXCLUDE_FROM_ALL ${source} ${R_MODEL})
  target_compile_features(${NAME}_device PRIVATE cxx_std_20)
  # Compiling it is most of what a change of the RTL costs; simulation time is the Verilated library's.
  target_compile_options(${NAME}_device PRIVATE -O1)
  target_link_libraries(${NAME}_device PRIVATE ${NAME} tridex_own_rtl)
  if(NOT TARGET tridex_cosim)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/tridex_cosim.cpp "// Its main is in tridex_own_rtl.\n")
    add_executable(tridex_cosim ${CMAKE_CURRENT_BINARY_DIR}/tridex_cosim.cpp)
    target_link_libraries(tridex_cosim PRIVATE tridex_own_rtl)
    set_target_properties(tridex_cosim PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  endif()
  target_link_libraries(tridex_cosim PRIVATE $<TARGET_OBJECTS:${NAME}_device> ${NAME})
endfunction()

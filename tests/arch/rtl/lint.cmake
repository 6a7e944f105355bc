# Verilator's lint finds nothing in the engines, at parameters with one and more of everything. Signals that are used in
# part are left out: fields of a struct, and ports of the other engine's mode. -DVERILATOR -DSOURCES
list(GET SOURCES 0 first)
get_filename_component(folder ${first} DIRECTORY)
list(FILTER SOURCES EXCLUDE REGEX "\\.svh$")
foreach(top mat_engine rmac_engine)
  foreach(parameters "" "-GLANES=2;-GINPUTS=2;-GPOST_LANES=1" "-GLANES=6;-GINPUTS=9;-GCOPIES=3;-GPOST_LANES=3;-GPACK=0"
          "-GLANES=16;-GINPUTS=16;-GPOST_LANES=16;-GDIVISOR_DEPTH=2")
    execute_process(COMMAND ${VERILATOR} --lint-only -Wall -I${folder} -Wno-UNUSEDSIGNAL --top-module ${top} ${parameters}
                            ${SOURCES}
                    RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "${top} ${parameters}: see the warnings above")
    endif()
  endforeach()
endforeach()

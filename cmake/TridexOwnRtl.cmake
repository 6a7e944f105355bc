# The rooms behind tridex_cosim, and no others.
foreach(room base arch/design arch/dram arch/bridge arch/own_rtl app/own_rtl)
  add_subdirectory(${room})
endforeach()

# Parsing <systemc> and <tlm> is most of what a file of these takes: the files of a bus (axi4_*, lite_*, stream_*)
# become one translation unit.
get_target_property(sources tridex_arch_bridge SOURCES)
foreach(source IN LISTS sources)
  string(REGEX MATCH "^[a-z0-9]+" bus ${source})
  set_source_files_properties(${PROJECT_SOURCE_DIR}/arch/bridge/${source} TARGET_DIRECTORY tridex_arch_bridge
                              PROPERTIES UNITY_GROUP ${bus})
endforeach()
set_target_properties(tridex_arch_bridge PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
set_target_properties(tridex_arch_own_rtl PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 5)

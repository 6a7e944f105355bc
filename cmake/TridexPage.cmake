# tridex_page(OUTPUT SCRIPTS...): page_parts.cpp, which holds the report's page (explore/report/page): its HTML, its style, its
# scripts in this order, and ECharts, so that a report needs nothing but its own file.
#
# ECharts is not in the tree. npm brings the version of explore/report/page/package-lock.json, checked by its hashes, into the
# build folder when the program is first built; TRIDEX_ECHARTS names a copy to use instead (a machine without a network).
set(TRIDEX_ECHARTS "" CACHE FILEPATH "echarts.common.min.js to put into the report's page; empty: npm fetches it")

function(tridex_page OUTPUT)
  set(page "${CMAKE_CURRENT_SOURCE_DIR}/report/page")
  set(charts "${TRIDEX_ECHARTS}")
  if(NOT charts)
    find_program(TRIDEX_NPM npm)
    if(NOT TRIDEX_NPM)
      message(FATAL_ERROR "npm is not found, which fetches ECharts for the report's page. Debian: apt-get install npm. "
                          "Or -DTRIDEX_ECHARTS=FILE with dist/echarts.common.min.js of the package echarts (the version is in "
                          "explore/report/page/package.json).")
    endif()
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/page")
    set(charts "${folder}/node_modules/echarts/dist/echarts.common.min.js")
    add_custom_command(OUTPUT "${charts}"
      COMMAND ${CMAKE_COMMAND} -E copy "${page}/package.json" "${page}/package-lock.json" "${folder}"
      COMMAND ${TRIDEX_NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error
      COMMAND ${CMAKE_COMMAND} -E touch "${charts}"
      WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/page"
      DEPENDS "${page}/package.json" "${page}/package-lock.json"
      COMMENT "Fetching ECharts by npm" VERBATIM)
    file(MAKE_DIRECTORY "${folder}")
  endif()
  set(files "${page}/page.html" "${page}/page.css")
  foreach(name IN LISTS ARGN)
    list(APPEND files "${page}/${name}.js")
  endforeach()
  list(JOIN ARGN "," names)
  add_custom_command(OUTPUT "${OUTPUT}"
    COMMAND ${CMAKE_COMMAND} "-DPAGE=${page}" "-DCHARTS=${charts}" "-DSCRIPTS=${names}" "-DOUTPUT=${OUTPUT}"
            -P "${page}/embed.cmake"
    DEPENDS ${files} "${page}/embed.cmake" "${charts}"
    COMMENT "Embedding the report's page" VERBATIM)
endfunction()

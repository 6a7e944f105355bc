# cmake -DPAGE=FOLDER -DCHARTS=FILE -DSCRIPTS=FILES -DOUTPUT=FILE -P embed.cmake: the page as C++ string literals.
# What is read goes through no list and no second substitution, so any character may be in it, but for `)tridex"`.
file(READ "${PAGE}/page.html" html)
file(READ "${PAGE}/page.css" css)
file(READ "${CHARTS}" charts)
set(script "")
string(REPLACE "," ";" names "${SCRIPTS}")
foreach(name IN LISTS names)
  file(READ "${PAGE}/${name}.js" part)
  string(APPEND script "${part}")
endforeach()
foreach(part html css charts script)
  string(FIND "${${part}}" ")tridex\"" end)
  if(NOT end EQUAL -1)
    message(FATAL_ERROR "the page's ${part} has the end of its own string literal in it: )tridex\"")
  endif()
endforeach()
file(WRITE "${OUTPUT}" "#include \"explore/report/page_parts.h\"

namespace tridex::explore {

const char* const kPageHtml = R\"tridex(${html})tridex\";
const char* const kPageCss = R\"tridex(${css})tridex\";
const char* const kPageCharts = R\"tridex(${charts})tridex\";
const char* const kPageJs = R\"tridex(${script})tridex\";

}  // namespace tridex::explore
")

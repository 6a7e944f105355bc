#pragma once

namespace tridex::explore {

// What cmake/TridexPage.cmake puts into the program.
extern const char* const kPageHtml;  ///< with @STYLE@, @CHARTS@, @SCRIPT@ and @DATA@ once each, the data last
extern const char* const kPageCss;
extern const char* const kPageCharts;  ///< ECharts with its licence
extern const char* const kPageJs;

}  // namespace tridex::explore

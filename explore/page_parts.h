#pragma once

namespace tridex::explore {

// The files in explore/page, put into the program by the build.
extern const char* const kPageHtml;  ///< with @STYLE@, @SCRIPT@ and @DATA@ once each, the data last
extern const char* const kPageCss;
extern const char* const kPageJs;

}  // namespace tridex::explore

#pragma once
#include <string>

#include "explore/report/report.h"

namespace tridex::app {

/// The fronts of a report as text, a table a network, fastest point first; points without accuracy say so.
std::string front_text(const explore::Report& report);

}  // namespace tridex::app

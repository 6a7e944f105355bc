#pragma once
#include <string>

#include "arch/own_rtl/run.h"

namespace tridex::app {

/// The result as the terminal shows it, lines with their ends.
std::string result_text(const arch::Work& work, const arch::OwnResult& result);

}  // namespace tridex::app

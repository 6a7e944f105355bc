#pragma once
#include <stdexcept>
#include <string>

#include "arch/platform/run.h"

namespace tridex::test {

/// arch::run with protocol monitors on all bindings. Throws what they report, std::runtime_error.
inline arch::Run monitored_run(const arch::DesignPoint& design, const quant::IntegerGraph& graph,
                               arch::RunOptions options) {
  options.monitor = true;
  arch::Run run = arch::run(design, graph, options);
  if (!run.violations.empty()) {
    throw std::runtime_error(std::to_string(run.violations.size()) + " protocol violations, first " +
                             run.violations.front());
  }
  return run;
}

}  // namespace tridex::test

#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "explore/report/diff.h"

namespace tridex::app {

/// What `diff` takes: two designs, results or points of a store, and how designs are run.
struct DiffSideOptions {
  std::string a, b, model, net, recipe = "default", fidelity;  ///< fidelity: empty: not said
  std::vector<std::string> set_a, set_b;
  int frames = 0;  ///< 0: not said

  void add(CLI::App* command);
};

/// Both sides; designs are run at the same time, each in a process of its own. A design beside a point runs
/// what the point ran, but for what is said. Errors name A or B as the command line did.
std::pair<explore::DiffSide, explore::DiffSide> diff_sides(const DiffSideOptions& options);

}  // namespace tridex::app

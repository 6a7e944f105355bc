#pragma once

namespace tridex::app {

/// How much is told, of the whole program: --quiet and --verbose. What goes wrong is told in any case, and so
/// are warnings.
enum class Verbosity {
  kQuiet,  ///< no tables, notes and progress; files and --json - are written
  kNormal,
  kVerbose  ///< progress every second where the standard error is no terminal, and the time at the end
};
Verbosity verbosity();
/// Once, before a command acts.
void set_verbosity(Verbosity verbosity);

}  // namespace tridex::app

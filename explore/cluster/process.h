#pragma once
#include <string>
#include <vector>

namespace tridex::explore {

struct ProcessEnd {
  int status = 0;  ///< exit status, or 128 + signal
  std::string out, err;
};

/// Runs a program, looked for in PATH, to its end, with nothing to read. It has a process group of its own,
/// so that a Ctrl-C at the terminal does not end it half-way. Error: it cannot be started.
ProcessEnd run_process(const std::vector<std::string>& words);

/// A word as a POSIX shell reads it back: in single quotes, where it needs any.
std::string shell_quoted(const std::string& word);

}  // namespace tridex::explore

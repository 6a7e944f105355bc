#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tridex::test {

struct Result {
  int status = 0;  ///< exit status, or 128 + signal
  std::string out, err;
};

struct Limits {
  long file_bytes = 0;  ///< RLIMIT_FSIZE: the disk is full after so many bytes of a file; 0: no limit
};

/// Runs the `tridex` that was built ($TRIDEX_BINARY) to its end.
Result run_tridex(const std::vector<std::string>& arguments, const Limits& limits = {});

/// Checks that these arguments are refused: status 1, and an error that has all of `said` in it.
void refuses(const std::vector<std::string>& arguments, const std::vector<std::string>& said);

/// Starts it; the standard streams go to /dev/null.
pid_t start_tridex(const std::vector<std::string>& arguments);
/// Its exit status, or 128 + signal.
int wait_for(pid_t child);
/// Whether it has; wait_for() still takes it.
bool has_ended(pid_t child);

/// Names of everything in a folder and its folders, sorted.
std::vector<std::string> files_in(const std::filesystem::path& folder);

}  // namespace tridex::test

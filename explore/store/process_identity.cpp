#include "explore/store/process_identity.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tridex::explore {
namespace {

std::string boot_and_space() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  std::error_code code;
  const std::string space = std::filesystem::read_symlink("/proc/self/ns/pid", code);
  return fmt::format("{} {}", boot.empty() ? "unknown" : boot, space.empty() ? "unknown" : space);
}

/// When a process began, in clock ticks since the boot: field 22 of its stat (proc(5)). "": it does not run.
std::string start_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  std::getline(file, line);
  // Field 2 is the program's name in parentheses, which may hold anything; field 3 follows the last one.
  const size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) {
    return "";
  }
  std::istringstream fields(line.substr(name_end + 1));
  std::string state, field;
  fields >> state;
  if (state == "Z" || state == "X") {
    return "";  // it has ended, and its parent has not asked for it yet
  }
  for (int i = 4; i <= 22; ++i) {
    fields >> field;
  }
  return field;
}

std::string identity_of(pid_t pid, const std::string& start) {
  return fmt::format("{} {} {}", boot_and_space(), pid, start);
}

}  // namespace

std::string process_identity() {
  return identity_of(::getpid(), start_of(::getpid()));
}

bool is_running(const std::string& identity) {
  std::istringstream in(identity);
  std::string boot, space;
  pid_t pid = 0;
  in >> boot >> space >> pid;
  const std::string start = in ? start_of(pid) : "";
  return !start.empty() && identity == identity_of(pid, start);
}

}  // namespace tridex::explore

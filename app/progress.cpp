#include "app/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "app/console.h"
#include "app/verbosity.h"

namespace tridex::app {
namespace {

constexpr double kTerminalSeconds = 0.1;
constexpr double kPlainSeconds = 30;
constexpr double kVerboseSeconds = 1;
constexpr double kShortestSeconds = 0.05;  // less is no time to have a rate
constexpr const char* kEraseLine = "\r\x1b[K";

}  // namespace

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (open_) {
    fmt::print(stderr, "\n");
  }
}

void Progress::update(const std::string& stage, size_t done, size_t total, const std::string& note,
                      size_t found) {
  if (verbosity() == Verbosity::kQuiet || total == 0) {
    return;
  }
  const auto now = Clock::now();
  const bool fresh = stage != stage_;
  if (fresh) {
    if (open_) {
      fmt::print(stderr, "\n");
      open_ = false;
    }
    stage_ = stage;
    shown_ = now;
  }
  Stage& its = stages_[stage];
  if (its.start == Clock::time_point() || done < its.last) {  // it has begun, or begins again
    its = {done, done, found, now};
  }
  its.last = done;
  const bool last = done == total;
  const double interval = terminal_                            ? kTerminalSeconds
                          : verbosity() == Verbosity::kVerbose ? kVerboseSeconds
                                                               : kPlainSeconds;
  const double since_shown = std::chrono::duration<double>(now - shown_).count();
  if (!last && !(fresh && terminal_) && since_shown < interval) {
    return;
  }
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - its.start).count();
  const size_t before = its.first + (found - its.found);
  const double rate =
      seconds > kShortestSeconds && done > before ? static_cast<double>(done - before) / seconds : 0;
  std::string line = fmt::format("{}: {}/{}", stage, done, total);
  if (rate > 0) {
    line += fmt::format("  {:.3g}/s", rate);
    line += last ? fmt::format("  {}", duration(seconds))
                 : fmt::format("  {} left", duration(static_cast<double>(total - done) / rate));
  }
  if (!note.empty()) {
    line += "  " + note;
  }
  show(line, last);
}

void Progress::show(const std::string& line, bool last) {
  fmt::print(stderr, "{}{}{}", terminal_ ? kEraseLine : "", line, terminal_ && !last ? "" : "\n");
  std::fflush(stderr);
  open_ = terminal_ && !last;
}

}  // namespace tridex::app

#pragma once
#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace tridex::app {

/// Progress of long work on the standard error: one line that is drawn over with rate and time left when that
/// is a terminal; otherwise a plain line at each stage's end and every half minute (with --verbose every
/// second). Nothing with --quiet.
class Progress {
 public:
  Progress();
  ~Progress();  ///< ends the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Nothing where `total` is 0. `note` is put at the end of the line ("2 failed"). `found`: of `done`, those
  /// that took no time; rate and time left leave them out. A stage that goes on after another one has the rate
  /// of all its time.
  void update(const std::string& stage, size_t done, size_t total, const std::string& note = {},
              size_t found = 0);

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& line, bool last);
  bool terminal_;
  bool open_ = false;  ///< a line without its end is on the terminal
  struct Stage {
    size_t first = 0, last = 0;  ///< updates' `done`
    size_t found = 0;            ///< the first one's
    Clock::time_point start;
  };
  std::string stage_;
  std::map<std::string, Stage> stages_;
  Clock::time_point shown_;
};

}  // namespace tridex::app

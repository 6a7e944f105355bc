#pragma once
#include <chrono>
#include <cstddef>
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

  /// `note` is put at the end of the line ("2 failed").
  void update(const std::string& stage, size_t done, size_t total, const std::string& note = {});

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& line, bool last);
  bool terminal_;
  bool open_ = false;  ///< a line without its end is on the terminal
  std::string stage_;
  size_t first_done_ = 0;
  Clock::time_point start_, shown_;
};

}  // namespace tridex::app

#pragma once
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "explore/workers/fork_server.h"

namespace tridex::explore {

/// Writes `text`, which has no line break, as a line; false when nobody reads any more.
bool write_line(int fd, std::string text);
/// A JSON value as a line's text.
std::string line_of(const nlohmann::json& value);

/// The line "STATUS TEXT" about a call. Status ok: the text is what it gave. A tridex::Error is "error",
/// another exception "crash", and the text is a JSON object with the reason, and of a crash with the end of
/// the log file.
std::string answer_of(const std::function<std::string()>& call, int log_file = -1);
/// Such a line.
std::string failure(Outcome::Status status, const std::string& reason, const std::string& log = "");

/// One child of the fork server, seen from the server.
class Worker {
 public:
  /// Forks. timeout_seconds 0: no time-out.
  Worker(const nlohmann::json& request, double timeout_seconds,
         const std::function<std::string(const nlohmann::json&, const ForkServer::Progress&)>& work);

  [[nodiscard]] int pipe() const { return pipe_; }
  [[nodiscard]] double seconds_left() const;
  [[nodiscard]] double seconds() const;  ///< since the fork
  /// Reaps the child (`late`: kills it first) and says how it ended: its answer, or the line of a failure.
  std::string finish(bool late);

  std::string received;  ///< from the pipe, not yet a whole line
  std::string answer;    ///< empty until the child has given one

 private:
  pid_t pid_ = -1;
  int pipe_ = -1, log_ = -1;
  double timeout_seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace tridex::explore

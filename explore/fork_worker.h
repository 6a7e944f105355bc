#pragma once
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "explore/fork_server.h"

namespace tridex::explore {

/// Writes one JSON value as a line; false when nobody reads any more.
bool write_line(int fd, const nlohmann::json& value);

/// {status, result | reason} of a call: a tridex::Error is "error", another exception "crash".
nlohmann::json answer_of(const std::function<nlohmann::json()>& call);

/// One child of the fork server, seen from the server.
class Worker {
 public:
  /// Forks. timeout_seconds 0: no time-out.
  Worker(const nlohmann::json& request, double timeout_seconds,
         const std::function<nlohmann::json(const nlohmann::json&, const ForkServer::Progress&)>& work);

  [[nodiscard]] int pipe() const { return pipe_; }
  [[nodiscard]] double seconds_left() const;
  /// Reaps the child (`late`: kills it first) and says how it ended: {status, result | reason, log, seconds}.
  nlohmann::json finish(bool late);

  std::string received;   ///< from the pipe, not yet a whole line
  nlohmann::json answer;  ///< null until the child has given one

 private:
  pid_t pid_ = -1;
  int pipe_ = -1, log_ = -1;
  double timeout_seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace tridex::explore

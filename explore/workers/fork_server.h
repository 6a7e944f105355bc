#pragma once
#include <sys/types.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tridex::explore {

/// How a piece of work ended.
struct Outcome {
  enum class Status { kOk, kError, kCrash, kTimeout };
  Status status = Status::kOk;
  std::string result;  ///< kOk: what the work gave
  std::string reason;  ///< otherwise: one line, the same in every run of the same work
  std::string log;     ///< kCrash: the end of what it wrote to its standard streams
  double seconds = 0;
};
const char* status_name(Outcome::Status status);

/// A process that forks a child for each piece of work. It is made (by the constructor) before its owner
/// starts a thread or opens a database, and has no thread itself, so that its children are whole; what `hold`
/// keeps in it, all later children see without a copy. A child that fails, crashes or hangs is an Outcome;
/// nothing else is disturbed. When the owner dies, in whatever way, the server and its children go too.
class ForkServer {
 public:
  using Progress = std::function<void(const nlohmann::json&)>;
  struct Handlers {
    /// In a child, which may start threads. Gives a line of text (JSON, of most), which nobody on the way to
    /// the owner looks into. A tridex::Error is kError; any other exception is kCrash.
    std::function<std::string(const nlohmann::json& request, const Progress& progress)> work;
    /// In the server itself; must not start threads.
    std::function<std::string(const nlohmann::json& request)> hold;
  };
  struct Event {
    int id = 0;
    std::optional<nlohmann::json> progress;  ///< none: it has ended, see outcome
    Outcome outcome;
  };

  explicit ForkServer(const Handlers& handlers);
  ~ForkServer();  ///< kills what still runs
  ForkServer(const ForkServer&) = delete;
  ForkServer& operator=(const ForkServer&) = delete;

  /// Starts work at once; how many run at a time is the caller's business. Gives its id.
  int start(const nlohmann::json& request, double timeout_seconds);
  /// Holds something, in the order of the calls. Gives the id of its event.
  int hold(const nlohmann::json& request);
  /// The next event; none when `seconds` pass without, or a signal comes.
  std::optional<Event> wait(double seconds);

 private:
  void send(const nlohmann::json& message);
  pid_t pid_ = -1;
  int socket_ = -1;
  int next_id_ = 1;
  std::string received_;
};

}  // namespace tridex::explore

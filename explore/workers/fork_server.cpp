#include "explore/workers/fork_server.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "explore/workers/fork_heap.h"
#include "explore/workers/fork_worker.h"

namespace tridex::explore {
namespace {

/// Calls take(line) for the whole lines at the front of `buffer`, and removes them.
template <typename Take>
void take_lines(std::string& buffer, Take&& take) {
  size_t begin = 0;
  for (size_t end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n', begin)) {
    take(std::string_view(buffer).substr(begin, end - begin));
    begin = end + 1;
  }
  buffer.erase(0, begin);
}

/// The first word of a line, which is removed from it.
std::string_view take_word(std::string_view& line) {
  const size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end + 1);
  return word;
}

template <typename T>
T number_in(std::string_view word) {
  T number{};
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

/// Reads what is there. False at the end of the stream.
bool read_some(int fd, std::string& buffer) {
  char block[65536];
  const ssize_t count = ::read(fd, block, sizeof block);
  if (count > 0) {
    buffer.append(block, static_cast<size_t>(count));
  }
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

/// The server's side: one loop over the owner's socket and the children's pipes.
class Server {
 public:
  Server(int socket, const ForkServer::Handlers& handlers) : socket_(socket), handlers_(handlers) {}

  void loop() {
    while (true) {
      std::vector<pollfd> fds{{socket_, POLLIN, 0}};
      std::vector<int> ids{0};
      for (const auto& [id, worker] : workers_) {
        fds.push_back({worker.pipe(), POLLIN, 0});
        ids.push_back(id);
      }
      ::poll(fds.data(), fds.size(), wait_ms());
      for (size_t i = 1; i < fds.size(); ++i) {
        if (fds[i].revents != 0) {
          hear(ids[i]);
        }
      }
      end_late_ones();
      if (fds[0].revents != 0 && !take_orders()) {
        return;
      }
    }
  }

 private:
  /// Until the first time-out.
  [[nodiscard]] int wait_ms() const {
    double seconds = 3600;
    for (const auto& [id, worker] : workers_) {
      seconds = std::min(seconds, worker.seconds_left());
    }
    return std::max(0, static_cast<int>(std::ceil(seconds * 1000)));
  }

  void hear(int id) {
    Worker& worker = workers_.at(id);
    const bool open = read_some(worker.pipe(), worker.received);
    take_lines(worker.received, [&](std::string_view line) {
      if (line.starts_with("progress ")) {
        tell(id, worker.seconds(), line);
      } else {
        worker.answer = line;
      }
    });
    if (!open) {
      end(id, false);
    }
  }

  void end_late_ones() {
    std::vector<int> late;
    for (const auto& [id, worker] : workers_) {
      if (worker.seconds_left() <= 0) {
        late.push_back(id);
      }
    }
    for (const int id : late) {
      end(id, true);
    }
  }

  void end(int id, bool late) {
    Worker& worker = workers_.at(id);
    const std::string answer = worker.finish(late);
    tell(id, worker.seconds(), answer);
    workers_.erase(id);
  }

  /// "ID SECONDS STATUS TEXT": an event for the owner.
  void tell(int id, double seconds, std::string_view answer) const {
    write_line(socket_, fmt::format("{} {} {}", id, seconds, answer));
  }

  bool take_orders() {
    if (!read_some(socket_, orders_)) {
      return false;
    }
    take_lines(orders_, [&](std::string_view line) {
      const auto order = nlohmann::json::parse(line);
      const int id = order.at("id").get<int>();
      if (order.at("kind") == "work") {
        workers_.emplace(id, Worker(order.at("request"), order.at("timeout").get<double>(), handlers_.work));
      } else {
        tell(id, 0, answer_of([&] { return handlers_.hold(order.at("request")); }));
        prepare_heap_for_children();
      }
    });
    return true;
  }

  int socket_;
  const ForkServer::Handlers& handlers_;
  std::map<int, Worker> workers_;
  std::string orders_;
};

}  // namespace

const char* status_name(Outcome::Status status) {
  switch (status) {
    case Outcome::Status::kOk:
      return "ok";
    case Outcome::Status::kError:
      return "error";
    case Outcome::Status::kCrash:
      return "crash";
    case Outcome::Status::kTimeout:
      return "timeout";
  }
  throw std::logic_error("status");
}

ForkServer::ForkServer(const Handlers& handlers) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    fail("no socket pair for the fork server: {}", std::strerror(errno));
  }
  pid_ = ::fork();
  if (pid_ < 0) {
    fail("the fork server cannot be started: {}", std::strerror(errno));
  }
  if (pid_ == 0) {
    ::close(pair[0]);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Ctrl-C reaches the whole process group; only the owner decides what it means.
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGPIPE, SIG_IGN);
    try {
      prepare_heap_for_children();
      Server(pair[1], handlers).loop();
    } catch (...) {
      ::_exit(2);
    }
    ::_exit(0);
  }
  ::close(pair[1]);
  socket_ = pair[0];
}

ForkServer::~ForkServer() {
  // Its death kills its children (PR_SET_PDEATHSIG).
  ::kill(pid_, SIGKILL);
  ::close(socket_);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ForkServer::send(const nlohmann::json& message) {
  if (!write_line(socket_, line_of(message))) {
    throw std::logic_error("the fork server has died");
  }
}

int ForkServer::start(const nlohmann::json& request, double timeout_seconds) {
  send({{"id", next_id_}, {"kind", "work"}, {"request", request}, {"timeout", timeout_seconds}});
  return next_id_++;
}

int ForkServer::hold(const nlohmann::json& request) {
  send({{"id", next_id_}, {"kind", "hold"}, {"request", request}});
  return next_id_++;
}

std::optional<ForkServer::Event> ForkServer::wait(double seconds) {
  size_t end = received_.find('\n');
  if (end == std::string::npos) {
    pollfd fd{socket_, POLLIN, 0};
    if (::poll(&fd, 1, static_cast<int>(std::ceil(seconds * 1000))) <= 0) {
      return std::nullopt;
    }
    if (!read_some(socket_, received_)) {
      throw std::logic_error("the fork server has died");
    }
    end = received_.find('\n');
    if (end == std::string::npos) {
      return std::nullopt;
    }
  }
  std::string_view line = std::string_view(received_).substr(0, end);
  Event event;
  event.id = number_in<int>(take_word(line));
  event.outcome.seconds = number_in<double>(take_word(line));
  const std::string_view status = take_word(line);
  using Status = Outcome::Status;
  if (status == "progress") {
    event.progress = nlohmann::json::parse(line);
  } else if (status == status_name(Status::kOk)) {
    event.outcome.result = line;
  } else {
    for (const Status one : {Status::kError, Status::kCrash, Status::kTimeout}) {
      event.outcome.status = status == status_name(one) ? one : event.outcome.status;
    }
    const auto failed = nlohmann::json::parse(line);
    event.outcome.reason = failed.at("reason").get<std::string>();
    event.outcome.log = failed.at("log").get<std::string>();
  }
  received_.erase(0, end + 1);
  return event;
}

}  // namespace tridex::explore

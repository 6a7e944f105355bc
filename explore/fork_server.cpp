#include "explore/fork_server.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "base/error.h"
#include "explore/fork_worker.h"

namespace tridex::explore {
namespace {

/// The whole lines at the front of `buffer`, parsed and removed.
std::vector<nlohmann::json> take_lines(std::string& buffer) {
  std::vector<nlohmann::json> lines;
  size_t begin = 0;
  for (size_t end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n', begin)) {
    lines.push_back(nlohmann::json::parse(buffer.begin() + static_cast<std::ptrdiff_t>(begin),
                                          buffer.begin() + static_cast<std::ptrdiff_t>(end)));
    begin = end + 1;
  }
  buffer.erase(0, begin);
  return lines;
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
    for (const auto& line : take_lines(worker.received)) {
      if (line.contains("progress")) {
        write_line(socket_, {{"id", id}, {"progress", line["progress"]}});
      } else {
        worker.answer = line;
      }
    }
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
    nlohmann::json answer = workers_.at(id).finish(late);
    answer["id"] = id;
    write_line(socket_, answer);
    workers_.erase(id);
  }

  bool take_orders() {
    if (!read_some(socket_, orders_)) {
      return false;
    }
    for (const auto& order : take_lines(orders_)) {
      const int id = order.at("id").get<int>();
      if (order.at("kind") == "work") {
        workers_.emplace(id, Worker(order.at("request"), order.at("timeout").get<double>(), handlers_.work));
      } else {
        nlohmann::json answer = answer_of([&] { return handlers_.hold(order.at("request")); });
        answer["id"] = id;
        answer["seconds"] = 0;
        write_line(socket_, answer);
      }
    }
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
  if (!write_line(socket_, message)) {
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
  const auto line =
      nlohmann::json::parse(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(end));
  received_.erase(0, end + 1);
  Event event;
  event.id = line.at("id").get<int>();
  if (line.contains("progress")) {
    event.progress = line["progress"];
    return event;
  }
  const auto status = line.at("status").get<std::string>();
  using Status = Outcome::Status;
  for (const Status one : {Status::kOk, Status::kError, Status::kCrash, Status::kTimeout}) {
    event.outcome.status = status == status_name(one) ? one : event.outcome.status;
  }
  event.outcome.result = line.value("result", nlohmann::json());
  event.outcome.reason = line.value("reason", "");
  event.outcome.log = line.value("log", "");
  event.outcome.seconds = line.at("seconds").get<double>();
  return event;
}

}  // namespace tridex::explore

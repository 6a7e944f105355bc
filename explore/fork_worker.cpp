#include "explore/fork_worker.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <new>

#include "base/error.h"

namespace tridex::explore {
namespace {

constexpr off_t kLogBytes = 2000;

/// The end of what a child wrote to its standard streams.
std::string tail_of(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  const off_t begin = std::max<off_t>(0, size - kLogBytes);
  std::string text(static_cast<size_t>(std::max<off_t>(0, size - begin)), '\0');
  const ssize_t count = ::pread(fd, text.data(), text.size(), begin);
  text.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return text;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

bool write_line(int fd, const nlohmann::json& value) {
  const std::string line = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  for (size_t done = 0; done < line.size();) {
    const ssize_t count = ::write(fd, line.data() + done, line.size() - done);
    if (count < 0 && errno != EINTR) {
      return false;
    }
    done += count > 0 ? static_cast<size_t>(count) : 0;
  }
  return true;
}

nlohmann::json answer_of(const std::function<nlohmann::json()>& call) {
  try {
    return {{"status", "ok"}, {"result", call()}};
  } catch (const Error& error) {
    return {{"status", "error"}, {"reason", error.what()}};
  } catch (const std::bad_alloc&) {
    return {{"status", "crash"}, {"reason", "out of memory"}};
  } catch (const std::exception& error) {
    return {{"status", "crash"}, {"reason", std::string("internal error: ") + error.what()}};
  } catch (...) {
    return {{"status", "crash"}, {"reason", "internal error"}};
  }
}

Worker::Worker(const nlohmann::json& request, double timeout_seconds,
               const std::function<nlohmann::json(const nlohmann::json&, const ForkServer::Progress&)>& work)
    : timeout_seconds_(timeout_seconds) {
  int ends[2];
  log_ = ::memfd_create("log", MFD_CLOEXEC);
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe");
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(ends[0]);
    ::dup2(log_, STDOUT_FILENO);
    ::dup2(log_, STDERR_FILENO);
    const auto progress = [&](const nlohmann::json& value) { write_line(ends[1], {{"progress", value}}); };
    write_line(ends[1], answer_of([&] { return work(request, progress); }));
    ::_exit(0);
  }
  ::close(ends[1]);
  pipe_ = ends[0];
}

double Worker::seconds_left() const {
  return timeout_seconds_ > 0 ? timeout_seconds_ - seconds_since(start_) : std::numeric_limits<double>::max();
}

nlohmann::json Worker::finish(bool late) {
  if (pid_ > 0 && late) {
    ::kill(pid_, SIGKILL);
  }
  int status = 0;
  while (pid_ > 0 && ::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  const std::string log = log_ >= 0 ? tail_of(log_) : "";
  ::close(pipe_);
  ::close(log_);
  nlohmann::json result;
  if (!answer.is_null()) {
    result = answer;
  } else if (pid_ < 0) {
    result = {{"status", "crash"}, {"reason", "no process could be started for it"}};
  } else if (late) {
    result = {{"status", "timeout"}, {"reason", fmt::format("no result within {} s", timeout_seconds_)}};
  } else if (WIFSIGNALED(status)) {
    result = {{"status", "crash"},
              {"reason", fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)))}};
  } else {
    result = {{"status", "crash"},
              {"reason", fmt::format("left with status {} and no result", WEXITSTATUS(status))}};
  }
  if (result["status"] == "crash") {
    result["log"] = log;
  }
  result["seconds"] = seconds_since(start_);
  return result;
}

}  // namespace tridex::explore

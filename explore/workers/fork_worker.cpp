#include "explore/workers/fork_worker.h"

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
  if (fd < 0) {
    return "";
  }
  const off_t size = ::lseek(fd, 0, SEEK_END);
  const off_t begin = std::max<off_t>(0, size - kLogBytes);
  std::string text(static_cast<size_t>(std::max<off_t>(0, size - begin)), '\0');
  const ssize_t count = ::pread(fd, text.data(), text.size(), begin);
  text.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return text;
}

}  // namespace

bool write_line(int fd, std::string text) {
  text += '\n';
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno != EINTR) {
      return false;
    }
    done += count > 0 ? static_cast<size_t>(count) : 0;
  }
  return true;
}

std::string line_of(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string failure(Outcome::Status status, const std::string& reason, const std::string& log) {
  return fmt::format("{} {}", status_name(status), line_of({{"reason", reason}, {"log", log}}));
}

std::string answer_of(const std::function<std::string()>& call, int log_file) {
  using Status = Outcome::Status;
  try {
    return fmt::format("{} {}", status_name(Status::kOk), call());
  } catch (const Error& error) {
    return failure(Status::kError, error.what());
  } catch (const std::bad_alloc&) {
    return failure(Status::kCrash, "out of memory", tail_of(log_file));
  } catch (const std::exception& error) {
    return failure(Status::kCrash, std::string("internal error: ") + error.what(), tail_of(log_file));
  } catch (...) {
    return failure(Status::kCrash, "internal error", tail_of(log_file));
  }
}

Worker::Worker(const nlohmann::json& request, double timeout_seconds,
               const std::function<std::string(const nlohmann::json&, const ForkServer::Progress&)>& work)
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
    const auto progress = [&](const nlohmann::json& value) {
      write_line(ends[1], "progress " + line_of(value));
    };
    write_line(ends[1], answer_of([&] { return work(request, progress); }, log_));
    ::_exit(0);
  }
  ::close(ends[1]);
  pipe_ = ends[0];
}

double Worker::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

double Worker::seconds_left() const {
  return timeout_seconds_ > 0 ? timeout_seconds_ - seconds() : std::numeric_limits<double>::max();
}

std::string Worker::finish(bool late) {
  if (pid_ > 0 && late) {
    ::kill(pid_, SIGKILL);
  }
  int status = 0;
  while (pid_ > 0 && ::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  const std::string log = tail_of(log_);
  ::close(pipe_);
  ::close(log_);
  using Status = Outcome::Status;
  if (!answer.empty()) {
    return std::move(answer);
  }
  if (pid_ < 0) {
    return failure(Status::kCrash, "no process could be started for it", log);
  }
  if (late) {
    return failure(Status::kTimeout, fmt::format("no result within {} s", timeout_seconds_));
  }
  if (WIFSIGNALED(status)) {
    return failure(Status::kCrash,
                   fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status))), log);
  }
  return failure(Status::kCrash, fmt::format("left with status {} and no result", WEXITSTATUS(status)), log);
}

}  // namespace tridex::explore

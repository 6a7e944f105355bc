#include "app/second_run.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace tridex::app {
namespace {

constexpr char kDone = '+', kFailed = '-';  // the first byte of what the child says

/// False where the other end is gone.
bool send_all(int socket, const std::string& bytes) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::send(socket, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (count < 0 && errno != EINTR) {
      return false;
    }
    done += count > 0 ? static_cast<size_t>(count) : 0;
  }
  return true;
}

/// Until the other end says no more.
std::string receive_all(int socket) {
  std::string bytes;
  char part[4096];
  for (;;) {
    const ssize_t count = ::recv(socket, part, sizeof(part), 0);
    if (count > 0) {
      bytes.append(part, static_cast<size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      return bytes;
    }
  }
}

}  // namespace

SecondRun::SecondRun(const std::function<std::string(int64_t cycle)>& simulate) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    fail("no socket for a second run: {}", std::strerror(errno));
  }
  child_ = ::fork();
  if (child_ < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    fail("no process for a second run: {}", std::strerror(errno));
  }
  ::close(ends[child_ > 0 ? 1 : 0]);
  socket_ = ends[child_ > 0 ? 0 : 1];
  if (child_ > 0) {
    return;
  }
  const std::string asked = receive_all(socket_);
  int64_t cycle = 0;
  if (asked.size() != sizeof(cycle)) {
    ::_exit(0);
  }
  std::memcpy(&cycle, asked.data(), sizeof(cycle));
  std::string text;
  try {
    text = kDone + simulate(cycle);
  } catch (const std::exception& error) {
    text = kFailed + std::string(error.what());
  }
  ::_exit(send_all(socket_, text) ? 0 : 1);
}

SecondRun::~SecondRun() {
  ::close(socket_);
  (void)wait_for_child();
}

bool SecondRun::wait_for_child() {
  int status = 0;
  while (child_ > 0 && ::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string SecondRun::go(int64_t cycle) {
  std::string asked(sizeof(cycle), '\0');
  std::memcpy(asked.data(), &cycle, sizeof(cycle));
  const bool sent = send_all(socket_, asked) && ::shutdown(socket_, SHUT_WR) == 0;
  const std::string text = receive_all(socket_);
  if (!wait_for_child() || !sent || text.empty()) {
    fail("the second run has died");
  }
  if (text.front() == kFailed) {
    fail("the second run: {}", text.substr(1));
  }
  return text.substr(1);
}

}  // namespace tridex::app

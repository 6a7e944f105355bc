#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>

namespace tridex::test {

/// Runs `work` in a forked child and gives back the text that it returns, for properties that need many
/// simulations: a SystemC kernel elaborates once in a process. Throws what the child threw, as
/// std::runtime_error, or that it died.
inline std::string run_in_child(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) {
    throw std::runtime_error("pipe");
  }
  const pid_t child = ::fork();
  if (child < 0) {
    throw std::runtime_error("fork");
  }
  if (child == 0) {
    ::close(ends[0]);
    std::string text;
    char status = '+';
    try {
      text = work();
    } catch (const std::exception& error) {
      status = '-';
      text = error.what();
    }
    text.insert(text.begin(), status);
    for (size_t done = 0; done < text.size();) {
      const ssize_t count = ::write(ends[1], text.data() + done, text.size() - done);
      if (count <= 0) {
        ::_exit(1);
      }
      done += static_cast<size_t>(count);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char part[4096];
  for (ssize_t count = 0; (count = ::read(ends[0], part, sizeof(part))) > 0;) {
    text.append(part, static_cast<size_t>(count));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (text.empty() || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error("the child died");
  }
  if (text[0] != '+') {
    throw std::runtime_error(text.substr(1));
  }
  return text.substr(1);
}

}  // namespace tridex::test

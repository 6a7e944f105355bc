#include "command_line.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>

#include "base/file.h"
#include "support/temp_folder.h"

namespace tridex::test {
namespace {

pid_t start(const std::vector<std::string>& arguments, const std::string& out, const std::string& err,
            const Limits& limits) {
  const char* binary = std::getenv("TRIDEX_BINARY");
  if (binary == nullptr) {
    throw std::runtime_error("TRIDEX_BINARY is not set: run this through ctest");
  }
  std::vector<std::string> words{binary};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT, 0644), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT, 0644), STDERR_FILENO);
    if (limits.file_bytes > 0) {
      const auto bytes = static_cast<rlim_t>(limits.file_bytes);
      const rlimit limit{bytes, bytes};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      ::signal(SIGXFSZ, SIG_IGN);  // the write then fails with EFBIG, as it does with ENOSPC on a full disk
    }
    ::execv(binary, argv.data());
    ::_exit(127);
  }
  return child;
}

}  // namespace

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool has_ended(pid_t child) {
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT);
  return info.si_pid == child;
}

Result run_tridex(const std::vector<std::string>& arguments, const Limits& limits) {
  const TempFolder folder;
  const std::string err = folder.path() / "err";
  // The limit is for the files that the program makes.
  const std::string out = limits.file_bytes > 0 ? std::string("/dev/null") : (folder.path() / "out").string();
  Result result;
  result.status = wait_for(start(arguments, out, err, limits));
  result.out = read_text(out);
  result.err = read_text(err);
  return result;
}

void refuses(const std::vector<std::string>& arguments, const std::vector<std::string>& said) {
  const Result result = run_tridex(arguments);
  CAPTURE(arguments, result.out);
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Catch::Matchers::StartsWith("tridex: error: "));
  for (const auto& part : said) {
    CHECK_THAT(result.err, Catch::Matchers::Contains(part));
  }
}

pid_t start_tridex(const std::vector<std::string>& arguments) {
  return start(arguments, "/dev/null", "/dev/null", {});
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    names.push_back(entry.path().lexically_relative(folder));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tridex::test

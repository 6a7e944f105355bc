#include "explore/report/gnuplot.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/file.h"

namespace tridex::explore {

using std::filesystem::path;

const char* const kFigureColours[8] = {"#0072B2", "#E69F00", "#56B4E9", "#009E73",
                                       "#D55E00", "#CC79A7", "#F0E442", "#999999"};

bool Gnuplot::there() {
  const char* variable = std::getenv("PATH");
  const std::string folders = variable == nullptr ? "" : variable;
  for (size_t begin = 0; begin <= folders.size();) {
    const size_t end = std::min(folders.find(':', begin), folders.size());
    if (::access((path(folders.substr(begin, end - begin)) / "gnuplot").c_str(), X_OK) == 0) {
      return true;
    }
    begin = end + 1;
  }
  return false;
}

namespace {

/// Runs `gnuplot SCRIPT` in `folder`, so that scripts name files without a path and can be run again by hand.
void run_gnuplot(const path& folder, const std::string& script) {
  const path log = folder / (script + ".log");
  const pid_t child = ::fork();
  if (child < 0) {
    fail("gnuplot cannot be started: {}", std::strerror(errno));
  }
  if (child == 0) {
    if (::chdir(folder.c_str()) == 0 && std::freopen((script + ".log").c_str(), "w", stderr) != nullptr) {
      ::execlp("gnuplot", "gnuplot", script.c_str(), nullptr);
    }
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const std::string said = std::filesystem::exists(log) ? read_text(log) : "";
  std::filesystem::remove(log);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fail("{}: gnuplot failed: {}", (folder / script).string(), said);
  }
}

/// One script that draws `plot` as NAME.png and NAME.svg.
std::string script_of(const std::string& name, const std::string& settings, const std::string& plot) {
  const std::string style =
      "set encoding utf8\n"
      "set border 3 lc rgb '#444444'\n"
      "set tics nomirror\n"
      "set grid lc rgb '#dddddd'\n"
      "set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')\n";
  return fmt::format(
      "# gnuplot {0}.gp\n{1}{2}set terminal pngcairo size 1200,800 font 'sans,14' linewidth 1.5\n"
      "set output '{0}.png'\n{3}\nset terminal svg size 1200,800 font 'sans,14' linewidth 1.5\n"
      "set output '{0}.svg'\n{3}\n",
      name, style, settings, plot);
}

}  // namespace

void Gnuplot::draw(const std::string& name, const std::string& data, const std::string& settings,
                   const std::string& plot) {
  write_file(folder_ / (name + ".dat"), data);
  write_file(folder_ / (name + ".gp"), script_of(name, settings, plot));
  run_gnuplot(folder_, name + ".gp");
  files.push_back(folder_ / (name + ".png"));
  files.push_back(folder_ / (name + ".svg"));
}

std::string Gnuplot::plain(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\'' || c == '\n' || c == '"'; }, ' ');
  return text;
}

}  // namespace tridex::explore

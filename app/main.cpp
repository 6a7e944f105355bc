#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <system_error>

#include "app/command.h"
#include "app/completion.h"
#include "app/interrupt.h"
#include "app/verbosity.h"
#include "app/version_text.h"
#include "base/error.h"
#include "base/names.h"

/// SystemC's library refers to it; this program has a main of its own.
extern "C" int sc_main(int, char**) {
  return 0;
}

namespace tridex::app {
namespace {

constexpr int kUserError = 1;
constexpr int kInternalError = 2;

void refuse_unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  if (!word.empty() && word[0] != '-' && std::find(names.begin(), names.end(), word) == names.end()) {
    fail("unknown command '{}'{} (known: {})", word, did_you_mean(word, names), join(names));
  }
}

/// --quiet and --verbose, before or behind the command.
class Loudness {
 public:
  void add(CLI::App* command) {
    command->add_flag("-q,--quiet", quiet_,
                      "tell only what is wrong; files and --json - are written all the same");
    command->add_flag("-v,--verbose", verbose_, "progress every second in logs, and the time at the end");
  }
  void apply() const {
    if (quiet_ && verbose_) {
      fail("--quiet and --verbose: only one of them");
    }
    set_verbosity(quiet_ ? Verbosity::kQuiet : verbose_ ? Verbosity::kVerbose : Verbosity::kNormal);
  }

 private:
  bool quiet_ = false, verbose_ = false;
};

int run(int argc, char** argv) {
  CLI::App app("Tridex explores accelerators for efficient vision transformers.", "tridex");
  app.set_version_flag("--version", version_text, "version, and how this program was built");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.footer("Each command has --help with an example.");
  Action action;
  add_describe(app, action);
  add_quantize(app, action);
  add_evaluate(app, action);
  add_run(app, action);
  add_cosim(app, action);
  add_sweep(app, action);
  add_gather(app, action);
  add_search(app, action);
  add_report(app, action);
  add_query(app, action);
  add_diff(app, action);
  add_check(app, action);
  add_new(app, action);
  add_completion(app, action);
  add_ablation(app, action);
  add_sensitivity(app, action);
  add_mixed(app, action);
  add_dataset(app, action);
  Loudness loudness;
  loudness.add(&app);
  for (auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    loudness.add(command);
  }
  if (argc > 2 && argv[1] == std::string(kCompleteWords)) {
    for (const auto& word : completions(app, {argv + 2, argv + argc})) {
      fmt::print("{}\n", word);
    }
    return 0;
  }
  if (argc > 1) {
    refuse_unknown_command(app, argv[1]);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      return app.exit(error);
    }
    const auto chosen = app.get_subcommands();
    fail("{}\nSee tridex {}--help", error.what(), chosen.empty() ? "" : chosen.front()->get_name() + " ");
  }
  loudness.apply();
  const auto start = std::chrono::steady_clock::now();
  const int status = action();
  if (verbosity() == Verbosity::kVerbose) {
    fmt::print(stderr, "time: {:.1f} s\n",
               std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    fail("the standard output cannot be written");
  }
  return status;
}

}  // namespace
}  // namespace tridex::app

int main(int argc, char** argv) {
  ::setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  try {
    tridex::app::install_interrupt_handler();
    return tridex::app::run(argc, argv);
  } catch (const tridex::Error& error) {
    fmt::print(stderr, "tridex: error: {}\n", error.what());
    return tridex::app::kUserError;
  } catch (const std::system_error& error) {
    // fmt::print, when the standard output is a full disk or a closed pipe.
    fmt::print(stderr, "tridex: error: {}\n", error.what());
    return tridex::app::kUserError;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "tridex: error: out of memory\n");
    return tridex::app::kUserError;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tridex: internal error: {}\n", error.what());
    return tridex::app::kInternalError;
  }
}

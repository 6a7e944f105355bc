// tridex_cosim: a work file's RTL, which is compiled in, in a machine of ours.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "app/own_rtl/print.h"
#include "base/error.h"

/// SystemC's library refers to it; this program has a main of its own.
extern "C" int sc_main(int, char**) {
  return 0;
}

namespace {

int run(int argc, char** argv) {
  CLI::App app("Simulates RTL in a machine with timed memory, and compares what it does.", "tridex_cosim");
  app.set_version_flag("--version", TRIDEX_VERSION);
  std::string file;
  tridex::arch::WaveWindow waves;
  std::vector<std::string> settings;
  bool no_model = false;
  app.add_option("work", file, "what is to be done, see docs/own-rtl.md")->required()->type_name("WORK.yaml");
  app.add_option("--set", settings, "override a key: memory=lpddr4_3200, clock_mhz=300")
      ->type_name("key=value");
  constexpr int64_t kMostCycles = 1'000'000'000'000;
  auto* file_of_waves =
      app.add_option("--waves", waves.file, "write waveforms of the RTL")->type_name("f.vcd");
  app.add_option("--waves-from", waves.from, "from this cycle on (0, with the reset before it)")
      ->needs(file_of_waves)
      ->check(CLI::Range(int64_t{0}, kMostCycles));
  app.add_option("--waves-cycles", waves.cycles, "so many cycles (to the end)")
      ->needs(file_of_waves)
      ->check(CLI::Range(int64_t{1}, kMostCycles));
  app.add_flag("--no-model", no_model, "leave out the TLM model");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      return app.exit(error);
    }
    tridex::fail("{}\nSee tridex_cosim --help", error.what());
  }
  const tridex::arch::Work work = tridex::arch::read_work(file, settings);
  const tridex::arch::OwnResult result = tridex::arch::run_work(work, waves, !no_model);
  fmt::print("{}", tridex::app::result_text(work, result));
  return result.rtl.faults.empty() && (!result.model || result.model->faults.empty()) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  ::setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  constexpr int kUserError = 1, kInternalError = 2;
  try {
    return run(argc, argv);
  } catch (const tridex::Error& error) {
    fmt::print(stderr, "tridex_cosim: error: {}\n", error.what());
    return kUserError;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tridex_cosim: internal error: {}\n", error.what());
    return kInternalError;
  }
}

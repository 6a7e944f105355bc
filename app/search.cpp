#include "explore/search/search.h"

#include <fmt/format.h>

#include <memory>

#include "app/calibrated.h"
#include "app/command.h"
#include "app/console.h"
#include "app/interrupt.h"
#include "app/progress.h"
#include "app/search_table.h"
#include "arch/design/design_point.h"

namespace tridex::app {
namespace {

struct SearchCommand {
  std::string search;
  std::vector<std::string> settings;
  explore::SearchOptions options;
  JsonOption json;
};

constexpr const char* kSearchFooter =
    R"(A search file is a sweep file (tridex sweep --help), whose points it chooses from, with:
  algorithm:
    name: nsga2                 # nsga2, maco or nspso of pagmo2; random, exhaustive
    evaluations: 500            # distinct points, those found in the store among them; or
    # generations: 12
    # population: 40            # the default (of random and exhaustive 64: points at a time); a multiple of 4
    seed: 1
  objectives:                   # two or more: columns of points.csv, accuracy, traffic_mb; throughput, latency, energy,
    - maximize: fps             # bram and traffic are understood as well
    - minimize: dsp
    - maximize: accuracy        # where the networks name weights, calib and data
  constraints:                  # fits; FIGURE <= NUMBER and FIGURE >= NUMBER; expressions over keys, as in a sweep
    - fits
    - dsp <= 1700
    - copies * ports.count <= 64
  # reference: {fps: 100}       # of the hypervolume; else from the first generation
  # warm_start: out/sweep       # an earlier folder: its best points begin the search
  # bounds: false               # run also points that analytic bounds show to be dominated, and do not begin with the
                                # front of the bounds
  # predict: false              # make each network before its points are left out (see below)
  # prediction_margin: 1.5      # percentage points; else by how far measured accuracies are off their fit
  # budget: {points: 1000, minutes: 30}   # of one command

Axes over recipe.* make networks, any number of them. One is quantized and measured when its first point is to be
run (all of a generation before its points), so the front has measured accuracies alone. Where accuracy is wanted and
axes are over widths (recipe.weight_bits, recipe.weight_bits[GLOB], recipe.role_activation_bits.ROLE, ...), points are
left out by predicted accuracy before that: what each layer's widths alone do to the logits (tridex sensitivity) is
summed, a function that never rises is fitted to the accuracies measured so far over that noise, and a network is taken
to be no better than it says, plus the margin. search.json counts them as predicted_out, and has in `refused` why the
first network that could not be made could not; its points count as excluded.

Writes what a sweep writes, and search.json: the front and the hypervolume as it grew. Points that are in the store
are not run again, so the same command goes on where it was stopped.
Example:
  tridex search trio_zcu102_scenes -o out/search --jobs 2 && tridex report out/search)";

constexpr int kNoPoint = 1;  // exit status: no point has a result and keeps the constraints

int run_command(const SearchCommand& command) {
  const auto file = arch::find_config(command.search, "searches");
  const explore::Search search = read_with_settings(
      command.settings, [&](const auto& settings) { return explore::read_search(file, settings); });
  explore::SearchOptions run = command.options;
  run.program = program_hash();
  explore::SearchSummary summary;
  {
    const InterruptShield shield;
    Progress progress;
    const explore::SearchCallbacks callbacks{
        [&](const explore::SearchProgress& p) {
          std::string note;
          if (p.stage == "search") {
            note = p.front == 0 ? "no front yet"
                                : fmt::format("hypervolume {:.4g}, front {}", p.hypervolume, p.front);
            note += fmt::format(", {} pruned", p.pruned);
            note += p.predicted_out > 0 ? fmt::format(", {} predicted out", p.predicted_out) : "";
          } else if (p.evaluations > 0) {  // a network that a later point needs
            note = search.evaluations > 0
                       ? fmt::format("{} of {} points, front {}", p.evaluations, search.evaluations, p.front)
                       : fmt::format("{} points, front {}", p.evaluations, p.front);
          }
          note += p.failed > 0 ? fmt::format("{}{} failed", note.empty() ? "" : ", ", p.failed) : "";
          progress.update(p.stage, p.done, p.total, note, p.stage == "search" ? p.already : 0);
        },
        [&] { return shield.interrupted(); }};
    summary = explore::run_search(search, run, callbacks);
  }
  if (command.json.print_text()) {
    fmt::print("{}", search_text(search, summary, command.options.folder));
  }
  if (summary.interrupted) {
    fmt::print(stderr, "tridex: interrupted; the same command goes on where it stopped\n");
    return kInterrupted;
  }
  if (command.json.wanted()) {
    command.json.write(to_json(search, summary));
  }
  return summary.front.empty() && summary.evaluations + summary.pruned + summary.predicted_out > 0 ? kNoPoint
                                                                                                   : 0;
}

}  // namespace

void add_search(CLI::App& app, Action& action) {
  auto options = std::make_shared<SearchCommand>();
  auto* command = app.add_subcommand("search", "look for the best design points");
  command->add_option("search", options->search, "search file, or a name in configs/searches")
      ->required()
      ->type_name("SEARCH.yaml");
  command->add_option("-o,--output", options->options.folder, "output folder")->required()->type_name("DIR");
  command->add_option("--jobs", options->options.jobs, "points at a time (default 0: one a processor)")
      ->check(CLI::Range(0, 4096));
  command
      ->add_option("--set", options->settings,
                   "override a key of the search: algorithm.seed=2, 'axes.copies=[4, 8]'")
      ->type_name("key=value");
  command->add_flag("--retry", options->options.retry, "run points again that failed");
  options->json.add(command);
  command->footer(kSearchFooter);
  command->callback([options, &action] { action = [options] { return run_command(*options); }; });
}

}  // namespace tridex::app

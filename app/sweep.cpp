#include "explore/sweep/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "app/command.h"
#include "app/console.h"
#include "app/front_table.h"
#include "app/interrupt.h"
#include "app/progress.h"
#include "base/error.h"
#include "base/names.h"
#include "explore/report/report.h"
#include "explore/sweep/launcher.h"

namespace tridex::app {
namespace {

struct SweepOptions {
  std::string sweep, launcher = "local";
  std::optional<std::string> shard;
  std::vector<std::string> settings;
  explore::SweepOptions sweep_options;
  JsonOption json;
};

constexpr const char* kSweepFooter = R"(A sweep file:
  name: copies_and_ports
  design: trio_vit_zcu102             # a file, or a name in configs/designs
  fidelity: timed                     # analytic or timed
  frames: 3                           # of the steady state
  seed: 1
  timeout_seconds: 300                # of one point
  networks:                           # each with each recipe
    - model: efficientvit_b1_r224     # or a network file NAME.yaml, beside the sweep
      recipes: [default, w4a8]        # files, or names in configs/quant
      # for accuracy:
      # weights: file.safetensors     # or PyTorch's file.pt; beside the sweep, in $TRIDEX_DATA or in models/zoo
      # calib: camvid-calib           # a folder, a data set YAML, or a name in configs/datasets
      # data: camvid-test
      # images: 50                    # of data, of all classes; all where it is left out
  axes:                               # crossed
    copies: [8, 16]                   # a list
    ports.count: {powers_of_two: [1, 4]}
    clock_mhz: {from: 150, to: 300, step: 50}
    vector.lanes: {from: 8, to: 128, count: 5, scale: log}  # or linear; whole where both ends are
    recipe.weight_bits: [4, 8]        # keys below
  zip:                                # keys that change together; one axis a group
    - engines.0.lanes: [8, 16]
      engines.0.inputs: [8, 4]
  derived:                            # set at every point, in this order; expressions below
    buffers.weight.kib: copies * 48
  constraints:                        # combinations that are points; tested before anything runs
    - copies * engines.0.lanes * engines.0.inputs <= 1024
    - recipe.weight_bits == 8 or network.model == 'efficientvit_b1_r224'
  sample: {method: latin_hypercube, points: 500, seed: 1}  # or random; else all are points
  budget: {points: 300, minutes: 10}  # the first points by hash; of one command

Keys of axes and derived values:
  KEY                                 of the design: engines.0.lanes, memory.ideal
  recipe.KEY                          of each recipe: recipe.weight_bits, recipe.role_weight_bits.stem
  recipe.weight_bits[LAYERS]          of the layers of a name or pattern, over what the recipe says; the same
                                      with activation_bits
  network.KEY                         model, resolution (128 or 352x480, of a built-in network), weights, calib,
                                      data, images
Expressions read those keys, where no axis has them as the design, the recipe or the network does
(network.recipe: the recipe's name), with + - * / % < <= > >= == != and or not, true, false, 'words',
abs, ceil, floor, if(condition, value, other), log2, max, min, round, sqrt. / is exact, not rounded.

Writes store.sqlite (every point), points.csv (dram_* are of one frame) and networks/*.tdx.
An analytic point is an upper bound: no stalls, no spills. Points that are in the store are not run again, and
several commands may write into one folder at a time: each point is run by one of them.
With --shard k/n it writes lines to DIR/shards/k-of-n.jsonl and opens no database: run the n shards on any hosts that
share the folder, again those that died, then tridex gather DIR. --launcher slurm does all of this by sbatch.
Points that fail are rows with a reason; the exit status is 1 where all that were run failed.
Example:
  tridex sweep trio_zcu102_b1 -o out/b1 --jobs 2 && tridex report out/b1
  tridex sweep trio_zcu102_b1 -o out/b1 --launcher slurm --shards 40 --slurm "-p short --mem-per-cpu=2G")";

constexpr size_t kShownReasons = 5;
constexpr int kAllFailed = 1;  // exit status: not one point that was run has a result

/// The most frequent reasons of the sweep's points that failed.
void print_reasons(const std::vector<explore::PointRow>& rows, const std::string& sweep) {
  std::map<std::string, int> counts;
  for (const auto& row : rows) {
    if (row.sweep == sweep && row.status != "ok") {
      ++counts[row.reason];
    }
  }
  std::vector<std::pair<int, std::string>> sorted;
  for (const auto& [reason, count] : counts) {
    sorted.emplace_back(-count, reason);
  }
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < std::min(sorted.size(), kShownReasons); ++i) {
    fmt::print(stderr, "tridex: failed, {} of the points: {}\n", -sorted[i].first, sorted[i].second);
  }
  if (sorted.size() > kShownReasons) {
    fmt::print(stderr, "tridex: and {} more reasons (columns status and reason of points.csv)\n",
               sorted.size() - kShownReasons);
  }
}

/// What runs this sweep again, in any process: the launcher adds the folder and the shard.
std::vector<std::string> shard_command(const SweepOptions& options, const std::filesystem::path& file) {
  std::vector<std::string> words{std::filesystem::read_symlink("/proc/self/exe"), "sweep",
                                 std::filesystem::absolute(file)};
  for (const auto& setting : options.settings) {
    words.insert(words.end(), {"--set", setting});
  }
  if (options.sweep_options.shuffle) {
    words.insert(words.end(), {"--shuffle", std::to_string(*options.sweep_options.shuffle)});
  }
  return words;
}

std::string note_of(const explore::SweepProgress& progress) {
  std::string note = progress.note;
  if (progress.failed > 0) {
    note += fmt::format("{}{} failed", note.empty() ? "" : ", ", progress.failed);
  }
  return note;
}

int sweep(const SweepOptions& options) {
  const auto launcher = explore::Launchers::make(options.launcher, "launcher");
  explore::SweepOptions sweep_options = options.sweep_options;
  if (options.shard) {
    sweep_options.shard = explore::shard_by_name(*options.shard);
  }
  const auto file = arch::find_config(options.sweep, "sweeps");
  sweep_options.command = shard_command(options, file);
  const explore::Sweep sweep = read_with_settings(
      options.settings, [&](const auto& settings) { return explore::read_sweep(file, settings); });
  explore::SweepSummary summary;
  {
    const InterruptShield shield;
    Progress progress;
    const explore::SweepCallbacks callbacks{
        [&](const explore::SweepProgress& p) { progress.update(p.stage, p.done, p.total, note_of(p)); },
        [&] { return shield.interrupted(); }};
    summary = launcher->run(sweep, sweep_options, callbacks);
  }
  const auto& folder = sweep_options.folder;
  print_remarks(summary.remarks);
  print_reasons(summary.rows, sweep.name);
  const bool with_layers = options.json.wanted() && !sweep_options.shard;
  const explore::Report report = explore::make_report(
      with_layers ? explore::Store::open_existing(folder).rows() : std::move(summary.rows));
  if (options.json.print_text()) {
    fmt::print("{}\n", front_text(report));
    fmt::print("{} points: {} run now, {} failed, {} were there already; {}\n", summary.points,
               summary.ok + summary.failed, summary.failed, summary.already, summary.file.string());
    if (summary.excluded > 0) {
      fmt::print("{} combinations are excluded by constraints\n", summary.excluded);
    }
  }
  if (summary.interrupted) {
    fmt::print(stderr, "tridex: interrupted; the same command goes on where it stopped\n");
    return kInterrupted;
  }
  if (summary.left > 0) {
    fmt::print(
        stderr,
        "tridex: the budget of {} minutes is used up, {} points have not run; the same command goes on\n",
        *sweep.budget.minutes, summary.left);
  }
  if (options.json.wanted()) {
    options.json.write({{"sweep", sweep.name},
                        {"points", summary.points},
                        {"already", summary.already},
                        {"ok", summary.ok},
                        {"failed", summary.failed},
                        {"left", summary.left},
                        {"excluded", summary.excluded},
                        {"report", to_json(report)}});
  }
  return summary.ok == 0 && summary.failed > 0 ? kAllFailed : 0;
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
  auto options = std::make_shared<SweepOptions>();
  auto* command = app.add_subcommand("sweep", "run many design points");
  command->add_option("sweep", options->sweep, "sweep file, or a name in configs/sweeps")
      ->required()
      ->type_name("SWEEP.yaml");
  command->add_option("-o,--output", options->sweep_options.folder, "output folder")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--jobs", options->sweep_options.jobs,
                   "points at a time (default 0: one a processor, in a task of slurm one)")
      ->check(CLI::Range(0, 4096));
  command
      ->add_option("--shard", options->shard,
                   "only the k-th of n parts of the points, into DIR/shards: see tridex gather")
      ->type_name("k/n");
  auto* shards = command->add_option("--shards", options->sweep_options.shards, "tasks of the slurm launcher")
                     ->check(CLI::Range(1, 100'000));
  auto* slurm = command
                    ->add_option("--slurm", options->sweep_options.slurm,
                                 "options of sbatch for them: \"-p short -t 60\"")
                    ->type_name("OPTIONS");
  command
      ->add_option("--launcher", options->launcher,
                   "where points run (" + join(explore::Launchers::names()) + ")")
      ->type_name("NAME");
  command
      ->add_option("--set", options->settings, "override a key of the sweep: frames=1, 'axes.copies=[4, 8]'")
      ->type_name("key=value");
  command
      ->add_option("--shuffle", options->sweep_options.shuffle,
                   "run points in a random order, not in that of their hashes")
      ->type_name("SEED");
  command->add_flag("--retry", options->sweep_options.retry, "run points again that failed");
  options->json.add(command);
  command->footer(kSweepFooter);
  command->callback([=, &action] {
    if (options->launcher != "slurm" && (shards->count() > 0 || slurm->count() > 0)) {
      fail("{}: only --launcher slurm takes it", shards->count() > 0 ? "--shards" : "--slurm");
    }
    action = [options] { return sweep(*options); };
  });
}

}  // namespace tridex::app

#include "explore/cluster/gather.h"

#include <fmt/format.h>

#include <memory>

#include "app/command.h"
#include "app/console.h"
#include "app/interrupt.h"

namespace tridex::app {
namespace {

struct GatherOptions {
  std::string folder;
  JsonOption json;
};

int gather_shards(const GatherOptions& options) {
  const InterruptShield shield;
  const std::filesystem::path folder = options.folder;
  const explore::GatherSummary summary = explore::gather(folder);
  print_remarks(summary.remarks);
  if (options.json.print_text()) {
    fmt::print("{} lines in {} files of shards: {} points are new, {} replace failed ones; {} points in {}\n",
               summary.lines, summary.files, summary.added, summary.replaced, summary.rows.size(),
               (folder / "points.csv").string());
  }
  options.json.write({{"files", summary.files},
                      {"lines", summary.lines},
                      {"added", summary.added},
                      {"replaced", summary.replaced},
                      {"points", summary.rows.size()},
                      {"remarks", summary.remarks}});
  return 0;
}

}  // namespace

void add_gather(CLI::App& app, Action& action) {
  auto options = std::make_shared<GatherOptions>();
  auto* command = app.add_subcommand("gather", "bring what shards of a sweep have written into its store");
  command->add_option("folder", options->folder, "output folder of a sweep")->required()->type_name("DIR");
  options->json.add(command);
  command->footer(
      "Reads shards/*.jsonl; writes store.sqlite, points.csv and shards/stored.jsonl, by which shards know "
      "what they\n"
      "need not run. It may be run at any time and again: a point that is in the store stays, one that "
      "failed gives\n"
      "way to a later end. Lines that are not whole are reported and left out; their points run again.\n"
      "Example:\n"
      "  tridex sweep big.yaml -o out/big --shard 1/2    # here\n"
      "  tridex sweep big.yaml -o out/big --shard 2/2    # on another host with the same folder\n"
      "  tridex gather out/big");
  command->callback([options, &action] { action = [options] { return gather_shards(*options); }; });
}

}  // namespace tridex::app

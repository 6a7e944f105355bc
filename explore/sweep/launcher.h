#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/registry.h"
#include "explore/store/store.h"
#include "explore/sweep/sweep.h"

namespace tridex::explore {

/// The k-th of n parts of a sweep's points, by their hash; every point is in one of them.
struct Shard {
  int k = 1, n = 1;
  [[nodiscard]] bool has(const std::string& hash) const;
};
/// "2/8". Error: says what is accepted.
Shard shard_by_name(const std::string& text);

struct SweepOptions {
  std::filesystem::path folder;
  unsigned jobs = 0;                ///< points at a time; 0: default_threads()
  std::optional<Shard> shard;       ///< only these points, into a file of shards/ in place of the store
  bool retry = false;               ///< run points again that failed
  std::optional<uint64_t> shuffle;  ///< seed of the order in which points run; else that of their hashes
  bool prepare_only = false;  ///< make the networks, measure their accuracy and list the points; run none

  // Of launchers that start other processes:
  unsigned shards = 16;              ///< into so many the points are divided
  std::string slurm;                 ///< options of sbatch, as in a line that begins with #SBATCH
  std::vector<std::string> command;  ///< runs this sweep; a launcher adds -o, --shard and --jobs
};

struct SweepProgress {
  std::string stage;  ///< "quantize efficientvit_seg_b0_r352x480 w8a8: reconstruct", "points"
  size_t done = 0, total = 0;
  size_t failed = 0;   ///< of the done ones
  std::string note{};  ///< what else is worth knowing: "12 tasks run, 4 wait"
};

struct SweepSummary {
  size_t points = 0;          ///< of this shard
  size_t already = 0;         ///< found in the store or the shard's files
  size_t ok = 0, failed = 0;  ///< run now
  size_t left = 0;            ///< not run: the budget of minutes was used up
  size_t excluded = 0;        ///< by the sweep's constraints, of all shards
  bool interrupted = false;
  std::vector<PointRow> rows;        ///< all of the store (of the shard), without layers
  std::filesystem::path file;        ///< what was made of them: points.csv, or the folder of a shard's lines
  std::vector<std::string> hashes;   ///< of all points of the sweep
  std::vector<std::string> remarks;  ///< for the user: torn lines and the like
};

struct SweepCallbacks {
  std::function<void(const SweepProgress&)> progress;
  std::function<bool()> stop;  ///< asked often; true ends the sweep, what has finished is kept
};

/// Where a sweep's points run. Results come to the store in options.folder, those of a shard to a file of
/// options.folder/shards (shard_file.h).
class Launcher {
 public:
  virtual ~Launcher() = default;
  /// Runs what is not there yet, and writes points.csv. May be called once in a process, before
  /// any thread has been started in it.
  virtual SweepSummary run(const Sweep& sweep, const SweepOptions& options,
                           const SweepCallbacks& callbacks) = 0;
};

using Launchers = Registry<Launcher>;

}  // namespace tridex::explore

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "explore/cluster/gather.h"
#include "explore/cluster/process.h"
#include "explore/cluster/slurm.h"
#include "explore/cluster/slurm_array.h"
#include "explore/sweep/launcher.h"
#include "explore/sweep/shard_file.h"

namespace tridex::explore {
namespace {

using std::filesystem::path;

constexpr size_t kLogTail = 2000;  ///< characters

std::string log_tail(const path& log) {
  if (!std::filesystem::exists(log)) {
    return "(there is no such file)";
  }
  const std::string text = read_text(log);
  return text.size() > kLogTail ? "..." + text.substr(text.size() - kLogTail) : text;
}

/// One sweep on a cluster, from the side of the process that the user has started. This process alone opens
/// the store.
class SlurmSweep {
 public:
  SlurmSweep(const Sweep& sweep, const SweepOptions& options, const SweepCallbacks& callbacks)
      : sweep_(sweep), options_(options), callbacks_(callbacks), shards_(static_cast<int>(options.shards)) {
    if (options.shard) {
      fail("--shard {}/{}: --launcher slurm makes the shards itself; --shards says how many",
           options.shard->k, options.shard->n);
    }
    if (options.slurm.find_first_of("\r\n") != std::string::npos) {
      fail("--slurm: one line of options of sbatch is expected");
    }
    if (sweep.budget.minutes) {
      fail(
          "{}: budget.minutes ends one command on this machine, and --launcher slurm follows its tasks until "
          "all "
          "points have run; give budget.points",
          sweep.file.string());
    }
    if (options.command.empty()) {
      throw std::logic_error("the slurm launcher needs the command of a shard");
    }
    ensure_folder(options.folder);
    folder_ = std::filesystem::canonical(options.folder);
    ensure_folder(shards_folder(folder_));
    ensure_folder(shards_folder(folder_) / "logs");
    name_ = fmt::format("tridex-{}-", content_hash(folder_.string()).substr(0, 12));
  }

  SweepSummary run() {
    refuse_other_tasks();
    std::vector<std::string> remarks = gather(folder_).remarks;
    if (options_.retry) {
      set_aside();
    }
    // Networks and their accuracy are made once, here, not by every shard.
    SweepOptions prepare = options_;
    prepare.prepare_only = true;
    SweepSummary summary = Launchers::make("local", "launcher")->run(sweep_, prepare, callbacks_);
    summary.remarks = std::move(remarks);
    const auto missing = missing_points(summary.hashes);
    const bool complete =
        std::all_of(missing.begin(), missing.end(), [](const auto& hashes) { return hashes.empty(); });
    if (summary.interrupted || complete) {
      return summary;
    }
    const path script = shards_folder(folder_) / "array.sh";
    write_file(script, script_text());
    SlurmArray array(folder_, name_ + std::to_string(shards_), script, missing, callbacks_);
    summary.interrupted = !array.follow();
    GatherSummary gathered = gather(folder_);
    summary.remarks = std::move(gathered.remarks);
    summary.rows = std::move(gathered.rows);
    summary.failed = array.failed();
    summary.ok = array.done() - array.failed();
    if (!summary.interrupted) {
      check_given_up(array);
    }
    return summary;
  }

 private:
  /// Tasks that an earlier launcher has left are followed; those of other shards cannot be.
  void refuse_other_tasks() const {
    std::string why;
    const auto tasks = slurm_tasks(why);
    if (!tasks) {
      fail("squeue: {}", why);
    }
    for (const auto& task : *tasks) {
      if (!task.name.starts_with(name_)) {
        continue;
      }
      const std::string n = task.name.substr(name_.size());
      if (n != std::to_string(shards_)) {
        fail("{}: job {} still works on it with {} shards: use --shards {}, or scancel {}", folder_.string(),
             task.job, n, n, task.job);
      }
      if (options_.retry) {
        fail(
            "{}: job {} still works on it, and --retry would run its points again: wait for its end, or "
            "scancel {}",
            folder_.string(), task.job, task.job);
      }
    }
  }

  /// Points in the shards' files are finished, also those that failed, which are to run again: files that
  /// have been gathered are moved away.
  void set_aside() const {
    const path old = shards_folder(folder_) / "gathered";
    ensure_folder(old);
    for (const path& file : shard_files(folder_)) {
      path to = old / file.filename();
      for (int i = 1; std::filesystem::exists(to); ++i) {
        to = old / fmt::format("{}.{}", file.filename().string(), i);
      }
      std::filesystem::rename(file, to);
    }
  }

  std::vector<std::set<std::string>> missing_points(const std::vector<std::string>& hashes) const {
    const Store store(folder_ / "store.sqlite");
    write_stored_list(folder_, store, options_.retry);
    const auto finished = store.finished(options_.retry);
    std::vector<std::set<std::string>> missing;
    for (int k = 1; k <= shards_; ++k) {
      auto& mine = missing.emplace_back();
      std::copy_if(hashes.begin(), hashes.end(), std::inserter(mine, mine.end()), [&](const auto& hash) {
        return Shard{k, shards_}.has(hash) && finished.count(hash) == 0;
      });
    }
    return missing;
  }

  std::string script_text() const {
    const unsigned jobs = std::max(options_.jobs, 1U);
    std::string text =
        "#!/bin/sh\n"
        "# A task is the K-th shard of the sweep. The launcher submits again what has died, and counts how "
        "often.\n"
        "#SBATCH --no-requeue\n";
    text += fmt::format("#SBATCH --cpus-per-task={}\n", jobs);
    if (!options_.slurm.empty()) {
      text += "#SBATCH " + options_.slurm + "\n";
    }
    text += "exec";
    for (const auto& word : options_.command) {
      text += fmt::format(" {}", shell_quoted(word));
    }
    return text + fmt::format(" -o {} --jobs {} --shard \"$SLURM_ARRAY_TASK_ID/{}\"\n",
                              shell_quoted(folder_.string()), jobs, shards_);
  }

  void check_given_up(const SlurmArray& array) const {
    std::string text;
    for (size_t i = 0; i < array.parts().size(); ++i) {
      const auto& part = array.parts()[i];
      if (part.given_up) {
        text += fmt::format("\nshard {}/{}: {} points are missing; {}:\n{}", i + 1, shards_,
                            part.missing.size(), part.log.string(), log_tail(part.log));
      }
    }
    if (!text.empty()) {
      fail(
          "tasks have died {} times in a row without a new point. What the others have done is in {}; the "
          "same"
          " command goes on{}",
          SlurmArray::kTries, (folder_ / "points.csv").string(), text);
    }
  }

  const Sweep& sweep_;
  const SweepOptions& options_;
  const SweepCallbacks& callbacks_;
  int shards_;
  path folder_;
  std::string name_;  ///< of the folder's jobs; the number of shards stands behind it
};

/// A job array of Slurm, a task a shard.
class SlurmLauncher : public Launcher {
 public:
  SweepSummary run(const Sweep& sweep, const SweepOptions& options,
                   const SweepCallbacks& callbacks) override {
    return SlurmSweep(sweep, options, callbacks).run();
  }
};

const Launchers::Entry slurm_entry("slurm", [] { return std::make_unique<SlurmLauncher>(); });

}  // namespace
}  // namespace tridex::explore

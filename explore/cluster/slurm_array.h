#pragma once
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "explore/cluster/slurm.h"
#include "explore/sweep/launcher.h"
#include "explore/sweep/shard_file.h"

namespace tridex::explore {

/// The tasks of one sweep, a shard each, from their submission to their end. A shard that is not in the queue
/// and lacks points is submitted (again), until it has died several times in a row without a new point.
class SlurmArray {
 public:
  struct Part {
    std::set<std::string> missing;  ///< hashes of points without a row
    std::filesystem::path log;      ///< of the task that was submitted last; empty: none
    bool given_up = false;

    size_t missing_before = 0;  ///< when it was last submitted
    int polls_gone = 0;         ///< so often in a row it was not in the queue
    int deaths = 0;             ///< in a row without a new point
  };

  /// `folder`: of the sweep; `name`: of the jobs; `script`: what a task runs, with its number from 1 in
  /// $SLURM_ARRAY_TASK_ID; `missing`: by shard, the first is 1/n.
  SlurmArray(std::filesystem::path folder, std::string name, std::filesystem::path script,
             const std::vector<std::set<std::string>>& missing, const SweepCallbacks& callbacks);

  /// Until every point has a row or its shard is given up; false: stopped, and the tasks are cancelled. Tasks
  /// of that name that are in the queue already are followed. Error: sbatch refuses, or squeue gives no
  /// answer for long; tasks in the queue go on.
  bool follow();

  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  [[nodiscard]] size_t done() const;  ///< points that have got a row
  [[nodiscard]] size_t failed() const { return failed_; }

  static constexpr int kTries = 3;  ///< so many deaths without a new point give a shard up

 private:
  using Clock = std::chrono::steady_clock;
  void look();
  void take_queue(const std::vector<SlurmTask>& tasks);
  void read_files();
  std::set<int> dead();
  void submit(const std::set<int>& shards);
  void cancel() const;
  bool await_end() const;
  void show() const;
  void pause(double seconds);
  size_t missing(bool with_given_up) const;

  std::filesystem::path folder_;
  std::string name_;
  std::filesystem::path script_;
  const SweepCallbacks& callbacks_;
  std::vector<Part> parts_;
  size_t total_ = 0, failed_ = 0, again_ = 0, running_ = 0, pending_ = 0;
  std::map<std::filesystem::path, ShardReader> readers_;
  std::map<int, std::set<std::string>> alive_;  ///< shard -> jobs
  bool stopped_ = false;
  Clock::time_point queue_seen_ = Clock::now();
};

}  // namespace tridex::explore

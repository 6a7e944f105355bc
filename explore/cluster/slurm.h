#pragma once
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tridex::explore {

/// A task of a job array that Slurm has in its queue.
struct SlurmTask {
  std::string job;     ///< the array's id
  int index = 0;       ///< in the array
  std::string name;    ///< of the job
  std::string state;   ///< PENDING, RUNNING, COMPLETING and so on
  std::string reason;  ///< why it waits
  /// Whether a node could not start it, after which Slurm holds a task for ever.
  [[nodiscard]] bool held_after_launch() const;
};

/// The user's own array tasks, as `squeue` lists them; other jobs are left out. Error: squeue cannot be
/// started. None: it failed, as it does while the controller is away; `why` is its message.
std::optional<std::vector<SlurmTask>> slurm_tasks(std::string& why);

/// Submits a script as a job array of these tasks; the array's id. Output of task K goes to
/// LOGS/ID_K.log. Error: sbatch's message.
std::string slurm_submit(const std::filesystem::path& script, const std::string& name,
                         const std::set<int>& tasks, const std::filesystem::path& logs);

/// Cancels jobs (ids of arrays, or ID_K); those that have ended are no error.
void slurm_cancel(const std::set<std::string>& jobs);

/// {1, 2, 3, 7} -> "1-3,7".
std::string array_ranges(const std::set<int>& tasks);

}  // namespace tridex::explore

#include "explore/cluster/slurm_array.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "base/error.h"

namespace tridex::explore {
namespace {

constexpr double kStopSeconds = 0.1;  ///< how often `stop` is asked
/// squeue is asked after a twentieth of the time that the sweep has taken, within these limits: a controller
/// has other users, too.
constexpr double kLeastPollSeconds = 0.5, kMostPollSeconds = 10, kPollPart = 0.05;
constexpr double kQueueAwaySeconds = 600;  ///< a controller that is restarted is back by then
constexpr double kEndSeconds = 60;         ///< for tasks that are cancelled or have nothing more to do
constexpr int kPollsGone = 2;  ///< before a task that is not in the queue is dead: its rows may come late

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void sleep_seconds(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace

SlurmArray::SlurmArray(std::filesystem::path folder, std::string name, std::filesystem::path script,
                       const std::vector<std::set<std::string>>& missing, const SweepCallbacks& callbacks)
    : folder_(std::move(folder)), name_(std::move(name)), script_(std::move(script)), callbacks_(callbacks) {
  for (const auto& hashes : missing) {
    parts_.emplace_back().missing = hashes;
    total_ += hashes.size();
  }
}

bool SlurmArray::follow() {
  const auto start = Clock::now();
  std::optional<Clock::time_point> all_there;
  while (!stopped_) {
    look();
    if (missing(false) == 0) {
      all_there = all_there.value_or(Clock::now());
      if (alive_.empty() || seconds_since(*all_there) > kEndSeconds) {
        cancel();  // a task that was taken for dead and has come back has nothing to do
        show();
        return true;
      }
    }
    submit(dead());
    show();
    pause(std::clamp(seconds_since(start) * kPollPart, kLeastPollSeconds, kMostPollSeconds));
  }
  cancel();
  const auto asked = Clock::now();
  while (!await_end() && seconds_since(asked) < kEndSeconds) {
    sleep_seconds(kLeastPollSeconds);
  }
  read_files();
  show();
  return false;
}

/// First the queue, then the files: the rows of a task that has left the queue are there.
void SlurmArray::look() {
  std::string why;
  const auto tasks = slurm_tasks(why);
  if (tasks) {
    take_queue(*tasks);
  } else if (seconds_since(queue_seen_) > kQueueAwaySeconds) {
    fail("squeue has given no answer for {:.0f} minutes: {}; tasks go on, and the same command follows them",
         kQueueAwaySeconds / 60, why);
  }
  read_files();
}

void SlurmArray::take_queue(const std::vector<SlurmTask>& tasks) {
  queue_seen_ = Clock::now();
  alive_.clear();
  running_ = pending_ = 0;
  for (const auto& task : tasks) {
    if (task.name != name_ || task.state == "COMPLETING") {  // on a node that is lost, that may last
      continue;
    }
    if (task.held_after_launch()) {
      slurm_cancel({fmt::format("{}_{}", task.job, task.index)});
      continue;
    }
    ++(task.state == "PENDING" ? pending_ : running_);
    alive_[task.index].insert(task.job);
  }
  for (size_t i = 0; i < parts_.size(); ++i) {
    const bool gone = alive_.count(static_cast<int>(i + 1)) == 0;
    parts_[i].polls_gone = gone ? parts_[i].polls_gone + 1 : 0;
  }
}

void SlurmArray::read_files() {
  for (const auto& file : shard_files(folder_)) {
    readers_.try_emplace(file, file).first->second.read([&](ShardLine&& line) {
      for (auto& part : parts_) {
        if (!line.accuracy && part.missing.erase(line.point.hash) > 0) {
          failed_ += line.point.status == "ok" ? 0 : 1;
        }
      }
    });
  }
}

/// Shards to submit.
std::set<int> SlurmArray::dead() {
  std::set<int> found;
  for (size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    const bool first = part.log.empty();
    if (part.missing.empty() || part.given_up || part.polls_gone < (first ? 1 : kPollsGone)) {
      continue;
    }
    if (!first) {
      part.deaths = part.missing.size() < part.missing_before ? 0 : part.deaths + 1;
      part.given_up = part.deaths >= kTries;
    }
    if (!part.given_up) {
      again_ += first ? 0 : 1;
      found.insert(static_cast<int>(i + 1));
    }
  }
  return found;
}

void SlurmArray::submit(const std::set<int>& shards) {
  if (shards.empty()) {
    return;
  }
  const auto logs = shards_folder(folder_) / "logs";
  const std::string job = slurm_submit(script_, name_, shards, logs);
  for (const int k : shards) {
    Part& part = parts_[static_cast<size_t>(k - 1)];
    part.missing_before = part.missing.size();
    part.polls_gone = 0;
    part.log = logs / fmt::format("{}_{}.log", job, k);
    alive_[k].insert(job);
    ++pending_;
  }
}

void SlurmArray::cancel() const {
  std::set<std::string> jobs;
  for (const auto& [k, ids] : alive_) {
    jobs.insert(ids.begin(), ids.end());
  }
  slurm_cancel(jobs);
}

/// Whether no task is left: their last rows are kept, too.
bool SlurmArray::await_end() const {
  std::string why;
  const auto tasks = slurm_tasks(why);
  return tasks && std::none_of(tasks->begin(), tasks->end(),
                               [&](const SlurmTask& task) { return task.name == name_; });
}

void SlurmArray::show() const {
  if (!callbacks_.progress) {
    return;
  }
  std::string note = fmt::format("{} tasks run, {} wait", running_, pending_);
  if (again_ > 0) {
    note += fmt::format(", {} died and were submitted again", again_);
  }
  callbacks_.progress({"points", done(), total_, failed_, note});
}

void SlurmArray::pause(double seconds) {
  const auto start = Clock::now();
  while (!stopped_ && seconds_since(start) < seconds) {
    sleep_seconds(kStopSeconds);
    stopped_ = callbacks_.stop && callbacks_.stop();
  }
}

size_t SlurmArray::done() const {
  return total_ - missing(true);
}

size_t SlurmArray::missing(bool with_given_up) const {
  size_t count = 0;
  for (const auto& part : parts_) {
    count += with_given_up || !part.given_up ? part.missing.size() : 0;
  }
  return count;
}

}  // namespace tridex::explore

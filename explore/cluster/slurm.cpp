#include "explore/cluster/slurm.h"

#include <fmt/format.h>

#include <charconv>
#include <sstream>

#include "base/error.h"
#include "explore/cluster/process.h"

namespace tridex::explore {
namespace {

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

/// "12_3" of a line's first field; none: a job without an array.
bool read_id(const std::string& text, SlurmTask& task) {
  const size_t mark = text.find('_');
  if (mark == std::string::npos) {
    return false;
  }
  task.job = text.substr(0, mark);
  const char* end = text.data() + text.size();
  const auto index = std::from_chars(text.data() + mark + 1, end, task.index);
  return index.ec == std::errc() && index.ptr == end;
}

/// Of a command of Slurm. Error: says what is needed.
ProcessEnd run_slurm(const std::vector<std::string>& words) {
  try {
    return run_process(words);
  } catch (const Error& error) {
    fail("{}; the slurm launcher needs Slurm's sbatch, squeue and scancel in PATH", error.what());
  }
}

}  // namespace

bool SlurmTask::held_after_launch() const {
  return state == "PENDING" && reason.starts_with("launch");  // "launch failed requeued held"
}

std::optional<std::vector<SlurmTask>> slurm_tasks(std::string& why) {
  const ProcessEnd end = run_slurm({"squeue", "--me", "--noheader", "--array", "--format=%i|%T|%j|%r"});
  if (end.status != 0) {
    why = trimmed(end.err);
    return std::nullopt;
  }
  std::vector<SlurmTask> tasks;
  std::istringstream lines(end.out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(trimmed(line));
    std::string id;
    SlurmTask task;
    std::getline(fields, id, '|');
    std::getline(fields, task.state, '|');
    std::getline(fields, task.name, '|');
    std::getline(fields, task.reason);
    if (read_id(id, task)) {
      tasks.push_back(std::move(task));
    }
  }
  return tasks;
}

std::string slurm_submit(const std::filesystem::path& script, const std::string& name,
                         const std::set<int>& tasks, const std::filesystem::path& logs) {
  std::string folder;
  for (const char c : logs.string()) {  // sbatch fills in what stands behind a %
    folder += c == '%' ? "%%" : std::string(1, c);
  }
  const ProcessEnd end =
      run_slurm({"sbatch", "--parsable", "--job-name=" + name, "--array=" + array_ranges(tasks),
                 "--output=" + folder + "/%A_%a.log", script.string()});
  std::string id = trimmed(end.out.substr(0, end.out.find(';')));  // "ID;CLUSTER"
  if (end.status != 0 || id.empty()) {
    fail("sbatch has not taken {}: {}", script.string(), trimmed(end.err));
  }
  return id;
}

void slurm_cancel(const std::set<std::string>& jobs) {
  if (!jobs.empty()) {
    std::vector<std::string> words{"scancel", "--quiet"};
    words.insert(words.end(), jobs.begin(), jobs.end());
    run_slurm(words);
  }
}

std::string array_ranges(const std::set<int>& tasks) {
  std::string text;
  for (auto at = tasks.begin(); at != tasks.end();) {
    const int first = *at;
    int last = first;
    while (++at != tasks.end() && *at == last + 1) {
      ++last;
    }
    text += fmt::format("{}{}", text.empty() ? "" : ",", first);
    text += last > first ? fmt::format("-{}", last) : "";
  }
  return text;
}

}  // namespace tridex::explore

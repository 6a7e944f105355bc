#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/command_line.h"
#include "app/points_csv.h"
#include "base/file.h"
#include "explore/store/store.h"
#include "explore/sweep/shard_file.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using std::filesystem::path;

namespace {

constexpr size_t kPoints = 24;

/// A sweep, and a Slurm of shell scripts (fake_slurm.sh) in PATH.
class FakeSlurm {
 public:
  FakeSlurm() : old_path_(std::getenv("PATH")) {
    for (const char* name : {"sbatch", "squeue", "scancel"}) {
      std::filesystem::create_directories(folder_.path() / "bin");
      std::filesystem::create_symlink(TRIDEX_SOURCE_DIR "/tests/explore/cluster/fake_slurm.sh",
                                      folder_.path() / "bin" / name);
    }
    std::filesystem::create_directories(fake() / "tasks");
    ::setenv("PATH", ((folder_.path() / "bin").string() + ":" + old_path_).c_str(), 1);
    ::setenv("FAKE_SLURM", fake().c_str(), 1);
  }
  ~FakeSlurm() {
    for (const auto& task : tasks()) {
      kill_task(task.filename());
    }
    for (int i = 0; i < 500 && !tasks().empty(); ++i) {
      ::usleep(10'000);
    }
    ::setenv("PATH", old_path_.c_str(), 1);
  }
  FakeSlurm(const FakeSlurm&) = delete;
  FakeSlurm& operator=(const FakeSlurm&) = delete;

  path fake() const { return folder_.path() / "slurm"; }
  path out() const { return folder_.path() / "out"; }
  path shards() const { return out() / "shards"; }
  /// Of 24 points, all of which run; a third of it fails where `tight`.
  std::string sweep(bool tight = false) const {
    return folder_.write("s.yaml",
                         "design: trio_vit_zcu102\nframes: 1\n"
                         "networks:\n  - {model: efficientvit_b0_r64, recipes: [default]}\n"
                         "axes:\n  copies: [4, 8]\n  ports.count: [1, 2, 3, 4]\n"
                         "  buffers.input.kib: [" +
                             std::string(tight ? "1" : "256") + ", 512, 1024]\n");
  }
  std::vector<std::string> command(bool tight = false) const {
    return {"sweep", sweep(tight), "-o", out(), "--launcher", "slurm", "--shards", "4"};
  }
  void before(const std::string& script) const { folder_.write("slurm/before.sh", script); }
  /// From now on the tasks of shard 4 wait for let_go() before they begin.
  void hold_back() const {
    before(
        "while [ $SLURM_ARRAY_TASK_ID = 4 ] && [ -d $FAKE_SLURM ] && [ ! -e $FAKE_SLURM/go ]; do sleep 0.05; "
        "done\n");
  }
  void let_go() const { folder_.write("slurm/go", ""); }
  std::vector<path> tasks() const { return list(fake() / "tasks"); }
  size_t submitted() const { return list(fake() / "jobs").size(); }
  /// kill -9, if it lives: JOB_K.
  void kill_task(const std::string& task) const {
    pid_t pid = 0;
    if (std::ifstream(fake() / "tasks" / task) >> pid) {
      ::kill(pid, SIGKILL);
    }
  }
  /// The rows of a sweep on this machine.
  std::vector<std::string> local(bool tight = false) const {
    const path here = folder_.path() / "local";
    REQUIRE(run_tridex({"sweep", sweep(tight), "-o", here}).status == 0);
    return csv_without_host(here);
  }
  /// Lines of points that shards have written.
  size_t lines() const {
    size_t count = 0;
    for (const auto& file : explore::shard_files(out())) {
      explore::ShardReader(file).read([&](explore::ShardLine&&) { ++count; });
    }
    return count;
  }
  void wait_for_lines(size_t count) const {
    for (int i = 0; i < 15000; ++i) {  // sanitizers on a busy machine are slow
      if (lines() >= count) {
        return;
      }
      ::usleep(10'000);
    }
    FAIL("no task writes anything");
  }

 private:
  static std::vector<path> list(const path& folder) {
    std::vector<path> found;
    if (std::filesystem::exists(folder)) {
      for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        found.push_back(entry.path());
      }
    }
    return found;
  }
  TempFolder folder_;
  std::string old_path_;
};

}  // namespace

TEST_CASE("a job array gives what this machine gives; a task that dies before it starts is submitted again") {
  const FakeSlurm slurm;
  slurm.before("[ $SLURM_ARRAY_TASK_ID != 2 ] || [ $SLURM_ARRAY_JOB_ID != 1 ]\n");
  auto command = slurm.command(true);
  command.insert(command.end(),
                 {"--slurm", "-p short --comment=\"a b\"", "--set", "name=it's", "--jobs", "2"});
  const Result result = run_tridex(command);
  INFO(result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, Contains("24 points: 24 run now, 8 failed, 0 were there already"));
  CHECK(slurm.submitted() == 2);
  CHECK_THAT(read_text(slurm.fake() / "jobs" / "1"), Contains("--array=1-4 "));
  CHECK_THAT(read_text(slurm.fake() / "jobs" / "2"), Contains("--array=2 "));
  const std::string script = read_text(slurm.shards() / "array.sh");
  CHECK_THAT(script, Contains("#SBATCH --cpus-per-task=2\n#SBATCH -p short --comment=\"a b\"\n") &&
                         Contains(" --set 'name=it'\\''s'"));
  auto lines = slurm.local(true);
  for (auto& line : lines) {  // the name that --set has given
    const size_t at = line.find(",s,");
    if (at != std::string::npos) {
      line.replace(at, 3, ",it's,");
    }
  }
  CHECK(csv_without_host(slurm.out()) == lines);

  command.resize(8);
  command.insert(command.end(), {"--set", "name=it's"});
  CHECK_THAT(run_tridex(command).out, Contains("24 points: 0 run now, 0 failed, 24 were there already"));
  CHECK(slurm.submitted() == 2);
  command.emplace_back("--retry");
  CHECK_THAT(run_tridex(command).out, Contains("24 points: 8 run now, 8 failed, 16 were there already"));
  CHECK(slurm.submitted() == 3);
  CHECK(csv_without_host(slurm.out()) == lines);
}

TEST_CASE("a task that is killed and leaves a torn line: its shard goes on, each point is there once") {
  const FakeSlurm slurm;
  // No file of shard 1 may be longer than 40,000 bytes, so SIGXFSZ ends it in its second line.
  slurm.before("if [ $SLURM_ARRAY_JOB_ID$SLURM_ARRAY_TASK_ID = 11 ]; then ulimit -f 78; fi\n");
  const Result result = run_tridex(slurm.command());
  INFO(result.err);
  REQUIRE(result.status == 0);
  CHECK(slurm.submitted() == 2);
  CHECK(explore::shard_files(slurm.out(), {1, 4}).size() == 2);
  const auto rows = csv_without_host(slurm.out());
  CHECK(rows.size() == kPoints + 1);
  CHECK(rows == slurm.local());
  CHECK(slurm.lines() == kPoints);  // so no point has run twice
  CHECK_THAT(run_tridex({"gather", slurm.out()}).err, Contains("1-of-4.jsonl: its last line is torn"));
}

TEST_CASE("Ctrl-C cancels the tasks and keeps their rows; the same command goes on") {
  const FakeSlurm slurm;
  slurm.hold_back();
  const pid_t child = start_tridex(slurm.command());
  slurm.wait_for_lines(3);
  ::kill(child, SIGINT);
  CHECK(wait_for(child) == 130);
  CHECK(slurm.tasks().empty());
  const size_t kept = csv_without_host(slurm.out()).size() - 1;
  CHECK(kept == slurm.lines());
  CHECK(kept >= 3);
  REQUIRE(kept < kPoints);
  slurm.let_go();
  const Result rest = run_tridex(slurm.command());
  REQUIRE(rest.status == 0);
  CHECK_THAT(rest.out, Contains("24 points: " + std::to_string(kPoints - kept) + " run now, 0 failed, " +
                                std::to_string(kept) + " were there already"));
  CHECK(slurm.lines() == kPoints);
  CHECK(csv_without_host(slurm.out()) == slurm.local());
}

TEST_CASE("a launcher that was killed: the next one follows its tasks, and no other number of shards") {
  const FakeSlurm slurm;
  slurm.hold_back();
  const pid_t child = start_tridex(slurm.command());
  slurm.wait_for_lines(1);
  ::kill(child, SIGKILL);
  wait_for(child);
  REQUIRE_FALSE(slurm.tasks().empty());
  auto other = slurm.command();
  other.back() = "5";
  const Result refused = run_tridex(other);
  CHECK(refused.status == 1);
  CHECK_THAT(refused.err, Contains("job 1 still works on it with 4 shards: use --shards 4, or scancel 1"));
  auto retry = slurm.command();
  retry.emplace_back("--retry");
  CHECK_THAT(run_tridex(retry).err, Contains("--retry would run its points again"));
  slurm.let_go();
  REQUIRE(run_tridex(slurm.command()).status == 0);
  CHECK(slurm.submitted() == 1);
  CHECK(slurm.lines() == kPoints);
  CHECK(csv_without_host(slurm.out()) == slurm.local());
}

TEST_CASE("a task that always dies is given up after its third death, with its log; the others' rows stay") {
  const FakeSlurm slurm;
  slurm.before("if [ $SLURM_ARRAY_TASK_ID = 3 ]; then echo no such library >&2; exit 1; fi\n");
  const Result result = run_tridex(slurm.command());
  CHECK(result.status == 1);
  CHECK(slurm.submitted() == 3);
  CHECK_THAT(result.err, Contains("died 3 times in a row") && Contains("shard 3/4: ") &&
                             Contains("logs/3_3.log:\nno such library"));
  const size_t kept = csv_without_host(slurm.out()).size() - 1;
  CHECK(kept == slurm.lines());
  CHECK(kept > 0);
  std::filesystem::remove(slurm.fake() / "before.sh");
  REQUIRE(run_tridex(slurm.command()).status == 0);
  CHECK(csv_without_host(slurm.out()) == slurm.local());
}

TEST_CASE("two deaths without a point are not given up") {
  const FakeSlurm slurm;
  slurm.before("[ $SLURM_ARRAY_TASK_ID != 3 ] || [ $SLURM_ARRAY_JOB_ID = 3 ]\n");
  REQUIRE(run_tridex(slurm.command()).status == 0);
  CHECK(slurm.submitted() == 3);
  CHECK(csv_without_host(slurm.out()).size() == kPoints + 1);
}

TEST_CASE("a controller that is away for a while ends nothing") {
  const FakeSlurm slurm;
  slurm.hold_back();
  const pid_t child = start_tridex(slurm.command());
  slurm.wait_for_lines(1);
  write_file(slurm.fake() / "away", "");
  slurm.let_go();
  slurm.wait_for_lines(kPoints);
  const auto asked = [&] {
    const path file = slurm.fake() / "asked";
    return std::filesystem::exists(file) ? std::filesystem::file_size(file) : 0;
  };
  for (int i = 0; i < 15000 && asked() < 3; ++i) {
    ::usleep(10'000);
  }
  REQUIRE(asked() >= 3);
  CHECK_FALSE(has_ended(child));
  std::filesystem::remove(slurm.fake() / "away");
  CHECK(wait_for(child) == 0);
  CHECK(slurm.submitted() == 1);
  CHECK(csv_without_host(slurm.out()).size() == kPoints + 1);
}

TEST_CASE("what the slurm launcher refuses") {
  const FakeSlurm slurm;
  const auto refused = [&](std::vector<std::string> more, const std::string& said) {
    auto command = slurm.command();
    command.insert(command.end(), more.begin(), more.end());
    const Result result = run_tridex(command);
    CHECK(result.status == 1);
    CHECK_THAT(result.err, Contains(said));
  };
  refused({"--shard", "1/2"}, "--launcher slurm makes the shards itself");
  refused({"--slurm", "-p a\nrm x"}, "--slurm: one line");
  CHECK_THAT(run_tridex({"sweep", slurm.sweep(), "-o", slurm.out(), "--shards", "3"}).err,
             Contains("--shards: only --launcher slurm takes it"));
  write_file(slurm.fake() / "refuse", "");
  refused({}, "sbatch: error: invalid partition specified: none");
  write_file(slurm.fake() / "away", "");
  refused({}, "squeue: squeue: error: Unable to contact slurm controller");
  ::setenv("PATH", "/nonexistent", 1);
  refused({}, "needs Slurm's sbatch, squeue and scancel in PATH");
}

#include <fmt/core.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "app/command_line.h"
#include "app/points_csv.h"
#include "base/file.h"
#include "explore/cluster/process.h"
#include "explore/sweep/shard_file.h"
#include "support/skip.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using std::filesystem::path;

namespace {

constexpr size_t kPoints = 2000, kShards = 10;
constexpr int kNoSlurm = 77;  ///< of cluster.sh

/// A Slurm of this machine with two nodes (cluster.sh).
class Cluster {
 public:
  Cluster() {
    const auto end = act({"up"});
    present_ = end.status != kNoSlurm;
    why_ = end.err;
    ::setenv("SLURM_CONF", (folder_.path() / "slurm.conf").c_str(), 1);
    if (present_) {
      INFO(end.out << end.err);
      REQUIRE(end.status == 0);
    }
  }
  ~Cluster() {
    if (present_) {
      act({"down"});
    }
  }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  bool present() const { return present_; }
  const std::string& why() const { return why_; }
  explore::ProcessEnd act(const std::vector<std::string>& what) const {
    std::vector<std::string> words{"timeout", "120", TRIDEX_SOURCE_DIR "/tests/explore/cluster/cluster.sh",
                                   what[0], folder_.path()};
    words.insert(words.end(), what.begin() + 1, what.end());
    // A daemon that keeps the output open would never let it end.
    const std::string log = folder_.path() / "cluster.log";
    std::string line;
    for (const auto& word : words) {
      line += explore::shell_quoted(word) + " ";
    }
    auto end = explore::run_process({"sh", "-c", line + "> " + explore::shell_quoted(log) + " 2>&1"});
    end.err = read_text(log);
    return end;
  }
  /// "idle", "down*" and so on.
  std::string state(const std::string& node) const {
    const std::string text = explore::run_process({"sinfo", "-h", "-N", "-n", node, "-o", "%t"}).out;
    return text.substr(0, text.find('\n'));
  }

 private:
  TempFolder folder_;
  bool present_ = false;
  std::string why_;
};

std::string sweep_file(const TempFolder& folder) {
  std::string copies, latencies;
  for (int i = 1; i <= 20; ++i) {
    copies += (i == 1 ? "" : ", ") + std::to_string(i);
    latencies += (i == 1 ? "" : ", ") + std::to_string(5 * i);
  }
  return folder.write("s.yaml",
                      "design: trio_vit_zcu102\nframes: 1\nnetworks:\n"
                      "  - {model: efficientvit_b0_r64, recipes: [default]}\n"
                      "axes:\n  copies: [" +
                          copies + "]\n  ports.latency_cycles: [" + latencies +
                          "]\n  buffers.input.kib: [1, 128, 256, 512, 1024]\n");
}

size_t lines_in(const path& out) {
  size_t count = 0;
  for (const auto& file : explore::shard_files(out)) {
    explore::ShardReader(file).read([&](explore::ShardLine&&) { ++count; });
  }
  return count;
}

void wait_for_lines(const path& out, size_t count) {
  for (int i = 0; i < 3000; ++i) {
    if (lines_in(out) >= count) {
      return;
    }
    ::usleep(100'000);
  }
  FAIL("no task writes anything");
}

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

/// Runs the sweep on the cluster; `disturb` is called when a third of it is done. Gives the number of tasks.
size_t compare_with_local(const std::function<void(const Cluster&)>& disturb) {
  const Cluster cluster;
  if (!cluster.present()) {
    ++skipped_cases();
    WARN("skipped: " << cluster.why());
    return 0;
  }
  const TempFolder folder;
  const std::string sweep = sweep_file(folder);
  const path out = folder.path() / "slurm", here = folder.path() / "local";
  const Stopwatch watch;
  const pid_t child =
      start_tridex({"sweep", sweep, "-o", out, "--launcher", "slurm", "--shards", std::to_string(kShards)});
  if (disturb) {
    wait_for_lines(out, kPoints / 3);
    disturb(cluster);
  }
  REQUIRE(wait_for(child) == 0);
  const double seconds = watch.seconds();
  const Stopwatch local_watch;
  REQUIRE(run_tridex({"sweep", sweep, "-o", here, "--jobs", "2"}).status == 0);
  const double local_seconds = local_watch.seconds();
  const auto rows = csv_without_host(out);
  CHECK(rows.size() == kPoints + 1);
  CHECK(rows == csv_without_host(here));
  const size_t tasks = std::distance(std::filesystem::directory_iterator(out / "shards" / "logs"), {});
  fmt::print(
      "{} points: {:.0f} s, {} tasks for {} shards, {} lines; without Slurm, two at a time: {:.0f} s\n",
      rows.size() - 1, seconds, tasks, kShards, lines_in(out), local_seconds);
  return tasks;
}

void wait_for_state(const Cluster& cluster, const std::string& node, const std::string& begin) {
  for (int i = 0; i < 1200; ++i) {
    if (cluster.state(node).starts_with(begin)) {
      return;
    }
    ::usleep(100'000);
  }
  FAIL(node << " is " << cluster.state(node) << ", not " << begin);
}

}  // namespace

TEST_CASE("2,000 points on a real Slurm are those of this machine") {
  compare_with_local({});
}

TEST_CASE("a slurmd is killed in mid-sweep and started again when its node is down") {
  compare_with_local([](const Cluster& cluster) {
    REQUIRE(cluster.act({"kill", "n1"}).status == 0);
    wait_for_state(cluster, "n1", "down");
    REQUIRE(cluster.act({"start", "n1"}).status == 0);
  });
}

TEST_CASE("a slurmd is killed in mid-sweep and started again at once") {
  compare_with_local([](const Cluster& cluster) {
    REQUIRE(cluster.act({"kill", "n1"}).status == 0);
    REQUIRE(cluster.act({"start", "n1"}).status == 0);
  });
}

TEST_CASE("a node with all of its tasks is lost in mid-sweep and comes back") {
  const size_t tasks = compare_with_local([](const Cluster& cluster) {
    REQUIRE(cluster.act({"cut", "n2"}).status == 0);
    wait_for_state(cluster, "n2", "down");
    REQUIRE(cluster.act({"start", "n2"}).status == 0);
  });
  CHECK((tasks == 0 || tasks > kShards));  // 0: no Slurm
}

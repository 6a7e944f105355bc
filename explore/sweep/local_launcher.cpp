#include <deque>
#include <iterator>
#include <map>

#include "explore/sweep/launcher.h"
#include "explore/sweep/point_pool.h"
#include "explore/sweep/sweep_space.h"

namespace tridex::explore {
namespace {

/// One sweep on this machine, from the parent's side.
class LocalSweep {
 public:
  LocalSweep(const Sweep& sweep, const SweepOptions& options, const SweepCallbacks& callbacks)
      : sweep_(sweep),
        options_(options),
        callbacks_(callbacks),
        points_(expand(sweep, options.jobs)),
        pool_(
            sweep, points_.networks, {options.folder, options.jobs, options.retry, options.shard, begin_},
            [this](const nlohmann::json& design) { return *points_.designs[design.get<size_t>()].design; },
            callbacks) {}

  SweepSummary run() {
    try {
      pool_.make_networks();
      run_points();
    } catch (const Interrupted&) {
      summary_.interrupted = true;
    }
    summary_.rows = pool_.recorder().rows();
    summary_.file = pool_.recorder().finish(summary_.rows);
    return std::move(summary_);
  }

 private:
  /// Those of the budget, by hash: two settings that give one design are one point.
  std::map<std::string, PointTask> points_by_hash() const {
    std::map<std::string, PointTask> points;
    for (const auto& point : points_.points) {
      const DesignVariant& design = points_.designs[point.design];
      PointRow row = pool_.row_of(design, point.network, points_.settings(point));
      const std::string hash = row.hash;
      points.emplace(hash, PointTask{point.design, point.network, std::move(row), design.reason});
    }
    if (const auto most = sweep_.budget.points; most && points.size() > *most) {
      points.erase(std::next(points.begin(), static_cast<std::ptrdiff_t>(*most)), points.end());
    }
    return points;
  }

  void run_points() {
    auto points = points_by_hash();
    for (const auto& [hash, point] : points) {
      summary_.hashes.push_back(hash);
    }
    if (options_.shard) {
      std::erase_if(points, [&](const auto& point) { return !options_.shard->has(point.first); });
    }
    const auto finished = pool_.recorder().finished(options_.retry);
    std::deque<PointTask> waiting;
    for (auto& [hash, point] : points) {
      if (finished.count(hash) == 0) {
        waiting.push_back(std::move(point));
      }
    }
    if (options_.shuffle) {
      SplitMix random(*options_.shuffle);
      shuffle(waiting, random);
    }
    summary_.points = points.size();
    summary_.excluded = points_.excluded;
    summary_.already = points.size() - waiting.size();
    if (options_.prepare_only) {
      return;
    }
    size_t total = waiting.size();
    show_points(total);
    PointEvents events;
    events.kept = [&](const PointRow& row) {
      ++(row.status == status_name(Outcome::Status::kOk) ? summary_.ok : summary_.failed);
      show_points(total);
    };
    events.found = [&](const PointTask&) {
      ++summary_.already;
      show_points(--total);
    };
    summary_.left = pool_.run(std::move(waiting), events);
  }

  void show_points(size_t total) const {
    if (callbacks_.progress) {
      callbacks_.progress({"points", summary_.ok + summary_.failed, total, summary_.failed});
    }
  }

  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();  // of the budget's minutes
  const Sweep& sweep_;
  const SweepOptions& options_;
  const SweepCallbacks& callbacks_;
  SweepPoints points_;  // before the pool: its children read them
  PointPool pool_;
  SweepSummary summary_;
};

/// This machine, a process a point.
class LocalLauncher : public Launcher {
 public:
  SweepSummary run(const Sweep& sweep, const SweepOptions& options,
                   const SweepCallbacks& callbacks) override {
    return LocalSweep(sweep, options, callbacks).run();
  }
};

const Launchers::Entry local_entry("local", [] { return std::make_unique<LocalLauncher>(); });

}  // namespace
}  // namespace tridex::explore

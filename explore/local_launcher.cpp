#include <deque>
#include <map>

#include "base/file.h"
#include "explore/launcher.h"
#include "explore/point_pool.h"
#include "explore/store.h"

namespace tridex::explore {
namespace {

/// One sweep on this machine, from the parent's side.
class LocalSweep {
 public:
  LocalSweep(const Sweep& sweep, const SweepOptions& options, const SweepCallbacks& callbacks)
      : sweep_(sweep),
        options_(options),
        callbacks_(callbacks),
        designs_(expand_designs(sweep)),
        pool_(
            sweep, options.folder, options.jobs,
            [this](const nlohmann::json& design) { return *designs_[design.get<size_t>()].design; },
            callbacks) {}

  SweepSummary run() {
    try {
      pool_.make_networks();
      run_points();
    } catch (const Interrupted&) {
      summary_.interrupted = true;
    }
    summary_.rows = pool_.store().rows(Store::Layers::kWithout);
    write_file(options_.folder / "points.csv", points_csv(summary_.rows));
    return std::move(summary_);
  }

 private:
  void run_points() {
    std::map<std::string, PointTask> points;  // by hash: two settings that give one design are one point
    for (size_t n = 0; n < sweep_.networks.size(); ++n) {
      for (size_t d = 0; d < designs_.size(); ++d) {
        PointRow row = pool_.row_of(designs_[d], n);
        const std::string hash = row.hash;
        if (options_.shard.has(hash)) {
          points.emplace(hash, PointTask{d, n, std::move(row), designs_[d].reason});
        }
      }
    }
    const auto finished = pool_.store().finished(options_.retry);
    std::deque<PointTask> waiting;
    for (auto& [hash, point] : points) {
      if (finished.count(hash) == 0) {
        waiting.push_back(std::move(point));
      }
    }
    summary_.points = points.size();
    summary_.already = points.size() - waiting.size();
    const size_t total = waiting.size();
    show_points(total);
    pool_.run(std::move(waiting), [&](const PointRow& row) {
      ++(row.status == status_name(Outcome::Status::kOk) ? summary_.ok : summary_.failed);
      show_points(total);
    });
  }

  void show_points(size_t total) const {
    if (callbacks_.progress) {
      callbacks_.progress({"points", summary_.ok + summary_.failed, total, summary_.failed});
    }
  }

  const Sweep& sweep_;
  const SweepOptions& options_;
  const SweepCallbacks& callbacks_;
  std::vector<DesignVariant> designs_;  // before the pool: its children read them
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

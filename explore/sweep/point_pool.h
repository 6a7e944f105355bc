#pragma once
#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "explore/sensitivity.h"
#include "explore/store/store.h"
#include "explore/sweep/launcher.h"
#include "explore/sweep/point_work.h"
#include "explore/sweep/recorder.h"
#include "explore/sweep/sweep.h"
#include "explore/workers/fork_server.h"

namespace tridex::explore {

/// Thrown where SweepCallbacks::stop() gave true; what had finished by then is recorded.
struct Interrupted {};

/// A point that is to be run.
struct PointTask {
  nlohmann::json design;  ///< PointWork's MakeDesign makes the design of it, in the child that runs the point
  size_t network = 0;     ///< of the pool's networks
  PointRow row;           ///< of PointPool::row_of()
  std::string refused;    ///< why the design cannot be read; no process is started for the point then
};

/// What becomes of points, told in the order in which it happens.
struct PointEvents {
  std::function<void(const PointRow&)> kept;    ///< it was run, and its row is recorded; without layers
  std::function<void(const PointTask&)> found;  ///< another process has recorded it meanwhile
};

struct PoolOptions {
  std::filesystem::path folder;
  unsigned jobs = 0;           ///< points at a time; 0: default_threads()
  bool retry = false;          ///< points that failed are to be run again
  std::optional<Shard> shard;  ///< record into its file; else into the store
  std::chrono::steady_clock::time_point begin =
      std::chrono::steady_clock::now();  ///< of the budget's minutes
};

/// Networks and points of a sweep, or of a search, on this machine: a process a point. Everything pointed at
/// outlives it. One a process, made before any thread has been started.
class PointPool {
 public:
  /// `networks`: those of the points, of network_with(); there may come more. Of the sweep it takes the
  /// fidelity, frames, seed, time-out, the budget's minutes and what rows say. Of the callbacks `progress` is
  /// told of the networks only.
  PointPool(const Sweep& sweep, const std::vector<NetworkVariant>& networks, const PoolOptions& options,
            PointWork::MakeDesign design, const SweepCallbacks& callbacks);

  /// Quantizes a network that is not in FOLDER/networks yet and measures accuracy that is not recorded.
  /// Called before row_of() and run() of its points; nothing the second time. `which` is told with the
  /// progress: "network 2 of 6". Error: a network that cannot be made. Interrupted.
  void make_network(size_t network, const std::string& which);
  void make_networks();  ///< all of them
  [[nodiscard]] bool is_made(size_t network) const { return made_.count(network) > 0; }
  [[nodiscard]] size_t made() const { return made_.size(); }
  /// Of the network's layers, or of its convolutions only, at each of the widths; measured into
  /// FOLDER/sensitivities.jsonl by `program`, what it has measured before found there. Error, Interrupted.
  [[nodiscard]] std::vector<SensitivityLine> sensitivities(const NetworkVariant& base,
                                                           const std::vector<int>& bits, bool convolutions,
                                                           const std::string& program);
  /// The row of a point that has not run yet: all but how it ended. `settings` are its design's and its
  /// network's.
  [[nodiscard]] PointRow row_of(const DesignVariant& variant, size_t network, Settings settings) const;
  /// Runs the points, each of which is claimed first and ends as a row; waits for those that other processes
  /// have claimed. Where the budget's minutes are used up, those that have begun are finished, and the result
  /// is how many have not. Interrupted.
  size_t run(std::deque<PointTask> tasks, const PointEvents& events);

  [[nodiscard]] bool out_of_time() const;
  [[nodiscard]] Recorder& recorder() { return *recorder_; }
  /// The accuracy of a network that is made; none where it was not measured.
  [[nodiscard]] const std::optional<Accuracy>& accuracy(size_t network) const {
    return made_.at(network).accuracy;
  }
  [[nodiscard]] unsigned jobs() const { return jobs_; }

 private:
  struct Made {
    std::string file;             ///< quantized; empty: shapes only
    std::string hash, key, note;  ///< IntegerGraph::hash(), of the data set, why there is no accuracy
    std::optional<Accuracy> accuracy;
  };
  ForkServer::Event wait_for_end(const std::string& stage);
  void wait_for_others() const;
  nlohmann::json need(const std::string& stage, const Settings& settings, const std::string& which = {});
  std::string hold(size_t network, const std::string& file);
  void hold_those_of(const std::deque<PointTask>& tasks);
  void keep(PointRow& row, const Outcome& outcome, const PointEvents& events);

  const Sweep& sweep_;
  const std::vector<NetworkVariant>& networks_;
  const SweepCallbacks& callbacks_;
  bool retry_;
  std::chrono::steady_clock::time_point begin_;
  unsigned jobs_;
  PointWork work_;
  ForkServer server_;  ///< before the recorder: the server must not inherit a database
  std::unique_ptr<Recorder> recorder_;
  std::string host_;
  std::map<size_t, Made> made_;  ///< by network
  std::set<size_t> held_;        ///< networks that the server has
};

}  // namespace tridex::explore

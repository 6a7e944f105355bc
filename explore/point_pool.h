#pragma once
#include <deque>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "explore/fork_server.h"
#include "explore/launcher.h"
#include "explore/store.h"
#include "explore/sweep.h"
#include "quant/integer_graph.h"

namespace tridex::explore {

/// Thrown where SweepCallbacks::stop() gave true; what had finished by then is in the store.
struct Interrupted {};

/// A point that is to be run.
struct PointTask {
  nlohmann::json design;  ///< PointPool's `design` makes the design of it, in the child that runs the point
  size_t network = 0;     ///< of Sweep::networks
  PointRow row;           ///< of PointPool::row_of()
  std::string refused;    ///< why the design cannot be read; no process is started for the point then
};

/// Networks and points of a sweep, or of a search, on this machine: a process a point, results into
/// FOLDER/store.sqlite. Everything pointed at outlives it. One a process, made before any thread has been
/// started.
class PointPool {
 public:
  using MakeDesign = std::function<arch::DesignPoint(const nlohmann::json&)>;

  /// `jobs`: points at a time; 0: default_threads(). Of the callbacks `progress` is told of the networks
  /// only.
  PointPool(const Sweep& sweep, const std::filesystem::path& folder, unsigned jobs, MakeDesign design,
            const SweepCallbacks& callbacks);

  /// Quantizes what is not in FOLDER/networks yet and measures accuracy that the store lacks. Called once,
  /// before row_of() and run(). Error: a network that cannot be made. Interrupted.
  void make_networks();
  /// The row of a point that has not run yet: all but how it ended.
  [[nodiscard]] PointRow row_of(const DesignVariant& variant, size_t network) const;
  /// Runs the points, each of which ends as a row of the store; then `kept` gets the row, whose result has no
  /// layers. Rows come in the order of their ends. Interrupted.
  void run(std::deque<PointTask> tasks, const std::function<void(const PointRow&)>& kept);

  [[nodiscard]] Store& store() { return store_; }
  /// The accuracy of a network; none where it was not measured.
  [[nodiscard]] std::optional<Accuracy> accuracy(size_t network) const;
  /// The integer network, for this process.
  [[nodiscard]] quant::IntegerGraph load(size_t network) const;
  [[nodiscard]] unsigned jobs() const { return jobs_; }

 private:
  ForkServer::Event wait_for_end(const std::string& stage);
  nlohmann::json need(const std::string& stage);
  void make_network(size_t n);
  void keep(PointRow& row, const Outcome& outcome, const std::function<void(const PointRow&)>& kept);

  const Sweep& sweep_;
  const SweepCallbacks& callbacks_;
  unsigned jobs_;
  std::filesystem::path networks_folder_;
  MakeDesign design_;
  std::vector<quant::IntegerGraph> held_;  ///< in the server: by network
  ForkServer server_;                      ///< before the store: the server must not inherit a database
  Store store_;
  std::string host_;
  std::vector<std::string> files_, hashes_, keys_, notes_;  ///< by network
};

}  // namespace tridex::explore

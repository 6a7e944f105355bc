#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "arch/design/run_result.h"
#include "explore/store/store.h"
#include "explore/workers/fork_server.h"
#include "quant/integer_graph.h"

namespace tridex::explore {

/// The largest value of a track in each of so many even slices of its time, from 0 to `end` cycles; it is 0
/// before the first value, which is at a cycle of at least 0.
std::vector<int64_t> most_in_slices(const arch::CounterTrack& track, int64_t end, int64_t slices);

/// Runs points of a sweep again, for how full their buffers were: the store does not hold it. The processes
/// that simulate are forked by the constructor's one, so make this before threads and databases.
class BufferUse {
 public:
  explicit BufferUse(const std::filesystem::path& folder);  ///< of a sweep, with its networks/

  /// [{name, bytes, cycles, most: [bytes in use in a slice, ...]}], a buffer each. Null where the run cannot
  /// be had again: another version or fidelity, a network that is no longer there, other cycles than then.
  nlohmann::json of(const PointRow& row);

 private:
  std::string need(const nlohmann::json& request, bool hold);  ///< "" when it failed
  std::map<std::string, quant::IntegerGraph> held_;            ///< the server's: hash -> network
  std::unique_ptr<ForkServer> server_;
  std::set<std::string> known_, tried_;  ///< hashes that it holds; networks that were asked for
};

}  // namespace tridex::explore

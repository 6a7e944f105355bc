#include "explore/report/buffer_use.h"

#include <algorithm>

#include "arch/design/design_point.h"
#include "arch/platform/run.h"
#include "base/error.h"
#include "base/yaml.h"
#include "explore/network.h"
#include "quant/quantize.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

constexpr int64_t kSlices = 240;         ///< about what a chart of a page's width can show
constexpr double kTimeoutSeconds = 120;  ///< of one run

json run_again(const json& request, const std::map<std::string, quant::IntegerGraph>& held) {
  const auto design = arch::read_design(
      Yaml::parse(request.at("design").get<std::string>(), request.at("hash").get<std::string>()));
  arch::RunOptions options;
  options.frames = request.at("frames").get<int>();
  options.seed = request.at("seed").get<uint64_t>();
  options.timeline = true;
  const arch::RunResult result =
      arch::run(design, held.at(request.at("network").get<std::string>()), options).result;
  int64_t end = 1;
  std::vector<arch::CounterTrack> tracks;
  for (const auto& track : result.counters) {
    if (track.name.ends_with(" buffer bytes")) {
      tracks.push_back(track);
      end = std::max(end, track.values.empty() ? 0 : track.values.back().first);
    }
  }
  json buffers = json::array();
  for (const auto& track : tracks) {
    const std::string name = track.name.substr(0, track.name.find(' '));
    const auto& buffer = name == "input"    ? design.input_buffer
                         : name == "weight" ? design.weight_buffer
                                            : design.output_buffer;
    buffers.push_back({{"name", name},
                       {"bytes", buffer.bytes},
                       {"cycles", end},
                       {"most", most_in_slices(track, end, kSlices)}});
  }
  return {{"cycles", result.cycles}, {"buffers", buffers}};
}

/// Networks of the sweep's folder, or one without weights by its names.
json hold_networks(const json& request, std::map<std::string, quant::IntegerGraph>& held) {
  json hashes = json::array();
  const auto keep = [&](quant::IntegerGraph graph) {
    const std::string hash = graph.hash();
    held.insert_or_assign(hash, std::move(graph));
    hashes.push_back(hash);
  };
  if (request.contains("model")) {
    NetworkVariant variant;
    variant.model = find_model(request.at("model").get<std::string>());
    variant.recipe =
        quant::read_recipe(Yaml::load(arch::find_config(request.at("recipe").get<std::string>(), "quant")));
    keep(shapes_of(variant));
    return hashes;
  }
  const std::filesystem::path folder = request.at("folder").get<std::string>();
  if (std::filesystem::is_directory(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".tdx") {
        keep(quant::load_network(entry.path()));
      }
    }
  }
  return hashes;
}

}  // namespace

std::vector<int64_t> most_in_slices(const arch::CounterTrack& track, int64_t end, int64_t slices) {
  std::vector<int64_t> most;
  int64_t now = 0;
  size_t next = 0;
  for (int64_t slice = 0; slice < slices; ++slice) {
    const int64_t from = end * slice / slices;
    const int64_t until = std::max(end * (slice + 1) / slices, from + 1);  // a cycle at least
    // A value from a slice's first cycle on takes the place of the one before.
    const bool replaced = next < track.values.size() && track.values[next].first == from;
    int64_t largest = replaced ? 0 : now;
    for (; next < track.values.size() && track.values[next].first < until; ++next) {
      now = static_cast<int64_t>(track.values[next].second);
      largest = std::max(largest, now);
    }
    most.push_back(largest);
  }
  return most;
}

BufferUse::BufferUse(const std::filesystem::path& folder)
    : server_(std::make_unique<ForkServer>(ForkServer::Handlers{
          [this](const json& request, const ForkServer::Progress&) {
            return run_again(request, held_).dump();
          },
          [this](const json& request) { return hold_networks(request, held_).dump(); }})) {
  const std::string hashes = need({{"folder", (folder / "networks").string()}}, true);
  if (!hashes.empty()) {
    known_ = json::parse(hashes).get<std::set<std::string>>();
  }
}

std::string BufferUse::need(const json& request, bool hold) {
  const int id = hold ? server_->hold(request) : server_->start(request, kTimeoutSeconds);
  while (true) {
    const auto event = server_->wait(kTimeoutSeconds);
    if (event && event->id == id && !event->progress) {
      return event->outcome.status == Outcome::Status::kOk ? event->outcome.result : "";
    }
  }
}

json BufferUse::of(const PointRow& row) {
  if (row.status != "ok" || row.tool_version != TRIDEX_VERSION ||
      (row.fidelity != "timed" && row.fidelity != "functional")) {
    return nullptr;
  }
  if (!known_.contains(row.network_hash) && tried_.insert(row.model + " " + row.recipe).second) {
    const std::string hashes = need({{"model", row.model}, {"recipe", row.recipe}}, true);
    if (!hashes.empty()) {
      known_.merge(json::parse(hashes).get<std::set<std::string>>());
    }
  }
  if (!known_.contains(row.network_hash)) {
    return nullptr;
  }
  const std::string text = need({{"hash", row.hash},
                                 {"design", row.design},
                                 {"network", row.network_hash},
                                 {"frames", row.frames},
                                 {"seed", row.seed}},
                                false);
  if (text.empty()) {
    return nullptr;
  }
  const json again = json::parse(text);
  return again["cycles"] == row.result.value("cycles", int64_t{-1}) ? again["buffers"] : json();
}

}  // namespace tridex::explore

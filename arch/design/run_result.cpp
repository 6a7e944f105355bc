#include "arch/design/run_result.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/names.h"

namespace tridex::arch {
namespace {

constexpr std::pair<Fidelity, const char*> kFidelities[] = {
    {Fidelity::kAnalytic, "analytic"},
    {Fidelity::kTimed, "timed"},
    {Fidelity::kFunctional, "functional"},
    {Fidelity::kRtl, "rtl"},
};

}  // namespace

std::vector<std::string> fidelity_names() {
  std::vector<std::string> names;
  for (const auto& [fidelity, word] : kFidelities) {
    names.emplace_back(word);
  }
  return names;
}

Fidelity fidelity_by_name(const std::string& name) {
  for (const auto& [fidelity, word] : kFidelities) {
    if (name == word) {
      return fidelity;
    }
  }
  const std::vector<std::string> known = fidelity_names();
  fail("unknown fidelity '{}'{} (known: {})", name, did_you_mean(name, known), join(known));
}

const char* fidelity_name(Fidelity fidelity) {
  for (const auto& [value, word] : kFidelities) {
    if (value == fidelity) {
      return word;
    }
  }
  throw std::logic_error("fidelity without a name");
}

namespace {

nlohmann::json to_json(const MappingResult& m) {
  using nlohmann::json;
  if (m.programs == 0) {
    return nullptr;
  }
  json layers = json::array();
  for (const MappedLayer& l : m.layers) {
    json layer{{"name", l.name}, {"fused", l.fused}};
    if (!l.loop_order.empty()) {
      layer.update({{"loop_order", l.loop_order},
                    {"weight_blocks", l.blocks},
                    {"tiles", l.tiles},
                    {"inputs_stay", l.inputs_stay}});
    }
    layers.push_back(std::move(layer));
  }
  json kept = json::array();
  for (const KeptTensor& t : m.kept) {
    kept.push_back({{"name", t.name}, {"buffer", t.buffer}, {"bytes", t.bytes}, {"last_read", t.last_read}});
  }
  return {{"programs", m.programs},
          {"machine", m.machine},
          {"options", to_json(m.options)},
          {"layers", layers},
          {"kept", kept}};
}

nlohmann::json without_mapping(const RunResult& r) {
  using nlohmann::json;
  const auto items = [](const auto& list) {
    json object = json::object();
    for (const auto& [name, count] : list) {
      object[name] = count;
    }
    return object;
  };
  json modules = json::array();
  for (const auto& m : r.modules) {
    modules.push_back({{"name", m.name},
                       {"busy_cycles", m.busy_cycles},
                       {"stalls", m.stalls},
                       {"stall_parts", m.stall_parts}});
  }
  json layers = json::array();
  for (const auto& l : r.layers) {
    layers.push_back({{"name", l.name},
                      {"region", l.region},
                      {"op", l.op},
                      {"engine", l.engine},
                      {"macs", l.macs},
                      {"start_cycle", l.start_cycle},
                      {"end_cycle", l.end_cycle},
                      {"busy_cycles", l.busy_cycles},
                      {"stalls", l.stalls},
                      {"stall_parts", l.stall_parts},
                      {"read_bytes", l.read_bytes},
                      {"write_bytes", l.write_bytes}});
  }
  return {{"design", r.design},
          {"model", r.model},
          {"fidelity", r.fidelity},
          {"frames", r.frames},
          {"seed", r.seed},
          {"version", r.version},
          {"cycles", r.cycles},
          {"latency_ms", r.latency_ms},
          {"fps", r.fps},
          {"gops", r.gops},
          {"utilization", r.utilization},
          {"macs", r.macs},
          {"cost",
           {{"dsp", r.cost.dsp},
            {"bram36", r.cost.bram36},
            {"uram", r.cost.uram},
            {"lut", r.cost.lut},
            {"ff", r.cost.ff},
            {"fits", r.cost.fits},
            {"dsp_items", items(r.cost.dsp_items)},
            {"lut_items", items(r.cost.lut_items)},
            {"misfits", r.cost.misfits}}},
          {"energy_mj", r.energy_mj > 0 ? nlohmann::json(r.energy_mj) : nlohmann::json()},
          {"power_w", r.power_w > 0 ? nlohmann::json(r.power_w) : nlohmann::json()},
          {"energy", items(r.energy_items)},
          {"energy_note", r.energy_note},
          {"dram",
           {{"read_bytes", r.dram.read_bytes},
            {"write_bytes", r.dram.write_bytes},
            {"row_hits", r.dram.row_hits},
            {"row_misses", r.dram.row_misses},
            {"refreshes", r.dram.refreshes},
            {"activates", r.dram.activates},
            {"read_bursts", r.dram.read_bursts},
            {"write_bursts", r.dram.write_bursts}}},
          {"stalls", r.stalls},
          {"stall_parts", r.stall_parts},
          {"modules", modules},
          {"layers", layers}};
}

}  // namespace

std::string json_text(const RunResult& result) {
  return without_mapping(result).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json to_json(const RunResult& result) {
  nlohmann::json json = without_mapping(result);
  json["mapping"] = to_json(result.mapping);
  return json;
}

nlohmann::json timeline_json(const RunResult& result, double clock_mhz) {
  using nlohmann::json;
  std::map<std::string, int> threads;
  json events = json::array();
  for (const auto& e : result.timeline) {
    const auto [thread, is_new] = threads.emplace(e.module, static_cast<int>(threads.size()) + 1);
    if (is_new) {
      events.push_back({{"ph", "M"},
                        {"name", "thread_name"},
                        {"pid", 1},
                        {"tid", thread->second},
                        {"args", {{"name", e.module}}}});
    }
    events.push_back({{"ph", "X"},
                      {"name", e.name},
                      {"pid", 1},
                      {"tid", thread->second},
                      {"ts", static_cast<double>(e.start_cycle) / clock_mhz},
                      {"dur", static_cast<double>(e.end_cycle - e.start_cycle) / clock_mhz},
                      {"args", {{"start_cycle", e.start_cycle}, {"end_cycle", e.end_cycle}}}});
  }
  for (const CounterTrack& track : result.counters) {
    for (const auto& [cycle, value] : track.values) {
      events.push_back({{"ph", "C"},
                        {"name", track.name},
                        {"pid", 1},
                        {"ts", static_cast<double>(cycle) / clock_mhz},
                        {"args", {{"value", value}}}});
    }
  }
  return {{"traceEvents", events},
          {"displayTimeUnit", "ns"},
          {"otherData", {{"design", result.design}, {"model", result.model}, {"clock_mhz", clock_mhz}}}};
}

}  // namespace tridex::arch

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

Fidelity fidelity_by_name(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [fidelity, word] : kFidelities) {
    if (name == word) {
      return fidelity;
    }
    known.emplace_back(word);
  }
  const std::string near = nearest_name(name, known);
  fail("unknown fidelity '{}'{} (known: {})", name, near.empty() ? "" : ", did you mean '" + near + "'?",
       join(known));
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

}  // namespace

nlohmann::json to_json(const RunResult& result) {
  nlohmann::json json = nlohmann::json::parse(json_text(result));
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

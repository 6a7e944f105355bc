#include "explore/report/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/names.h"

namespace tridex::explore {
namespace {

using nlohmann::json;
using Causes = std::map<std::string, int64_t>;

constexpr const char* kOutside = "(outside of the layers)";

/// Cycles of a file that may hold anything. 2^48 at 1 GHz are three days; sums of 2^15 such are still exact.
int64_t cycles_in(const json& value) {
  constexpr int64_t kMost = int64_t{1} << 48;
  const auto cycles = value.get<int64_t>();
  if (cycles < 0 || cycles > kMost) {
    fail("{} is no number of cycles", value.dump());
  }
  return cycles;
}

/// The most detailed stalls of a module or of a layer, and its busy cycles.
Causes causes_of(const json& item) {
  Causes causes;
  const bool divided = item.contains("stall_parts") && !item["stall_parts"].empty();
  const json& stalls = item.at(divided ? "stall_parts" : "stalls");
  if (!stalls.is_object()) {
    fail("stalls are a map of causes, not {}", stalls.dump());
  }
  for (const auto& [cause, cycles] : stalls.items()) {
    causes[cause] += cycles_in(cycles);
  }
  causes["busy"] += cycles_in(item.at("busy_cycles"));
  return causes;
}

/// A part of the frame's time, or a module.
struct Span {
  std::string name;
  int64_t cycles = 0;
  Causes causes;
};

/// The frame's cycles by layer (Diff::layers says how).
std::vector<Span> spans_of(const json& result) {
  std::vector<Span> spans;
  int64_t reached = 0;  // the end of all layers before
  for (const auto& layer : result.at("layers")) {
    const auto start = cycles_in(layer.at("start_cycle"));
    const auto end = cycles_in(layer.at("end_cycle"));
    Span span{layer.at("name"), std::max<int64_t>(end - reached, 0), {}};
    if (span.cycles > 0) {
      const int64_t before = std::clamp<int64_t>(start - reached, 0, span.cycles);
      span.causes = apportion(span.cycles - before, causes_of(layer));
      if (span.causes.empty()) {
        span.causes["no_engine"] = span.cycles - before;  // transfers alone
      }
      span.causes["before_start"] += before;
      reached = end;
    }
    spans.push_back(std::move(span));
  }
  const auto all = cycles_in(result.at("cycles"));
  spans.push_back({kOutside, all - reached, {{"bound", all - reached}}});
  return spans;
}

void add(CycleItem& item, const Causes& causes, int64_t CyclePair::*side) {
  for (const auto& [cause, cycles] : causes) {
    if (cycles != 0) {
      item.causes[cause].*side += cycles;
      item.cycles.*side += cycles;
    }
  }
}

/// Items by name, in the order of A; those of B alone stand behind what they follow in B.
class Items {
 public:
  CycleItem& named(const std::string& name) {
    const auto found =
        std::find_if(items_.begin(), items_.end(), [&](const auto& i) { return i.name == name; });
    if (found != items_.end()) {
      last_ = static_cast<size_t>(found - items_.begin());
      return *found;
    }
    last_ = items_.empty() ? 0 : last_ + 1;
    return *items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(last_), CycleItem{name, {}, {}});
  }
  std::vector<CycleItem> take() { return std::move(items_); }

 private:
  std::vector<CycleItem> items_;
  size_t last_ = 0;
};

struct Side {
  std::vector<Span> layers, modules;
};

/// Error: what is wrong with the result, which may come from a file.
Side read_side(const DiffSide& side) {
  const json& r = side.result;
  for (const char* key : {"cycles", "latency_ms", "fps", "model", "fidelity", "frames"}) {
    if (!r.is_object() || !r.contains(key)) {
      fail("{}: is not the result of a run: it has no key '{}' (tridex run --json FILE writes one)",
           side.name, key);
    }
  }
  if (!r.contains("layers") || !r["layers"].is_array() || r["layers"].empty()) {
    fail("{}: holds no layers", side.name);
  }
  Side read;
  try {
    read.layers = spans_of(r);
    for (const auto& module : r.value("modules", json::array())) {
      read.modules.push_back({module.at("name"), 0, causes_of(module)});
    }
    static_cast<void>(r["latency_ms"].get<double>() + r["fps"].get<double>() + r["frames"].get<int>());
  } catch (const json::exception& error) {
    fail("{}: is not the result of a run: {}", side.name, error.what());
  } catch (const Error& error) {
    fail("{}: is not the result of a run: {}", side.name, error.what());
  }
  return read;
}

bool is_bound(const json& result) {
  return result["fidelity"] == "analytic";
}

std::vector<std::string> warnings_of(const json& a, const json& b) {
  std::vector<std::string> warnings;
  const auto differ = [&](const char* key, const std::string& consequence) {
    if (a[key] != b[key]) {
      warnings.push_back(
          fmt::format("A is of {} {}, B of {}: {}", key, a[key].dump(), b[key].dump(), consequence));
    }
  };
  differ("model", "layers are matched by name");
  differ("fidelity",
         "part of the difference is that between a bound and a simulation, or between two of them");
  if (!is_bound(a) && !is_bound(b)) {
    differ("frames", "the modules' cycles are of different work");
  }
  return warnings;
}

}  // namespace

std::map<std::string, int64_t> apportion(int64_t total, const std::map<std::string, int64_t>& parts) {
  int64_t whole = 0;
  for (const auto& [name, part] : parts) {
    whole += part;
  }
  std::map<std::string, int64_t> shares;
  if (whole == 0) {
    return shares;
  }
  std::vector<std::pair<double, std::string>> remainders;  // negative, so that the largest sorts first
  int64_t left = total;
  for (const auto& [name, part] : parts) {
    const double exact = static_cast<double>(total) * static_cast<double>(part) / static_cast<double>(whole);
    const auto share = std::min(static_cast<int64_t>(exact), left);
    shares[name] = share;
    left -= share;
    if (part > 0) {
      remainders.emplace_back(static_cast<double>(share) - exact, name);
    }
  }
  std::sort(remainders.begin(), remainders.end());
  for (size_t i = 0; left > 0; i = (i + 1) % remainders.size(), --left) {
    ++shares[remainders[i].second];
  }
  return shares;
}

Diff diff(const DiffSide& a, const DiffSide& b) {
  const std::pair<Side, int64_t CyclePair::*> sides[] = {{read_side(a), &CyclePair::a},
                                                         {read_side(b), &CyclePair::b}};
  Diff result;
  if (a.design && b.design) {
    result.keys = yaml_difference(*a.design, *b.design, a.name, b.name);
  } else {
    result.warnings.push_back(fmt::format("the design of {} is not known", (a.design ? b : a).name));
  }
  std::set<std::string> others;
  for (const auto* side : {&a, &b}) {
    for (const auto& [key, value] : side->others) {
      others.insert(key);
    }
  }
  const auto value_of = [](const DiffSide& side, const std::string& key) {
    const auto found = side.others.find(key);
    return found == side.others.end() ? std::nullopt : std::optional(found->second);
  };
  if (const auto network = value_of(a, "network"); network && network == value_of(b, "network")) {
    others.erase("recipe");  // its name says nothing more
  }
  for (const auto& key : others) {
    if (value_of(a, key) != value_of(b, key)) {
      result.keys.push_back({fmt::format("({})", key), value_of(a, key), value_of(b, key)});
    }
  }
  for (auto& warning : warnings_of(a.result, b.result)) {
    result.warnings.push_back(std::move(warning));
  }

  Items layers, modules;
  result.frame.name = "frame";
  for (const auto& [side, member] : sides) {
    for (const Span& span : side.layers) {
      add(layers.named(span.name), span.causes, member);
      add(result.frame, span.causes, member);
    }
    for (const Span& module : side.modules) {
      add(modules.named(module.name), module.causes, member);
    }
  }
  result.layers = layers.take();
  std::erase_if(result.layers,
                [](const CycleItem& item) { return item.name == kOutside && item.causes.empty(); });
  if (!is_bound(a.result) && !is_bound(b.result)) {
    result.modules = modules.take();
  }
  return result;
}

namespace {

json pair_json(const CyclePair& pair) {
  return {{"a", pair.a}, {"b", pair.b}, {"difference", pair.difference()}};
}

json item_json(const CycleItem& item) {
  json causes = json::object();
  for (const auto& [cause, pair] : item.causes) {
    causes[cause] = pair_json(pair);
  }
  json value = pair_json(item.cycles);
  value["name"] = item.name;
  value["causes"] = causes;
  return value;
}

}  // namespace

json to_json(const Diff& diff) {
  json keys = json::array(), layers = json::array(), modules = json::array();
  for (const auto& key : diff.keys) {
    keys.push_back(
        {{"key", key.key}, {"a", key.a ? json(*key.a) : json()}, {"b", key.b ? json(*key.b) : json()}});
  }
  std::transform(diff.layers.begin(), diff.layers.end(), std::back_inserter(layers), item_json);
  std::transform(diff.modules.begin(), diff.modules.end(), std::back_inserter(modules), item_json);
  return {{"keys", keys},
          {"warnings", diff.warnings},
          {"frame", item_json(diff.frame)},
          {"layers", layers},
          {"modules", modules}};
}

}  // namespace tridex::explore

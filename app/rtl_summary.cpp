#include "app/rtl_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "app/console.h"

namespace tridex::app {

void RtlLayer::add(const arch::RtlCommandResult& command) {
  const int64_t off = command.rtl_cycles - command.tlm_cycles;
  ++commands;
  results += command.results;
  rtl_cycles += command.rtl_cycles;
  tlm_cycles += command.tlm_cycles;
  worst = std::abs(off) > std::abs(worst) ? off : worst;
  // experiments/rtl/README.md: cycles within the larger of 2 % and 8 cycles a command.
  beyond += std::abs(off) > std::max<int64_t>(8, command.tlm_cycles / 50) ? 1 : 0;
  if (command.difference && difference == nullptr) {
    difference = &*command.difference;
  }
}

double RtlLayer::error() const {
  return tlm_cycles == 0
             ? 0
             : 100.0 * static_cast<double>(rtl_cycles - tlm_cycles) / static_cast<double>(tlm_cycles);
}

std::vector<RtlLayer> rtl_layers(const arch::Run& run) {
  std::vector<RtlLayer> layers;
  for (const arch::RtlCommandResult& command : run.rtl_commands) {
    auto found = std::find_if(layers.begin(), layers.end(), [&](const RtlLayer& layer) {
      return layer.layer == command.layer && layer.engine == command.engine && layer.op == command.op;
    });
    if (found == layers.end()) {
      layers.push_back({});
      found = layers.end() - 1;
      found->layer = command.layer;
      found->engine = command.engine;
      found->op = command.op;
    }
    found->add(command);
  }
  return layers;
}

RtlLayer rtl_total(const arch::Run& run) {
  RtlLayer total;
  for (const arch::RtlCommandResult& command : run.rtl_commands) {
    total.add(command);
  }
  return total;
}

std::string rtl_table(const std::vector<RtlLayer>& layers) {
  Table table({"layer", "op", "engine", ">commands", ">results", "bits", ">RTL cycles", ">TLM cycles",
               ">error", ">worst"});
  for (const RtlLayer& layer : layers) {
    table.row({layer.layer, layer.op, layer.engine, grouped(layer.commands), grouped(layer.results),
               layer.difference == nullptr ? "equal" : "DIFFER", grouped(layer.rtl_cycles),
               grouped(layer.tlm_cycles), fmt::format("{:+.2f} %", layer.error()),
               fmt::format("{:+}", layer.worst)});
  }
  return table.text();
}

std::string difference_text(const arch::Difference& d, const char* expected) {
  return fmt::format("layer {}, tile {}, element (c {}, y {}, x {}): got {}, {} {}", d.layer, d.tile, d.c,
                     d.y, d.x, d.got, expected, d.expected);
}

nlohmann::json to_json(const arch::Difference& d) {
  return {{"layer", d.layer}, {"tile", d.tile},        {"c", d.c}, {"y", d.y}, {"x", d.x},
          {"got", d.got},     {"expected", d.expected}};
}

nlohmann::json to_json(const RtlLayer& layer) {
  nlohmann::json json{{"layer", layer.layer},
                      {"engine", layer.engine},
                      {"op", layer.op},
                      {"commands", layer.commands},
                      {"results", layer.results},
                      {"equal", layer.difference == nullptr},
                      {"rtl_cycles", layer.rtl_cycles},
                      {"tlm_cycles", layer.tlm_cycles},
                      {"error_percent", layer.error()},
                      {"worst_cycles", layer.worst},
                      {"beyond", layer.beyond},
                      {"difference", nullptr}};
  if (layer.difference != nullptr) {
    json["difference"] = to_json(*layer.difference);
  }
  return json;
}

}  // namespace tridex::app

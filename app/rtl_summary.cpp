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

const arch::RtlCommandResult* first_difference(const arch::Run& run) {
  const arch::RtlCommandResult* first = nullptr;
  for (const arch::RtlCommandResult& command : run.rtl_commands) {
    if (command.difference && (first == nullptr || command.difference_cycle < first->difference_cycle)) {
      first = &command;
    }
  }
  return first;
}

nlohmann::json waves_json(const arch::Run& run, const arch::WaveWindow& window) {
  nlohmann::json waves = nlohmann::json::array();
  for (const arch::WaveFile& file : run.rtl_waves) {
    nlohmann::json one{{"engine", file.engine},
                       {"file", nullptr},
                       {"from", window.from},
                       {"to", nullptr},
                       {"replaced", file.replaced}};
    if (file.written) {
      one["file"] = file.file;
    }
    if (window.cycles) {
      one["to"] = window.from + *window.cycles - 1;
    }
    waves.push_back(one);
  }
  return waves;
}

std::string waves_text(const nlohmann::json& waves) {
  std::string text;
  for (const nlohmann::json& one : waves) {
    const std::string engine = one["engine"];
    const std::string cycles = one["to"].is_null()
                                   ? fmt::format("from cycle {} on", grouped(one["from"].get<int64_t>()))
                                   : fmt::format("cycles {} to {}", grouped(one["from"].get<int64_t>()),
                                                 grouped(one["to"].get<int64_t>()));
    text += one["file"].is_null()
                ? fmt::format("no waveforms of {}: its clock stands in {}\n", engine, cycles)
                : fmt::format("waveforms of {}, {}: {}{}\n", engine, cycles, one["file"].get<std::string>(),
                              one["replaced"].get<bool>() ? " (in place of an older file)" : "");
  }
  return text;
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

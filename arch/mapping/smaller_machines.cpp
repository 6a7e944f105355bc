#include "arch/mapping/smaller_machines.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tridex::arch {
namespace {

constexpr int64_t kLeastBuffer = 1024;  ///< bytes of a smaller machine's

}  // namespace

std::vector<Machine> halved_machines(const Machine& machine, bool buffers) {
  std::vector<Machine> all;
  const auto add = [&](const std::string& what, auto&& change) {
    Machine smaller = machine;
    if (change(smaller.design)) {
      smaller.smaller += (smaller.smaller.empty() ? "" : ", ") + what + " / 2";
      all.push_back(std::move(smaller));
    }
  };
  const auto halve = [](auto& value) {
    value /= 2;
    return value >= 1;
  };
  if (buffers) {
    const auto halve_buffer = [](Buffer& buffer) {
      buffer.bytes /= 2;
      return buffer.bytes >= kLeastBuffer;
    };
    add("input buffer", [&](DesignPoint& d) { return halve_buffer(d.input_buffer); });
    add("weight buffer", [&](DesignPoint& d) { return halve_buffer(d.weight_buffer); });
    add("output buffer", [&](DesignPoint& d) { return halve_buffer(d.output_buffer); });
  }
  add("copies", [&](DesignPoint& d) { return halve(d.copies); });
  for (size_t e = 0; e < machine.design.engines.size(); ++e) {
    const std::string& engine = machine.design.engines[e].name;
    add("lanes of " + engine, [&](DesignPoint& d) { return halve(d.engines[e].lanes); });
    add("inputs of " + engine, [&](DesignPoint& d) { return halve(d.engines[e].inputs); });
  }
  add("ports", [&](DesignPoint& d) { return halve(d.ports.count); });
  add("DRAM data rate", [&](DesignPoint& d) {
    d.dram.tck_ns *= 2;
    return true;
  });
  add("clock", [&](DesignPoint& d) {
    d.clock_mhz /= 2;
    return true;
  });
  return all;
}

std::vector<Machine> smaller_machines(const DesignPoint& design) {
  std::vector<Machine> all;
  for (const int input : {1, 2, 4}) {
    for (const int weight : {1, 2, 4}) {
      for (const int output : {1, 2, 4}) {
        DesignPoint smaller = design;
        smaller.input_buffer.bytes /= input;
        smaller.weight_buffer.bytes /= weight;
        smaller.output_buffer.bytes /= output;
        if (std::min({smaller.input_buffer.bytes, smaller.weight_buffer.bytes,
                      smaller.output_buffer.bytes}) >= kLeastBuffer) {
          std::string parts;
          for (const auto& [name, part] :
               {std::pair("input", input), {"weight", weight}, {"output", output}}) {
            parts += part == 1 ? "" : fmt::format("{}{} buffer / {}", parts.empty() ? "" : ", ", name, part);
          }
          all.push_back({std::move(smaller), std::move(parts)});
        }
      }
    }
  }
  for (Machine& machine : halved_machines({design, ""}, false)) {
    all.push_back(std::move(machine));
  }
  return all;
}

}  // namespace tridex::arch

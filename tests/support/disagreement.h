#pragma once
#include <fmt/format.h>

#include <set>
#include <string>

#include "arch/platform/run.h"
#include "support/child.h"
#include "support/monitored_run.h"
#include "support/prepared_network.h"

namespace tridex::test {

/// "" when a functional run, watched by monitors, equals the reference and takes the cycles of a timed one
/// without them; else what differs.
inline std::string disagreement(const arch::DesignPoint& design, const Prepared& prepared) {
  const std::string functional_run = run_in_child([&] {
    const arch::Run run = monitored_run(design, prepared.graph, functional(prepared));
    if (run.difference) {
      const auto& d = *run.difference;
      return fmt::format("{} tile {} ({}, {}, {}): {} instead of {}", d.layer, d.tile, d.c, d.y, d.x, d.got,
                         d.expected);
    }
    if (run.output.data != prepared.reference[static_cast<size_t>(prepared.graph.output)].data) {
      return std::string("the logits in DRAM differ");
    }
    // Every tensor was compared, but for what has no bytes of its own (the input, concatenations) or never
    // leaves the divider (its two operands).
    const std::set<std::string> compared(run.compared_layers.begin(), run.compared_layers.end());
    for (const auto& node : prepared.graph.nodes) {
      const bool hidden = node.op == quant::IntOp::kInput || node.op == quant::IntOp::kConcat ||
                          node.op == quant::IntOp::kMatMulHeads;
      if (!hidden && compared.count(node.name) == 0) {
        return "not compared: " + node.name;
      }
    }
    return fmt::format("cycles {}", run.result.cycles);
  });
  const std::string timed_run = run_in_child([&] {
    arch::RunOptions options;
    options.frames = 1;
    options.check_program = true;
    return fmt::format("cycles {}", arch::run(design, prepared.graph, options).result.cycles);
  });
  return functional_run == timed_run ? "" : functional_run + ", timed: " + timed_run;
}

}  // namespace tridex::test

#pragma once
#include "arch/mapping/check_program_command.h"
#include "arch/mapping/check_program_coverage.h"

namespace tridex::arch::checking {

/// Whether every layer is computed once in every frame, with the multiplications that it has, and every
/// tensor that has a place in DRAM is stored once.
class Completeness {
 public:
  Completeness(const quant::IntegerGraph& graph, const Program& program, Findings& findings);
  /// A command has made what `accesses` says.
  void computed(uint32_t id, const Accesses& accesses);
  /// A store has taken bytes [begin, end) of its layer's tensor to DRAM.
  void stored(uint32_t id, int64_t begin, int64_t end);
  /// After the last instruction, when the DRAM must hold the last frame's output.
  void report(Memory& dram);

 private:
  void report(const quant::IntNode& node, int frame);
  void report_output(Memory& dram);
  const quant::IntegerGraph& graph_;
  const Program& program_;
  Findings& findings_;
  Coverage coverage_;
};

}  // namespace tridex::arch::checking

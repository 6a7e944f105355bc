#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "arch/design/design_point.h"
#include "arch/mapping/command.h"
#include "arch/mapping/decisions.h"
#include "arch/mapping/layout.h"
#include "arch/mapping/params.h"
#include "arch/mapping/ring.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

/// A rectangle of bytes between DRAM and a buffer: `rows` runs of `row_bytes`.
struct Transfer {
  uint64_t dram = 0;
  int64_t dram_stride = 0;
  int32_t buffer = 0, address = 0, stride = 0;
  int32_t row_bytes = 0, rows = 1;
  [[nodiscard]] int64_t bytes() const { return int64_t{row_bytes} * rows; }
};

/// One step of a program: a transfer (load and store unit) or a command (engines and vector unit).
struct Instruction {
  Unit unit = kLoadUnit;
  int32_t layer = 0;  ///< node id: whose operand is loaded, whose result is computed or stored
  int32_t tile = 0;   ///< counts the tiles of a layer
  int32_t frame = 0;
  int32_t payload = 0;                      ///< index in Program::transfers or Program::commands
  bool weights = false;                     ///< load of constants
  uint32_t wait_begin = 0, wait_count = 0;  ///< range in Program::waits
};

/// Where a tensor lies in DRAM. A concat's inputs lie inside its own tensor.
struct TensorPlace {
  bool stored = false;     ///< false: never leaves the chip
  uint64_t address = 0;    ///< of row 0, channel 0
  RowLayout layout;        ///< of a tensor of its own: blocks of its channels
  int64_t row_stride = 0;  ///< bytes from row to row
};

/// Constants in DRAM (params.h).
struct WeightBlock {
  int node = 0;
  int c0 = 0, c1 = 0;  ///< convolution: output channels
  uint64_t address = 0;
  int64_t bytes = 0;
  AttentionNodes attention;  ///< of an attention branch
};

/// What the mapper makes of a network on a design: instructions in an order in which every wait looks back.
/// Each unit executes its own in that order.
struct Program {
  std::vector<Instruction> instructions;
  std::vector<Transfer> transfers;
  std::vector<Command> commands;
  std::vector<uint32_t> waits;
  std::vector<TensorPlace> tensors;  ///< per node
  std::vector<WeightBlock> blocks;
  uint64_t dram_bytes = 0;  ///< footprint, from address 0
  int frames = 1;
  Decisions decisions;

  [[nodiscard]] const Transfer& transfer(const Instruction& i) const {
    return transfers[static_cast<size_t>(i.payload)];
  }
  [[nodiscard]] const Command& command(const Instruction& i) const {
    return commands[static_cast<size_t>(i.payload)];
  }
};

/// Bytes that the program wants in DRAM before it starts (constants of all blocks). The graph must have
/// weights.
std::vector<uint8_t> pack_weights(const quant::IntegerGraph& graph, const Program& program);

}  // namespace tridex::arch

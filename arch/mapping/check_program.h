#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "arch/design/design_point.h"
#include "arch/mapping/program.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

enum class IllegalKind {
  kWait,       ///< a wait is no instruction that comes before
  kUnit,       ///< unit, payload, layer or frame do not exist, or the unit cannot do the operation
  kRange,      ///< beyond a buffer, the program's footprint or the memory
  kField,      ///< a field of a command is not what the graph says, or a tile lacks what is read or made
  kUnwritten,  ///< reads bytes that nothing was written to
  kContent,    ///< reads bytes that hold something else
  kUnordered,  ///< reads bytes whose writer need not be through
  kOverwrite,  ///< writes bytes whose writer or readers need not be through
  kPlace,      ///< a tensor, a block or a store is where it does not belong in DRAM
  kTwice,      ///< computed or stored more than once in a frame
  kMissing,    ///< not computed or not stored in a frame
};
const char* illegal_kind_name(IllegalKind kind);

/// Where Illegal::memory is not one of the buffers (BufferId).
inline constexpr int kNoMemory = -1, kDramMemory = 3;

/// One thing that is wrong with a program.
struct Illegal {
  IllegalKind kind = IllegalKind::kWait;
  uint32_t instruction = kNoInstruction;  ///< kNoInstruction: of a layer or the program as a whole
  int layer = -1, tile = -1, frame = -1;  ///< of the instruction; -1: of none
  int memory = kNoMemory;                 ///< BufferId, kDramMemory
  int64_t begin = 0, end = 0;             ///< bytes of the memory
  std::string text;                       ///< all of it as a sentence
};

/// What is wrong with a program that is to run `graph` on `design`; empty: it is legal, whatever time its
/// instructions take. Follows what every byte of the buffers and of the DRAM holds, and knows of the order of
/// two instructions only what waits and the order of a unit say (a unit's next command starts when the one
/// before is done; transfers of a direction start and finish in order, but overlap). Shares nothing with the
/// mapper but the program's own structs. Stops after kMostFindings. `checked_bytes` receives the bytes that
/// were read and written by all instructions.
std::vector<Illegal> check_program(const DesignPoint& design, const quant::IntegerGraph& graph,
                                   const Program& program, int64_t* checked_bytes = nullptr);
inline constexpr size_t kMostFindings = 100;

}  // namespace tridex::arch

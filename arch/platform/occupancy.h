#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "arch/design/run_result.h"
#include "arch/mapping/program.h"

namespace tridex::arch {

/// When an instruction began and ended, in cycles.
struct Executed {
  int64_t start = 0, end = 0;
};

/// Bytes in use of the input, weight and output buffer over time, as a program was executed (`executed`: of
/// each instruction).
///
/// A byte is in use from the start of the load or command that writes it to the end of the last one that
/// reads what was written, at most until the next one that writes the byte begins; bytes that nobody reads,
/// until their writer ends. The bytes of a command are those that check_program() holds it to: whole rows of
/// tiles.
std::array<CounterTrack, 3> buffer_occupancy(const DesignPoint& design, const quant::IntegerGraph& graph,
                                             const Program& program, std::span<const Executed> executed);

}  // namespace tridex::arch

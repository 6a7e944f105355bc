#pragma once
#include <vector>

#include "arch/mapping/engine_timing.h"
#include "arch/mapping/program_builder.h"

namespace tridex::arch {

/// One engine's share of a command: output channels [c0, c1) of output rows [y0, y1).
struct Share {
  const Engine* engine;
  int c0, c1, y0, y1;
};

/// Channels of one share are a multiple of this, so that lanes are full and groups are whole.
int channel_unit(const DesignPoint& design, const quant::IntNode& conv);

/// Divides the channels of a command (heads of an attention command, with unit 1) over the design's engines
/// so that the last to finish finishes first. Shares are multiples of `unit` channels; empty ones are left
/// out.
std::vector<Share> divide_channels(const DesignPoint& design, const Command& command, int unit);

/// When MAT and R-MAC have done all that they were given so far, in cycles from a common start.
struct EngineClocks {
  int64_t mat = 0, rmac = 0;
};
/// The same where the engines are free at different times: a share may be whole rows too, or whole rows and
/// some channels of one more, so that both finish nearly together. Moves the clocks on.
std::vector<Share> divide_tile(const DesignPoint& design, const Command& command, int unit,
                               EngineClocks& clocks);

/// Cycles of a command on an engine (engine_cycles) with the best spread over the copies.
int64_t best_cycles(const DesignPoint& design, const Engine& engine, Command command);

/// Points a convolution's command to its block of constants.
void set_weights(Command& command, const Held& block, const WeightBlock& info, const quant::IntNode& conv);

/// Emits the shares of one tile of a convolution whose input is held.
void compute_tile(ProgramBuilder& b, const quant::IntNode& conv, const Command& command,
                  const std::vector<Share>& shares, int tile, Held& in, Held* shortcut, Held& weights,
                  Held& out);

}  // namespace tridex::arch

#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tridex::arch {

class ProgramBuilder;

/// How the loop over a convolution's blocks of weights and the loop over tiles of its rows lie in each other.
/// * Weights outside: all tiles of a block, then the next block. Each block reads the inputs again, unless
///   they stay: then the tiles that the first block has loaded are those of all others.
/// * Inputs outside: all blocks for a tile, then the next tile, and there the blocks the other way round, so
///   that the block that is there is used first. Each other block is fetched again for every tile.
struct ConvLoops {
  bool inputs_outside = false;
  bool inputs_stay = false;  ///< weights outside
  int chunk = 0;             ///< output channels of a block
  int rows = 0;              ///< output rows of a tile; 0: each block has tiles of its own
  int tiles = 1;             ///< of rows (of the first block, where each has its own)
  bool chosen = false;       ///< the weights outside would have read more
  int64_t read_bytes = 0;    ///< of weights and inputs in a frame; only where there was a choice
};

/// The blocks of a convolution in the order of their use; a block that is used twice running is there once.
std::vector<int> block_uses(const ConvLoops& loops, std::span<const int> blocks);

/// The loops that read least, of those that MappingOptions::loop_order allows; between equals, the one whose
/// engines wait for less of it. There is something to choose where the weights need several blocks (half of
/// their buffer each, so that the next one comes in time), the input is not on the chip, and the stage is
/// none of the tail's, which is cut into blocks. Among `best` is then also one block of up to the whole
/// buffer.
ConvLoops choose_loops(const ProgramBuilder& b, size_t stage);

/// Output rows of a tile of a block, for a stage with so much room for tiles (bytes).
int rows_of_block(const ProgramBuilder& b, size_t stage, int c0, int c1, int64_t input_room,
                  int64_t output_room);

/// Input channels that output channels [c0, c1) of a convolution read, from a multiple of eight on.
std::pair<int, int> input_channels(const ProgramBuilder& b, size_t stage, int c0, int c1);

}  // namespace tridex::arch

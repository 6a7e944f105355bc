#pragma once
#include <vector>

#include "arch/mapping/shares.h"
#include "arch/mapping/tiling.h"

namespace tridex::arch {

/// A tile of a depthwise convolution fused with the 1x1 behind it: output rows [y0, y1) of the channels [c0,
/// c1) of the depthwise convolution and the outputs [o0, o1) of the 1x1 that they make.
struct PairTile {
  int y0, y1, c0, c1, o0, o1;
  std::vector<Share> shares;  ///< of the 1x1
};

struct PairTiles {
  std::vector<PairTile> tiles;
  bool ahead = false;  ///< R-MAC works one tile ahead of MAT (double buffering, and both tiles fit)
};

/// Chooses tiles by an estimate of the pair's time: some rows of all channels or, where the 1x1 is grouped,
/// all rows of some groups. MAT is idle until the first tile has passed R-MAC, and where R-MAC has more to do
/// than MAT, R-MAC's last tile still has to pass the 1x1: so tiles may begin small, grow, and end small.
/// Against that stand the rows of the input that neighbouring tiles both load, the pipeline's fill a command,
/// and lanes and copies without pixels.
PairTiles choose_pair_tiles(const DesignPoint& design, const PairSpace& space,
                            const quant::IntegerGraph& graph, const quant::IntNode& depthwise,
                            const quant::IntNode& pointwise);

}  // namespace tridex::arch

#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "arch/design/design_point.h"
#include "arch/mapping/command.h"
#include "arch/mapping/stages.h"

namespace tridex::arch {

/// Tensors that stay on the chip, whole, from the stage that makes them to the last one that reads them, at
/// addresses at the upper end of a buffer; tiles go round in what is left below.
struct Residency {
  struct Place {
    BufferId buffer = kInputBuffer;
    int64_t address = 0, bytes = 0;
    size_t first = 0, last = 0;  ///< stages that must leave it its room
    size_t last_read = 0;        ///< the last stage that reads it
  };
  std::vector<std::optional<Place>> places;    ///< per tensor; of a concat's root only
  std::array<std::vector<int64_t>, 3> limits;  ///< per buffer and stage: bytes left for tiles
  int64_t saved_bytes = 0;                     ///< that need not be moved, a frame
};

/// No tensor stays.
Residency no_residency(const DesignPoint& design, const quant::IntegerGraph& graph, size_t stages);

/// Keeps what saves most traffic first, as long as every stage has room for the tiles of what it streams
/// (about a quarter of a tensor, twice; a quarter of the buffer at most, but always one row). The network's
/// input and output lie in DRAM. Of two buffers that have room, the one that `keep_in` says (best: room).
/// What stages from `tail` on read has its place all the time, as they may run beside the next frame.
Residency plan_residency(const DesignPoint& design, const quant::IntegerGraph& graph,
                         const std::vector<Stage>& stages, const std::vector<Alias>& aliases, size_t tail,
                         MappingOptions::KeepIn keep_in = MappingOptions::KeepIn::kRoom);

}  // namespace tridex::arch

#pragma once
#include <array>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "arch/mapping/conv_loops.h"
#include "arch/mapping/estimate.h"
#include "arch/mapping/order.h"
#include "arch/mapping/plan.h"
#include "arch/mapping/program.h"

namespace tridex::arch {

struct PairTiles;
struct Share;

/// A tile that is held in a buffer while instructions are emitted.
struct Held {
  BufferId buffer = kInputBuffer;
  int64_t address = 0;
  TileRef ref;
  Users wait;     ///< a writer waits for these: the users of what lay there before
  Users written;  ///< a reader waits for these
  int tensor = -1;
  int row0 = 0, row1 = 0, c0 = 0, c1 = 0;  ///< what of the tensor was asked for; `ref` may hold more
  bool kept = false;  ///< part of a tensor that stays on the chip: not this tile's to release
};

/// Emits instructions and keeps the hazards: what must be finished before a buffer region or a DRAM row is
/// read or written again. Stage emitters (stage_*.cpp) decide what is tiled how.
class ProgramBuilder {
 public:
  ProgramBuilder(const DesignPoint& design, const quant::IntegerGraph& graph, const MappingOptions& options);

  const DesignPoint& design;
  const quant::IntegerGraph& graph;
  const MappingOptions options;
  std::vector<Stage> stages;
  std::vector<int> weights_outside;  ///< convolutions that have these loops, whatever the options say
  size_t tail;                       ///< stages from here on may run beside the next frame (order.h)

  // Blocks of constants: declared once per stage, in the order in which the stage holds them (conv_loops.h:
  // perhaps several times); fetched in every frame, in order, ahead of their use.
  int declare_block(const WeightBlock& block);
  std::vector<std::vector<int>> blocks_of;                   ///< per stage
  std::vector<ConvLoops> conv_loops;                         ///< per stage; of a convolution alone
  std::vector<std::shared_ptr<const PairTiles>> pair_tiles;  ///< per stage; of a fused pair
  [[nodiscard]] const WeightBlock& block(int id) const { return program_.blocks[static_cast<size_t>(id)]; }
  Held hold_block(int block);  ///< the next of the blocks' order; loads it unless it was fetched ahead

  // Tiles.
  /// Rows [row0, row1) and channels [c0, c1) (c0 a multiple of 8) of a tensor: where it lies on the chip, or
  /// loaded into the input buffer.
  Held load_tile(int tensor, int row0, int row1, int c0, int c1, int layer, int tile);
  /// Those rows of a tile that stays on the chip, for a reader that needs no others.
  [[nodiscard]] Held narrowed(const Held& held, int row0, int row1) const;
  /// Room for rows of a tensor: its own place if it stays on the chip, or in the output buffer.
  Held make_tile(int node, int row0, int row1, int c0, int c1);
  /// Room at the upper end of what tiles have of a buffer, until the end of the stage. The caller releases
  /// it.
  Held reserve_top(BufferId buffer, int64_t bytes);
  void release_top(const Held& held);
  Held make_scratch(int64_t bytes, const std::string& what, int node);
  /// Emits a command; `reads` and `writes` are what it waits for and what waits for it.
  uint32_t command(Unit unit, int layer, int tile, const Command& command, std::initializer_list<Held*> reads,
                   std::initializer_list<Held*> writes);
  /// Stores a tile of a node's tensor (rows and channels as it was made), unless it stays on the chip.
  void store_tile(const Held& held, int node, int tile);
  void release(const Held& held);

  /// The shares of the engines in rows [y0, y1) of a block's convolution, which are the same in every frame.
  const std::vector<Share>& shares(int block, int y0, int y1,
                                   const std::function<std::vector<Share>()>& divide);

  /// Bytes of rows of channels [c0, c1) of a node's tensor in a buffer.
  [[nodiscard]] int64_t tile_bytes(int node, int rows, int c0, int c1) const;
  /// What tiles can have of a buffer in the present stage.
  [[nodiscard]] int64_t capacity(BufferId buffer) const;
  [[nodiscard]] int64_t capacity(BufferId buffer, size_t stage) const {
    return residency_.limits[buffer][stage];
  }
  /// Whether a tensor stays on the chip.
  [[nodiscard]] bool is_kept(int tensor) const;
  [[nodiscard]] Unit unit_of(const Engine& engine) const;

  [[nodiscard]] uint64_t dram_bytes() const { return program_.dram_bytes; }
  /// The order in which items are to be emitted, each between begin_item and end_item.
  std::vector<Item> begin(int frames);
  void begin_item(const Item& item);
  void end_item(const Item& item);
  /// The blocks that an item holds.
  [[nodiscard]] std::span<const int> blocks(const Item& item) const;
  Program finish();
  [[nodiscard]] const Estimate& estimate() const { return estimate_; }

 private:
  ProgramBuilder(const DesignPoint& design, const quant::IntegerGraph& graph, const MappingOptions& options,
                 ProgramPlan plan);
  uint32_t emit(Unit unit, int layer, int tile, int payload, const Users& wait, bool weights = false);
  Ring& ring(BufferId buffer) { return rings_[buffer]; }
  [[noreturn]] void no_room(const std::string& what, int node, BufferId buffer, int64_t bytes) const;
  bool fetch_block();
  void fetch_ahead(bool item_done);
  Held kept_tile(int tensor, int row0, int row1, int c0, int c1) const;

  struct Stored {
    int row0, row1, c0, c1;  ///< channels of the root
    uint32_t instruction;
  };
  /// A tensor on the chip, while it is there.
  struct Kept {
    bool placed = false;
    Users wait;  ///< of what lay there before
    struct Part {
      int row0, row1, c0, c1;
      Users written;
    };
    std::vector<Part> parts;
  };
  /// A use of a block, in the order of the program.
  struct BlockUse {
    int block, frame;
  };

  Program program_;
  std::vector<Alias> aliases_;
  Residency residency_;
  std::vector<Kept> kept_;  ///< per root tensor
  std::vector<Ring> rings_;
  Estimate estimate_;
  std::vector<bool> streams_;  ///< per item: tiles of its inputs come from DRAM
  size_t item_ = 0, stage_ = 0;
  double tile_load_ = 0;  ///< cycles of the last load of a tile
  struct Rows {
    int frame = -1;
    std::vector<Stored> parts, before;  ///< before: of the frame before it
  };
  std::vector<Rows> stored_;               ///< per root tensor, of the frame that was last stored
  std::vector<uint32_t> last_load_;        ///< per tensor, any frame
  std::vector<std::vector<int>> members_;  ///< per root tensor: the tensors that lie in it
  std::map<std::array<int, 3>, std::shared_ptr<const std::vector<Share>>> shares_;
  std::vector<BlockUse> uses_;
  size_t next_use_ = 0;
  bool weights_stay_ = false;     ///< all constants fit their buffer: they are fetched once
  std::map<int, Held> resident_;  ///< per block
  std::deque<Held> fetched_;      ///< of uses_[next_use_], ...
  int frame_ = 0, frames_ = 1;
  uint32_t last_store_ = kNoInstruction;
};

/// Stage emitters.
void declare_conv(ProgramBuilder& b, size_t stage);
/// Some of its blocks.
void emit_conv(ProgramBuilder& b, size_t stage, std::span<const int> blocks);
void declare_pair(ProgramBuilder& b, size_t stage);
void emit_pair(ProgramBuilder& b, size_t stage);
void declare_attention(ProgramBuilder& b, size_t stage);
void emit_attention(ProgramBuilder& b, size_t stage);
void declare_vector(ProgramBuilder& b, size_t stage);
void emit_vector(ProgramBuilder& b, size_t stage);

}  // namespace tridex::arch

#pragma once
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arch/mapping/program.h"
#include "arch/mapping/stages.h"

namespace tridex::arch {

struct PairTiles;

/// A tile that is held in a buffer while instructions are emitted.
struct Held {
  BufferId buffer = kInputBuffer;
  int64_t address = 0;
  TileRef ref;
  Users wait;     ///< a writer waits for these: the users of what lay there before
  Users written;  ///< a reader waits for these
};

/// Emits instructions and keeps the hazards: what must be finished before a buffer region or a DRAM row is
/// read or written again. Stage emitters (stage_*.cpp) decide what is tiled how.
class ProgramBuilder {
 public:
  ProgramBuilder(const DesignPoint& design, const quant::IntegerGraph& graph);

  const DesignPoint& design;
  const quant::IntegerGraph& graph;
  std::vector<Stage> stages;

  // Blocks of constants: declared once per stage, fetched in every frame.
  int declare_block(const WeightBlock& block);
  /// The blocks that a stage fetches first; the stage before prefetches them if they fit beside its own.
  std::vector<std::vector<int>> first_blocks;                ///< per stage
  std::vector<std::vector<int>> blocks_of;                   ///< per stage, all
  std::vector<std::shared_ptr<const PairTiles>> pair_tiles;  ///< per stage; of a fused pair
  [[nodiscard]] const WeightBlock& block(int id) const { return program_.blocks[static_cast<size_t>(id)]; }
  Held hold_block(int block);  ///< loads it unless it was prefetched
  /// Called once in every stage, after its first tile is under way.
  void prefetch_next();

  // Tiles.
  /// Loads rows [row0, row1) and channels [c0, c1) (c0 a multiple of 8) of a stored tensor into the input
  /// buffer.
  Held load_tile(int tensor, int row0, int row1, int c0, int c1, int layer, int tile);
  /// Room for rows of a tensor in the output buffer.
  Held make_tile(int node, int row0, int row1, int c0, int c1);
  Held make_scratch(int64_t bytes, const std::string& what, int node);
  /// Emits a command; `reads` and `writes` are what it waits for and what waits for it.
  uint32_t command(Unit unit, int layer, int tile, const Command& command, std::initializer_list<Held*> reads,
                   std::initializer_list<Held*> writes);
  /// Stores a tile of a node's tensor (rows and channels as it was made).
  void store_tile(const Held& held, int node, int tile);
  void release(const Held& held);

  /// Bytes of rows of channels [c0, c1) of a node's tensor in a buffer.
  [[nodiscard]] int64_t tile_bytes(int node, int rows, int c0, int c1) const;
  [[nodiscard]] int64_t capacity(BufferId buffer) const;
  [[nodiscard]] Unit unit_of(const Engine& engine) const;

  [[nodiscard]] uint64_t dram_bytes() const { return program_.dram_bytes; }
  void begin_frame(int frame, int frames);
  Program finish(int frames);
  size_t stage_index = 0;

 private:
  uint32_t emit(Unit unit, int layer, int tile, int payload, const Users& wait);
  Ring& ring(BufferId buffer) { return rings_[buffer]; }
  [[noreturn]] void no_room(const std::string& what, int node, BufferId buffer, int64_t bytes) const;
  std::optional<Held> load_block(int block);

  struct Stored {
    int row0, row1, c0, c1;  ///< channels of the root
    uint32_t instruction;
  };

  Program program_;
  std::vector<Alias> aliases_;
  std::vector<Ring> rings_;
  std::vector<std::vector<Stored>> stored_;         ///< per root tensor, this frame
  std::vector<std::vector<Stored>> stored_before_;  ///< the same of the frame before
  std::vector<uint32_t> last_load_;                 ///< per tensor, any frame
  std::vector<std::vector<int>> members_;           ///< per root tensor: the tensors that lie in it
  std::vector<std::optional<Held>> prefetched_;     ///< per block
  int frame_ = 0, frames_ = 1;
  uint32_t last_store_ = kNoInstruction;
};

/// Stage emitters.
void declare_conv(ProgramBuilder& b, size_t stage);
void emit_conv(ProgramBuilder& b, size_t stage);
void declare_pair(ProgramBuilder& b, size_t stage);
void emit_pair(ProgramBuilder& b, size_t stage);
void declare_attention(ProgramBuilder& b, size_t stage);
void emit_attention(ProgramBuilder& b, size_t stage);
void declare_vector(ProgramBuilder& b, size_t stage);
void emit_vector(ProgramBuilder& b, size_t stage);

}  // namespace tridex::arch

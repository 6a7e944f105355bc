#include "arch/mapping/program_builder.h"

#include <algorithm>
#include <utility>

#include "arch/mapping/tiling.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

constexpr uint64_t kBlockAlignment = 64;
constexpr uint64_t kTensorAlignment = 4096;

uint64_t round_up(uint64_t value, uint64_t to) {
  return (value + to - 1) / to * to;
}

const char* buffer_name(BufferId buffer) {
  return buffer == kInputBuffer ? "input" : buffer == kWeightBuffer ? "weight" : "output";
}

}  // namespace

ProgramBuilder::ProgramBuilder(const DesignPoint& design_point, const quant::IntegerGraph& integer_graph)
    : design(design_point),
      graph(integer_graph),
      stages(group_stages(design_point, integer_graph)),
      first_blocks(stages.size()),
      blocks_of(stages.size()),
      pair_tiles(stages.size()),
      aliases_(concat_aliases(integer_graph)),
      stored_(integer_graph.nodes.size()),
      stored_before_(integer_graph.nodes.size()),
      last_load_(integer_graph.nodes.size(), kNoInstruction),
      members_(integer_graph.nodes.size()) {
  for (size_t id = 0; id < aliases_.size(); ++id) {
    members_[static_cast<size_t>(aliases_[id].root)].push_back(static_cast<int>(id));
  }
  rings_.emplace_back(design.input_buffer.bytes);
  rings_.emplace_back(design.weight_buffer.bytes);
  rings_.emplace_back(design.output_buffer.bytes);
  const std::vector<bool> on_chip = on_chip_nodes(graph, stages);
  program_.tensors.resize(graph.nodes.size());
  uint64_t next = 0;
  for (const auto& node : graph.nodes) {
    TensorPlace& place = program_.tensors[static_cast<size_t>(node.id)];
    place.layout = RowLayout::of(node.shape, node.out.bytes());
    place.row_stride = place.layout.row_bytes();
    place.stored = !on_chip[static_cast<size_t>(node.id)];
    if (place.stored && aliases_[static_cast<size_t>(node.id)].root == node.id) {
      place.address = next;
      next = round_up(next + static_cast<uint64_t>(place.row_stride * node.shape.h), kTensorAlignment);
    }
  }
  for (const auto& node : graph.nodes) {
    const Alias alias = aliases_[static_cast<size_t>(node.id)];
    if (alias.root != node.id) {
      TensorPlace& place = program_.tensors[static_cast<size_t>(node.id)];
      const TensorPlace& root = program_.tensors[static_cast<size_t>(alias.root)];
      place.address =
          root.address + static_cast<uint64_t>(alias.channel / kChannelBlock * root.layout.block_bytes());
      place.row_stride = root.row_stride;
    }
  }
  program_.dram_bytes = next;
}

int ProgramBuilder::declare_block(const WeightBlock& block) {
  program_.blocks.push_back(block);
  program_.blocks.back().address = program_.dram_bytes;
  program_.dram_bytes = round_up(program_.dram_bytes + static_cast<uint64_t>(block.bytes), kBlockAlignment);
  prefetched_.emplace_back();
  return static_cast<int>(program_.blocks.size()) - 1;
}

int64_t ProgramBuilder::tile_bytes(int node, int rows, int c0, int c1) const {
  return rows_bytes(graph.node(node), rows, c0, c1);
}

int64_t ProgramBuilder::capacity(BufferId buffer) const {
  return rings_[buffer].capacity();
}

Unit ProgramBuilder::unit_of(const Engine& engine) const {
  return static_cast<Unit>(kEngine0 + (&engine - design.engines.data()));
}

void ProgramBuilder::no_room(const std::string& what, int node, BufferId buffer, int64_t bytes) const {
  fail(
      "{}: no tile fits: {} needs {} bytes of the {} buffer beside what is live there; the buffer of design "
      "'{}' has {}",
      graph.node(node).name, what, bytes, buffer_name(buffer), design.name, capacity(buffer));
}

uint32_t ProgramBuilder::emit(Unit unit, int layer, int tile, int payload, const Users& wait) {
  const auto id = static_cast<uint32_t>(program_.instructions.size());
  Instruction instruction;
  instruction.unit = unit;
  instruction.layer = layer;
  instruction.tile = tile;
  instruction.frame = frame_;
  instruction.payload = payload;
  instruction.wait_begin = static_cast<uint32_t>(program_.waits.size());
  for (int u = 0; u < kMaxUnits; ++u) {
    // Engines finish one command before they start the next; transfers of a unit overlap.
    if (wait.last[static_cast<size_t>(u)] != kNoInstruction && (u != unit || u <= kStoreUnit)) {
      program_.waits.push_back(wait.last[static_cast<size_t>(u)]);
    }
  }
  instruction.wait_count = static_cast<uint32_t>(program_.waits.size()) - instruction.wait_begin;
  program_.instructions.push_back(instruction);
  return id;
}

std::optional<Held> ProgramBuilder::load_block(int index) {
  const WeightBlock& block = program_.blocks[static_cast<size_t>(index)];
  Held held;
  held.buffer = kWeightBuffer;
  held.address = ring(kWeightBuffer).allocate(block.bytes, held.wait);
  if (held.address < 0) {
    return std::nullopt;
  }
  held.ref.buffer = kWeightBuffer;
  held.ref.address = static_cast<int32_t>(held.address);
  Transfer transfer;
  transfer.dram = block.address;
  transfer.buffer = kWeightBuffer;
  transfer.address = held.ref.address;
  transfer.row_bytes = static_cast<int32_t>(block.bytes);
  program_.transfers.push_back(transfer);
  const uint32_t id =
      emit(kLoadUnit, block.node, 0, static_cast<int>(program_.transfers.size()) - 1, held.wait);
  program_.instructions.back().weights = true;
  held.written.add(kLoadUnit, id);
  ring(kWeightBuffer).add_user(held.address, kLoadUnit, id);
  return held;
}

Held ProgramBuilder::hold_block(int index) {
  auto& early = prefetched_[static_cast<size_t>(index)];
  if (early) {
    const Held held = *early;
    early.reset();
    return held;
  }
  const auto held = load_block(index);
  if (!held) {
    const WeightBlock& block = program_.blocks[static_cast<size_t>(index)];
    no_room("a block of weights", block.node, kWeightBuffer, block.bytes);
  }
  return *held;
}

void ProgramBuilder::prefetch_next() {
  if (!design.double_buffer || (stage_index + 1 == stages.size() && frame_ + 1 == frames_)) {
    return;
  }
  const size_t next = (stage_index + 1) % stages.size();
  frame_ += next == 0 ? 1 : 0;
  for (const int block : first_blocks[next]) {
    auto held = load_block(block);
    if (!held) {
      break;
    }
    prefetched_[static_cast<size_t>(block)] = held;
  }
  frame_ -= next == 0 ? 1 : 0;
}

Held ProgramBuilder::load_tile(int tensor, int row0, int row1, int c0, int c1, int layer, int tile) {
  const auto& node = graph.node(tensor);
  const TensorPlace& place = program_.tensors[static_cast<size_t>(tensor)];
  const int blocks = (c1 - c0 + kChannelBlock - 1) / kChannelBlock;
  const int64_t row_bytes = blocks * place.layout.block_bytes();
  const int rows = row1 - row0;
  Held held;
  held.buffer = kInputBuffer;
  held.address = ring(kInputBuffer).allocate(row_bytes * rows, held.wait);
  if (held.address < 0) {
    no_room("a tile of its input", layer, kInputBuffer, row_bytes * rows);
  }
  held.ref = {kInputBuffer, static_cast<int32_t>(held.address),
              blocks,       node.shape.w,
              row0,         rows,
              c0,           node.out.bits + (node.out.is_signed ? 256 : 0)};
  Transfer transfer;
  transfer.dram = place.address + static_cast<uint64_t>(row0 * place.row_stride +
                                                        c0 / kChannelBlock * place.layout.block_bytes());
  transfer.buffer = kInputBuffer;
  transfer.address = held.ref.address;
  if (row_bytes == place.row_stride) {
    transfer.row_bytes = static_cast<int32_t>(row_bytes * rows);
  } else {
    transfer.row_bytes = static_cast<int32_t>(row_bytes);
    transfer.rows = rows;
    transfer.dram_stride = place.row_stride;
    transfer.stride = transfer.row_bytes;
  }
  program_.transfers.push_back(transfer);
  Users wait = held.wait;
  const Alias alias = aliases_[static_cast<size_t>(tensor)];
  for (const Stored& stored : stored_[static_cast<size_t>(alias.root)]) {
    if (stored.row0 < row1 && row0 < stored.row1 && stored.c0 < alias.channel + c1 &&
        alias.channel + c0 < stored.c1) {
      Users one;
      one.add(kStoreUnit, stored.instruction);
      wait.merge(one);
    }
  }
  if (!design.double_buffer && last_store_ != kNoInstruction) {
    Users one;
    one.add(kStoreUnit, last_store_);
    wait.merge(one);
  }
  const uint32_t id = emit(kLoadUnit, layer, tile, static_cast<int>(program_.transfers.size()) - 1, wait);
  last_load_[static_cast<size_t>(tensor)] = id;
  held.written.add(kLoadUnit, id);
  ring(kInputBuffer).add_user(held.address, kLoadUnit, id);
  return held;
}

Held ProgramBuilder::make_tile(int node_id, int row0, int row1, int c0, int c1) {
  const auto& node = graph.node(node_id);
  Held held = make_scratch(tile_bytes(node_id, row1 - row0, c0, c1), "a tile of its output", node_id);
  held.ref = {kOutputBuffer,
              static_cast<int32_t>(held.address),
              (c1 - c0 + kChannelBlock - 1) / kChannelBlock,
              node.shape.w,
              row0,
              row1 - row0,
              c0,
              node.out.bits + (node.out.is_signed ? 256 : 0)};
  return held;
}

Held ProgramBuilder::make_scratch(int64_t bytes, const std::string& what, int node) {
  Held held;
  held.buffer = kOutputBuffer;
  held.address = ring(kOutputBuffer).allocate(bytes, held.wait);
  if (held.address < 0) {
    no_room(what, node, kOutputBuffer, bytes);
  }
  held.ref.buffer = kOutputBuffer;
  held.ref.address = static_cast<int32_t>(held.address);
  return held;
}

uint32_t ProgramBuilder::command(Unit unit, int layer, int tile, const Command& command,
                                 std::initializer_list<Held*> reads, std::initializer_list<Held*> writes) {
  Users wait;
  for (const Held* held : reads) {
    wait.merge(held->written);
  }
  for (const Held* held : writes) {
    wait.merge(held->wait);
  }
  const uint32_t id = emit(unit, layer, tile, static_cast<int>(program_.commands.size()), wait);
  program_.commands.push_back(command);
  program_.commands.back().tag = static_cast<int32_t>(id);
  for (Held* held : reads) {
    ring(held->buffer).add_user(held->address, unit, id);
  }
  for (Held* held : writes) {
    ring(held->buffer).add_user(held->address, unit, id);
    held->written.add(unit, id);
  }
  return id;
}

void ProgramBuilder::store_tile(const Held& held, int node_id, int tile) {
  const TensorPlace& place = program_.tensors[static_cast<size_t>(node_id)];
  const TileRef& ref = held.ref;
  const int64_t row_bytes = ref.blocks * place.layout.block_bytes();
  Transfer transfer;
  transfer.dram =
      place.address + static_cast<uint64_t>(ref.first_row * place.row_stride +
                                            ref.channel / kChannelBlock * place.layout.block_bytes());
  transfer.buffer = kOutputBuffer;
  transfer.address = ref.address;
  if (row_bytes == place.row_stride) {
    transfer.row_bytes = static_cast<int32_t>(row_bytes * ref.rows);
  } else {
    transfer.row_bytes = static_cast<int32_t>(row_bytes);
    transfer.rows = ref.rows;
    transfer.dram_stride = place.row_stride;
    transfer.stride = transfer.row_bytes;
  }
  program_.transfers.push_back(transfer);
  const Alias alias = aliases_[static_cast<size_t>(node_id)];
  const int c0 = alias.channel + ref.channel;
  const int c1 = std::min(c0 + ref.blocks * kChannelBlock, alias.channel + graph.node(node_id).shape.c);
  Users wait = held.written;
  bool loaded = false;
  for (const int member : members_[static_cast<size_t>(alias.root)]) {
    // Of the frame before: whoever read these channels must be through.
    const int begin = aliases_[static_cast<size_t>(member)].channel;
    const uint32_t load = last_load_[static_cast<size_t>(member)];
    if (load != kNoInstruction && begin < c1 && c0 < begin + graph.node(member).shape.c) {
      Users one;
      one.add(kLoadUnit, load);
      wait.merge(one);
      loaded = true;
    }
  }
  if (!loaded) {
    // Nobody reads the network's output, and stores overlap: that of the frame before must be through itself.
    for (const Stored& before : stored_before_[static_cast<size_t>(alias.root)]) {
      if (before.row0 < ref.first_row + ref.rows && ref.first_row < before.row1 && before.c0 < c1 &&
          c0 < before.c1) {
        Users one;
        one.add(kStoreUnit, before.instruction);
        wait.merge(one);
      }
    }
  }
  const uint32_t id = emit(kStoreUnit, node_id, tile, static_cast<int>(program_.transfers.size()) - 1, wait);
  stored_[static_cast<size_t>(alias.root)].push_back({ref.first_row, ref.first_row + ref.rows, c0, c1, id});
  last_store_ = id;
  ring(kOutputBuffer).add_user(held.address, kStoreUnit, id);
}

void ProgramBuilder::release(const Held& held) {
  ring(held.buffer).release(held.address);
}

void ProgramBuilder::begin_frame(int frame, int frames) {
  frame_ = frame;
  frames_ = frames;
  stored_before_ = std::exchange(stored_, std::vector<std::vector<Stored>>(stored_.size()));
}

Program ProgramBuilder::finish(int frames) {
  program_.frames = frames;
  for (size_t i = 0; i < rings_.size(); ++i) {
    program_.high_water[i] = rings_[i].high_water();
  }
  return std::move(program_);
}

}  // namespace tridex::arch

#include "arch/mapping/program_builder.h"

#include <algorithm>
#include <utility>

#include "arch/mapping/shares.h"
#include "arch/mapping/tiling.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

constexpr uint64_t kBlockAlignment = 64;
constexpr uint64_t kTensorAlignment = 4096;

/// More than most items have: a command is large, and moving all of them again and again takes longer than
/// room that is not touched.
constexpr size_t kCommandsOfAnItem = 24;

uint64_t round_up(uint64_t value, uint64_t to) {
  return (value + to - 1) / to * to;
}

const char* buffer_name(BufferId buffer) {
  return buffer == kInputBuffer ? "input" : buffer == kWeightBuffer ? "weight" : "output";
}

}  // namespace

ProgramBuilder::ProgramBuilder(const DesignPoint& design_point, const quant::IntegerGraph& integer_graph,
                               const MappingOptions& mapping_options)
    : ProgramBuilder(design_point, integer_graph, mapping_options,
                     plan_program(design_point, integer_graph, mapping_options)) {}

ProgramBuilder::ProgramBuilder(const DesignPoint& design_point, const quant::IntegerGraph& integer_graph,
                               const MappingOptions& mapping_options, ProgramPlan plan)
    : design(design_point),
      graph(integer_graph),
      options(mapping_options),
      stages(std::move(plan.stages)),
      tail(plan.tail),
      blocks_of(stages.size()),
      conv_loops(stages.size()),
      pair_tiles(stages.size()),
      aliases_(std::move(plan.aliases)),
      residency_(std::move(plan.residency)),
      kept_(integer_graph.nodes.size()),
      estimate_(design_point),
      stored_(integer_graph.nodes.size()),
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
    place.stored = !on_chip[static_cast<size_t>(node.id)] && !is_kept(node.id);
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
  return static_cast<int>(program_.blocks.size()) - 1;
}

int64_t ProgramBuilder::tile_bytes(int node, int rows, int c0, int c1) const {
  return rows_bytes(graph.node(node), rows, c0, c1);
}

int64_t ProgramBuilder::capacity(BufferId buffer) const {
  return rings_[buffer].limit();
}

bool ProgramBuilder::is_kept(int tensor) const {
  return residency_.places[static_cast<size_t>(aliases_[static_cast<size_t>(tensor)].root)].has_value();
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

uint32_t ProgramBuilder::emit(Unit unit, int layer, int tile, int payload, const Users& wait, bool weights) {
  const auto id = static_cast<uint32_t>(program_.instructions.size());
  Instruction instruction;
  instruction.unit = unit;
  instruction.layer = layer;
  instruction.tile = tile;
  instruction.frame = frame_;
  instruction.payload = payload;
  instruction.weights = weights;
  instruction.wait_begin = static_cast<uint32_t>(program_.waits.size());
  for (int u = 0; u < kMaxUnits; ++u) {
    // Engines finish one command before they start the next; transfers of a unit overlap.
    if (wait.last[static_cast<size_t>(u)] != kNoInstruction && (u != unit || u <= kStoreUnit)) {
      program_.waits.push_back(wait.last[static_cast<size_t>(u)]);
    }
  }
  instruction.wait_count = static_cast<uint32_t>(program_.waits.size()) - instruction.wait_begin;
  program_.instructions.push_back(instruction);
  estimate_.add(program_, id);
  return id;
}

bool ProgramBuilder::fetch_block() {
  const BlockUse use = uses_[next_use_ + fetched_.size()];
  const WeightBlock& block = program_.blocks[static_cast<size_t>(use.block)];
  Held held;
  held.buffer = kWeightBuffer;
  held.address = ring(kWeightBuffer).allocate(block.bytes, held.wait);
  if (held.address < 0) {
    return false;
  }
  held.ref.buffer = kWeightBuffer;
  held.ref.address = static_cast<int32_t>(held.address);
  Transfer transfer;
  transfer.dram = block.address;
  transfer.buffer = kWeightBuffer;
  transfer.address = held.ref.address;
  transfer.row_bytes = static_cast<int32_t>(block.bytes);
  program_.transfers.push_back(transfer);
  const int now = frame_;
  frame_ = use.frame;
  const uint32_t id =
      emit(kLoadUnit, block.node, 0, static_cast<int>(program_.transfers.size()) - 1, held.wait, true);
  frame_ = now;
  held.written.add(kLoadUnit, id);
  ring(kWeightBuffer).add_user(held.address, kLoadUnit, id);
  fetched_.push_back(held);
  return true;
}

Held ProgramBuilder::hold_block(int index) {
  const WeightBlock& block = program_.blocks[static_cast<size_t>(index)];
  if (resident_.contains(index)) {
    return resident_.at(index);
  }
  if (next_use_ >= uses_.size() || uses_[next_use_].block != index) {
    throw std::logic_error("a block of constants is held out of its turn");
  }
  if (fetched_.empty() && !fetch_block()) {
    no_room("a block of weights", block.node, kWeightBuffer, block.bytes);
  }
  Held held = fetched_.front();
  fetched_.pop_front();
  ++next_use_;
  if (weights_stay_) {
    held.kept = true;
    resident_[index] = held;
  }
  return held;
}

/// Fetches the blocks that are used next while there is room, but not so far ahead that tiles which the
/// engines need sooner would wait behind them.
void ProgramBuilder::fetch_ahead(bool item_done) {
  if (!design.double_buffer) {
    return;
  }
  const bool next_waits = item_ + 1 < streams_.size() && streams_[item_ + 1];
  while (next_use_ + fetched_.size() < uses_.size()) {
    double ahead = options.weights_ahead * design.transfer_cycles(design.weight_buffer.bytes, 0);
    if (streams_[item_] && !item_done) {  // the next tile comes first
      const WeightBlock& next = block(uses_[next_use_ + fetched_.size()].block);
      ahead = -tile_load_ - design.transfer_cycles(next.bytes, 0);
    } else if (next_waits) {
      ahead = 0;
    }
    if (estimate_.free(kLoadUnit) > estimate_.engines_free() + ahead || !fetch_block()) {
      return;
    }
  }
}

Held ProgramBuilder::kept_tile(int tensor, int row0, int row1, int c0, int c1) const {
  const Alias alias = aliases_[static_cast<size_t>(tensor)];
  const auto root = static_cast<size_t>(alias.root);
  const Residency::Place& place = *residency_.places[root];
  const auto& node = graph.node(alias.root);
  Held held;
  held.kept = true;
  held.buffer = place.buffer;
  held.address = place.address;
  held.tensor = tensor;
  held.row0 = row0;
  held.row1 = row1;
  held.c0 = c0;
  held.c1 = c1;
  held.ref = {place.buffer,
              static_cast<int32_t>(place.address),
              program_.tensors[root].layout.blocks,
              node.shape.w,
              0,
              node.shape.h,
              -alias.channel,
              tile_format(graph.node(tensor))};
  return held;
}

Held ProgramBuilder::narrowed(const Held& held, int row0, int row1) const {
  if (!held.kept || held.tensor < 0) {
    return held;
  }
  Held rows = kept_tile(held.tensor, row0, row1, held.c0, held.c1);
  const Alias alias = aliases_[static_cast<size_t>(held.tensor)];
  for (const Kept::Part& part : kept_[static_cast<size_t>(alias.root)].parts) {
    if (part.row0 < row1 && row0 < part.row1 && part.c0 < alias.channel + held.c1 &&
        alias.channel + held.c0 < part.c1) {
      rows.written.merge(part.written);
    }
  }
  return rows;
}

Held ProgramBuilder::load_tile(int tensor, int row0, int row1, int c0, int c1, int layer, int tile) {
  if (is_kept(tensor)) {
    return narrowed(kept_tile(tensor, row0, row1, c0, c1), row0, row1);
  }
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
  held.ref = {kInputBuffer,     static_cast<int32_t>(held.address), blocks, node.shape.w, row0, rows, c0,
              tile_format(node)};
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
  for (const Stored& stored : stored_[static_cast<size_t>(alias.root)].parts) {
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
  tile_load_ = design.transfer_cycles(transfer.bytes(), 0);
  const uint32_t id = emit(kLoadUnit, layer, tile, static_cast<int>(program_.transfers.size()) - 1, wait);
  last_load_[static_cast<size_t>(tensor)] = id;
  held.written.add(kLoadUnit, id);
  ring(kInputBuffer).add_user(held.address, kLoadUnit, id);
  return held;
}

Held ProgramBuilder::make_tile(int node_id, int row0, int row1, int c0, int c1) {
  const auto& node = graph.node(node_id);
  if (is_kept(node_id)) {
    Held held = kept_tile(node_id, row0, row1, c0, c1);
    const auto root = static_cast<size_t>(aliases_[static_cast<size_t>(node_id)].root);
    Kept& kept = kept_[root];
    if (!kept.placed) {
      kept.placed = true;
      ring(held.buffer).place(held.address, residency_.places[root]->bytes, kept.wait);
    }
    held.wait = kept.wait;
    return held;
  }
  Held held = make_scratch(tile_bytes(node_id, row1 - row0, c0, c1), "a tile of its output", node_id);
  held.ref = {kOutputBuffer,
              static_cast<int32_t>(held.address),
              (c1 - c0 + kChannelBlock - 1) / kChannelBlock,
              node.shape.w,
              row0,
              row1 - row0,
              c0,
              tile_format(node)};
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
  program_.commands.push_back(command);
  program_.commands.back().tag = static_cast<int32_t>(program_.instructions.size());
  const uint32_t id = emit(unit, layer, tile, static_cast<int>(program_.commands.size()) - 1, wait);
  for (Held* held : reads) {
    ring(held->buffer).add_user(held->address, unit, id);
  }
  for (Held* held : writes) {
    ring(held->buffer).add_user(held->address, unit, id);
    held->written.add(unit, id);
  }
  fetch_ahead(false);
  return id;
}

void ProgramBuilder::store_tile(const Held& held, int node_id, int tile) {
  if (held.kept) {
    const Alias at = aliases_[static_cast<size_t>(node_id)];
    kept_[static_cast<size_t>(at.root)].parts.push_back(
        {held.row0, held.row1, at.channel + held.c0, at.channel + held.c1, held.written});
    return;
  }
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
  Rows& stored = stored_[static_cast<size_t>(alias.root)];
  if (stored.frame != frame_) {
    stored = {frame_, {}, std::move(stored.parts)};
  }
  Users wait = held.written;
  for (const int member : members_[static_cast<size_t>(alias.root)]) {
    // Of the frame before: whoever read these channels must be through.
    const int begin = aliases_[static_cast<size_t>(member)].channel;
    const uint32_t load = last_load_[static_cast<size_t>(member)];
    if (load != kNoInstruction && begin < c1 && c0 < begin + graph.node(member).shape.c) {
      Users one;
      one.add(kLoadUnit, load);
      wait.merge(one);
    }
  }
  // Nobody may have read these rows (the network's output, or what a stride leaves out), and stores overlap:
  // those of the frame before must be through themselves.
  for (const Stored& before : stored.before) {
    if (before.row0 < ref.first_row + ref.rows && ref.first_row < before.row1 && before.c0 < c1 &&
        c0 < before.c1) {
      Users one;
      one.add(kStoreUnit, before.instruction);
      wait.merge(one);
    }
  }
  const uint32_t id = emit(kStoreUnit, node_id, tile, static_cast<int>(program_.transfers.size()) - 1, wait);
  stored.parts.push_back({ref.first_row, ref.first_row + ref.rows, c0, c1, id});
  last_store_ = id;
  ring(kOutputBuffer).add_user(held.address, kStoreUnit, id);
}

Held ProgramBuilder::reserve_top(BufferId buffer, int64_t bytes) {
  Ring& to = ring(buffer);
  Held held;
  held.buffer = buffer;
  held.address = (to.limit() - bytes) / Ring::kAlignment * Ring::kAlignment;
  if (held.address < 0) {
    throw std::logic_error("a window of rows that the plan has no room for");
  }
  to.place(held.address, bytes, held.wait);
  to.set_limit(held.address);
  return held;
}

void ProgramBuilder::release_top(const Held& held) {
  ring(held.buffer).release(held.address);
  ring(held.buffer).set_limit(residency_.limits.at(held.buffer)[stage_]);
}

const std::vector<Share>& ProgramBuilder::shares(int block, int y0, int y1,
                                                 const std::function<std::vector<Share>()>& divide) {
  auto& kept = shares_[{block, y0, y1}];
  if (kept == nullptr) {
    kept = std::make_shared<const std::vector<Share>>(divide());
  }
  return *kept;
}

void ProgramBuilder::release(const Held& held) {
  if (!held.kept) {
    ring(held.buffer).release(held.address);
  }
}

std::vector<Item> ProgramBuilder::begin(int frames) {
  frames_ = frames;
  int64_t all = 0;
  for (const WeightBlock& block : program_.blocks) {
    all += (block.bytes + Ring::kAlignment - 1) / Ring::kAlignment * Ring::kAlignment;
  }
  weights_stay_ = options.keep_weights && design.double_buffer && all <= capacity(kWeightBuffer);
  std::vector<std::vector<int64_t>> bytes(stages.size());
  for (size_t s = 0; s < stages.size(); ++s) {
    for (const int id : s < tail ? block_uses(conv_loops[s], blocks_of[s]) : blocks_of[s]) {
      bytes[s].push_back(weights_stay_ ? 0 : block(id).bytes);
    }
  }
  std::vector<Item> items = order_items(design, graph, stages, aliases_, bytes, tail, frames);
  program_.commands.reserve(items.size() * kCommandsOfAnItem);
  for (const Item& item : items) {
    const std::vector<int> sources = stage_sources(graph, stages[item.stage]);
    streams_.push_back(
        std::any_of(sources.begin(), sources.end(), [&](int source) { return !is_kept(source); }));
    if (weights_stay_) {
      for (const int id : item.frame == 0 ? blocks(item) : std::span<const int>()) {
        uses_.push_back({id, item.frame});
      }
      continue;
    }
    for (const int id : block_uses(conv_loops[item.stage], blocks(item))) {
      uses_.push_back({id, item.frame});
    }
  }
  return items;
}

std::span<const int> ProgramBuilder::blocks(const Item& item) const {
  const std::span<const int> all = blocks_of[item.stage];
  return item.block == Item::kAllBlocks ? all : all.subspan(static_cast<size_t>(item.block), 1);
}

void ProgramBuilder::begin_item(const Item& item) {
  frame_ = item.frame;
  if (item.stage >= tail) {
    return;  // between two stages of the next frame: what they keep stays where it is
  }
  stage_ = item.stage;
  for (size_t i = 0; i < rings_.size(); ++i) {
    rings_[i].set_limit(residency_.limits.at(i)[stage_]);
  }
}

void ProgramBuilder::end_item(const Item& item) {
  if (item.frame == 0) {
    program_.decisions.stage_ends.push_back(estimate_.frames()[0]);
  }
  fetch_ahead(true);
  ++item_;
  if (item.block != Item::kAllBlocks && item.block + 1 < static_cast<int>(blocks_of[item.stage].size())) {
    return;
  }
  for (size_t root = 0; root < kept_.size(); ++root) {
    const auto& place = residency_.places[root];
    if (place && place->last_read == item.stage) {
      ring(place->buffer).release(place->address);
      kept_[root] = {};
    }
  }
}

Program ProgramBuilder::finish() {
  program_.frames = frames_;
  Decisions& decisions = program_.decisions;
  for (size_t s = 0; s < stages.size(); ++s) {
    const ConvLoops& loops = conv_loops[s];
    const bool conv = stages[s].kind == Stage::Kind::kConv;
    decisions.loops.push_back({loops.inputs_outside,
                               conv && (loops.inputs_stay || (loops.inputs_outside && loops.tiles == 1) ||
                                        is_kept(stage_sources(graph, stages[s])[0])),
                               static_cast<int>(blocks_of[s].size()), loops.tiles, loops.chosen});
  }
  decisions.stages = std::move(stages);
  decisions.residency = std::move(residency_);
  decisions.options = options;
  return std::move(program_);
}

}  // namespace tridex::arch

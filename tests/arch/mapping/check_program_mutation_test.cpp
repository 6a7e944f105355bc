// Defects planted in legal programs are found, each for what it is.
#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <numeric>

#include "arch/mapping/check_program.h"
#include "arch/mapping/mapper.h"
#include "odd_network.h"
#include "quant/quantize.h"

using namespace tridex;
using namespace tridex::arch;
using namespace tridex::test;

namespace {

using Kind = IllegalKind;

struct Case {
  DesignPoint design = read_design(find_config("trio_vit_zcu102", "designs"),
                                   {"buffers.input.kib=8", "buffers.output.kib=8", "buffers.weight.kib=16",
                                    "copies=2", "mapping.keep_tensors=false"});
  quant::IntegerGraph graph = quant::shape_only(odd_network(), {});
  Program program = map_network(design, graph, 2);

  Transfer& transfer(uint32_t id) {
    return program.transfers[static_cast<size_t>(program.instructions[id].payload)];
  }
  Command& command(uint32_t id) {
    return program.commands[static_cast<size_t>(program.instructions[id].payload)];
  }
  [[nodiscard]] const quant::IntNode& node(uint32_t id) const {
    return graph.node(program.instructions[id].layer);
  }
  /// The instruction a second time, right behind itself.
  void repeat(uint32_t id) {
    std::vector<uint32_t> order = all();
    order.insert(order.begin() + id, id);
    arrange(order);
    Instruction& copy = program.instructions[id + 1];
    copy.wait_begin = static_cast<uint32_t>(program.waits.size());
    copy.wait_count = id + 1;
    for (uint32_t before = 0; before <= id; ++before) {
      program.waits.push_back(before);
    }
  }
  /// Takes an instruction out; who waited for it still waits for all else.
  void erase(uint32_t id) {
    std::vector<uint32_t> order = all();
    order.erase(order.begin() + id);
    arrange(order);
  }

 private:
  [[nodiscard]] std::vector<uint32_t> all() const {
    std::vector<uint32_t> order(program.instructions.size());
    std::iota(order.begin(), order.end(), 0U);
    return order;
  }
  /// Makes a program of these instructions, in this order, numbered anew.
  void arrange(const std::vector<uint32_t>& order) {
    const Program old = program;
    program.instructions.clear();
    program.waits.clear();
    program.commands.clear();
    std::vector<uint32_t> number(old.instructions.size(), kNoInstruction);
    for (const uint32_t from : order) {
      const auto id = static_cast<uint32_t>(program.instructions.size());
      Instruction next = old.instructions[from];
      next.wait_begin = static_cast<uint32_t>(program.waits.size());
      for (uint32_t w = 0; w < old.instructions[from].wait_count; ++w) {
        const uint32_t wait = number[old.waits[old.instructions[from].wait_begin + w]];
        if (wait != kNoInstruction) {
          program.waits.push_back(wait);
        }
      }
      next.wait_count = static_cast<uint32_t>(program.waits.size()) - next.wait_begin;
      if (next.unit > kStoreUnit) {
        program.commands.push_back(old.command(next));
        program.commands.back().tag = static_cast<int32_t>(id);
        next.payload = static_cast<int32_t>(program.commands.size()) - 1;
      }
      number[from] = id;
      program.instructions.push_back(next);
    }
  }
};

using Which = std::function<bool(Case&, uint32_t)>;
using Plant = std::function<void(Case&, uint32_t)>;

bool is_tile_load(Case& c, uint32_t id) {
  return c.program.instructions[id].unit == kLoadUnit && !c.program.instructions[id].weights;
}
bool is_weight_load(Case& c, uint32_t id) {
  return c.program.instructions[id].unit == kLoadUnit && c.program.instructions[id].weights;
}
bool is_store(Case& c, uint32_t id) {
  return c.program.instructions[id].unit == kStoreUnit;
}
bool is_command(Case& c, uint32_t id) {
  return c.program.instructions[id].unit > kStoreUnit;
}
Which is_op(Opcode op) {
  return [op](Case& c, uint32_t id) { return is_command(c, id) && c.command(id).op == op; };
}
const Which is_conv = is_op(Opcode::kConv);
bool is_padded(Case& c, uint32_t id) {
  return is_conv(c, id) && c.command(id).kernel_h > 1;
}
bool makes_tile(Case& c, uint32_t id) {
  return is_command(c, id) && c.command(id).op != Opcode::kContext;
}
/// Channels fill the last block: no byte at a transfer's end is padding.
bool fills_blocks(Case& c, uint32_t id) {
  return is_store(c, id) && c.transfer(id).rows == 1;
}
bool in_second_frame(Case& c, uint32_t id) {
  return is_command(c, id) && c.program.instructions[id].frame == 1 && c.node(id).inputs[0] != c.graph.input;
}

/// Plants a defect in each of up to `most` instructions, one at a time; each must be found as one of `kinds`.
void plant(const char* name, const std::vector<Kind>& kinds, const Which& which, const Plant& how,
           size_t most = 12) {
  Case base;
  std::vector<uint32_t> candidates;
  for (uint32_t id = 0; id < base.program.instructions.size(); ++id) {
    if (which(base, id)) {
      candidates.push_back(id);
    }
  }
  INFO(name);
  REQUIRE(!candidates.empty());
  const size_t step = (candidates.size() + most - 1) / most;
  for (size_t i = 0; i < candidates.size(); i += step) {
    Case c = base;
    how(c, candidates[i]);
    const auto findings = check_program(c.design, c.graph, c.program);
    INFO("instruction " << candidates[i] << "\n" << text_of(findings));
    CHECK(std::any_of(findings.begin(), findings.end(), [&](const Illegal& finding) {
      return std::find(kinds.begin(), kinds.end(), finding.kind) != kinds.end();
    }));
  }
}

const std::vector<Kind> kNotThere = {Kind::kUnwritten, Kind::kContent};

int64_t capacity(Case& c, int32_t buffer) {
  return buffer == kInputBuffer    ? c.design.input_buffer.bytes
         : buffer == kWeightBuffer ? c.design.weight_buffer.bytes
                                   : c.design.output_buffer.bytes;
}

int64_t bytes_of(const TileRef& tile) {
  return int64_t{tile.rows} * tile.blocks * tile.width * 8 * tile.bytes();
}

}  // namespace

TEST_CASE("check_program: the programs that defects are planted in are legal") {
  Case c;
  const auto findings = check_program(c.design, c.graph, c.program);
  INFO(text_of(findings));
  CHECK(findings.empty());
}

TEST_CASE("check_program: waits and units") {
  const auto waits = [](Case& c, uint32_t id) { return c.program.instructions[id].wait_count > 0; };
  plant("waits for itself", {Kind::kWait}, waits,
        [](Case& c, uint32_t id) { c.program.waits[c.program.instructions[id].wait_begin] = id; });
  plant("waits for a later one", {Kind::kWait}, waits,
        [](Case& c, uint32_t id) { c.program.waits[c.program.instructions[id].wait_begin] = id + 1; });
  plant("waits beyond the list", {Kind::kWait}, waits, [](Case& c, uint32_t id) {
    c.program.instructions[id].wait_begin = static_cast<uint32_t>(c.program.waits.size());
  });
  plant("an engine that is not there", {Kind::kUnit}, is_conv,
        [](Case& c, uint32_t id) { c.program.instructions[id].unit = kEngine2; });
  plant("a convolution for the vector unit", {Kind::kUnit}, is_conv,
        [](Case& c, uint32_t id) { c.program.instructions[id].unit = kVectorUnitId; });
  plant("a payload that is not there", {Kind::kUnit}, is_store,
        [](Case& c, uint32_t id) { c.program.instructions[id].payload = 1 << 20; });
  plant("a frame that is not there", {Kind::kUnit}, is_store,
        [](Case& c, uint32_t id) { c.program.instructions[id].frame = 2; });
  plant("a layer of another operation", {Kind::kUnit}, is_conv,
        [](Case& c, uint32_t id) { c.program.instructions[id].layer = c.graph.input; });
  plant(
      "a command and the store behind it change places", {Kind::kWait, Kind::kUnwritten, Kind::kContent},
      [](Case& c, uint32_t id) {
        return makes_tile(c, id) && id + 1 < c.program.instructions.size() && is_store(c, id + 1);
      },
      [](Case& c, uint32_t id) {
        std::swap(c.program.instructions[id], c.program.instructions[id + 1]);
        c.command(id + 1).tag = static_cast<int32_t>(id + 1);
      });
}

TEST_CASE("check_program: loads") {
  plant("a tile's load is missing", kNotThere, is_tile_load, [](Case& c, uint32_t id) { c.erase(id); });
  plant("a load of weights is missing", kNotThere, is_weight_load, [](Case& c, uint32_t id) { c.erase(id); });
  plant("moves nothing", {Kind::kRange}, is_tile_load, [](Case& c, uint32_t id) { c.transfer(id).rows = 0; });
  plant("a byte short at the end", kNotThere, is_tile_load,
        [](Case& c, uint32_t id) { --c.transfer(id).row_bytes; });
  plant("weights a byte short at the end", kNotThere, is_weight_load,
        [](Case& c, uint32_t id) { --c.transfer(id).row_bytes; });
  plant("a byte late in the buffer", {Kind::kUnwritten, Kind::kContent, Kind::kRange}, is_tile_load,
        [](Case& c, uint32_t id) { ++c.transfer(id).address; });
  plant(
      "the wrong rows of DRAM", {Kind::kUnwritten, Kind::kContent},
      [](Case& c, uint32_t id) { return is_tile_load(c, id) && c.transfer(id).dram > 4096; },
      [](Case& c, uint32_t id) { c.transfer(id).dram -= 64; });
  plant(
      "two DRAM addresses are swapped", kNotThere,
      [](Case& c, uint32_t id) {
        return is_tile_load(c, id) && id + 1 < c.program.instructions.size() && is_tile_load(c, id + 1) &&
               c.transfer(id).dram != c.transfer(id + 1).dram;
      },
      [](Case& c, uint32_t id) { std::swap(c.transfer(id).dram, c.transfer(id + 1).dram); });
  plant("beyond the buffer by a byte", {Kind::kRange}, is_tile_load, [](Case& c, uint32_t id) {
    Transfer& t = c.transfer(id);
    const int64_t extent = int64_t{t.rows - 1} * t.stride + t.row_bytes;
    t.address = static_cast<int32_t>(capacity(c, t.buffer) - extent + 1);
  });
  plant("beyond the footprint", {Kind::kRange}, is_tile_load,
        [](Case& c, uint32_t id) { c.transfer(id).dram = c.program.dram_bytes - 1; });
  plant("an absurd address", {Kind::kRange}, is_tile_load,
        [](Case& c, uint32_t id) { c.transfer(id).dram = std::numeric_limits<uint64_t>::max(); });
  plant(
      "rows over one another", {Kind::kRange},
      [](Case& c, uint32_t id) { return is_tile_load(c, id) && c.transfer(id).rows > 1; },
      [](Case& c, uint32_t id) { --c.transfer(id).stride; });
  plant(
      "of another frame", {Kind::kContent},
      [](Case& c, uint32_t id) { return is_tile_load(c, id) && c.transfer(id).dram > 4096; },
      [](Case& c, uint32_t id) { c.program.instructions[id].frame ^= 1; });
  plant("said to be weights", {Kind::kContent}, is_tile_load,
        [](Case& c, uint32_t id) { c.program.instructions[id].weights = true; });
}

TEST_CASE("check_program: stores") {
  plant("missing", {Kind::kMissing}, is_store, [](Case& c, uint32_t id) { c.erase(id); });
  plant("a byte short at the end", {Kind::kMissing}, fills_blocks,
        [](Case& c, uint32_t id) { --c.transfer(id).row_bytes; });
  plant("twice", {Kind::kTwice}, is_store, [](Case& c, uint32_t id) { c.repeat(id); });
  plant("64 bytes off in DRAM", {Kind::kPlace, Kind::kRange}, is_store,
        [](Case& c, uint32_t id) { c.transfer(id).dram += 64; });
  plant("over constants", {Kind::kPlace}, is_store,
        [](Case& c, uint32_t id) { c.transfer(id).dram = c.program.blocks[0].address; });
  plant("of another layer", {Kind::kContent}, is_store,
        [](Case& c, uint32_t id) { c.program.instructions[id].layer = c.node(id).inputs[0]; });
  plant("of another frame", {Kind::kContent}, is_store,
        [](Case& c, uint32_t id) { c.program.instructions[id].frame ^= 1; });
  plant("of a tensor that has no place", {Kind::kPlace}, is_store, [](Case& c, uint32_t id) {
    c.program.tensors[static_cast<size_t>(c.program.instructions[id].layer)].stored = false;
  });
}

TEST_CASE("check_program: operands of commands") {
  plant("the input a row off", {Kind::kUnwritten, Kind::kContent, Kind::kRange, Kind::kUnordered}, is_command,
        [](Case& c, uint32_t id) {
          TileRef& in = c.command(id).in;
          in.address += static_cast<int32_t>(bytes_of(in) / in.rows);
        });
  plant(
      "the tile's first row is another", {Kind::kContent, Kind::kField},
      [](Case& c, uint32_t id) { return is_command(c, id) && c.command(id).in.first_row > 0; },
      [](Case& c, uint32_t id) { --c.command(id).in.first_row; });
  plant(
      "a shortcut is the input", {Kind::kContent, Kind::kField},
      [](Case& c, uint32_t id) { return is_op(Opcode::kConv)(c, id) && c.command(id).has_shortcut != 0; },
      [](Case& c, uint32_t id) { c.command(id).in2.address = c.command(id).in.address + 8; });
  plant("made where its input is", {Kind::kOverwrite}, makes_tile, [](Case& c, uint32_t id) {
    c.command(id).out.buffer = c.command(id).in.buffer;
    c.command(id).out.address = 0;
    c.command(id).in.address = 0;
  });
  plant("made beyond the buffer by a byte", {Kind::kRange}, makes_tile, [](Case& c, uint32_t id) {
    TileRef& out = c.command(id).out;
    out.address = static_cast<int32_t>(capacity(c, out.buffer) - bytes_of(out) + 1);
  });
  plant("weights a byte off", {Kind::kContent, Kind::kUnwritten}, is_conv,
        [](Case& c, uint32_t id) { ++c.command(id).weights; });
  plant("parameters a record off", {Kind::kContent, Kind::kUnwritten}, is_command,
        [](Case& c, uint32_t id) { c.command(id).params += 16; });
  plant("zero points a channel off", {Kind::kContent, Kind::kUnwritten}, is_padded,
        [](Case& c, uint32_t id) { c.command(id).pads += 4; });
  plant("beyond the weight buffer", {Kind::kRange}, is_command,
        [](Case& c, uint32_t id) { c.command(id).params = 1 << 30; });
  plant("the first channel of the block", {Kind::kContent, Kind::kUnwritten, Kind::kRange}, is_conv,
        [](Case& c, uint32_t id) { c.command(id).block_c0 += 8; });
  plant("of another frame", {Kind::kContent}, in_second_frame,
        [](Case& c, uint32_t id) { c.program.instructions[id].frame = 0; });
  plant("the context is elsewhere", {Kind::kContent, Kind::kUnwritten}, is_op(Opcode::kAttend),
        [](Case& c, uint32_t id) { ++c.command(id).kv; });
  plant("the sums of k are elsewhere", {Kind::kContent, Kind::kUnwritten}, is_op(Opcode::kAttend),
        [](Case& c, uint32_t id) { ++c.command(id).ksum; });
}

TEST_CASE("check_program: what commands make") {
  plant(
      "a channel or head less", {Kind::kMissing},
      [](Case& c, uint32_t id) { return is_command(c, id) && c.command(id).c1 - c.command(id).c0 > 1; },
      [](Case& c, uint32_t id) { --c.command(id).c1; });
  plant(
      "begins a channel later", {Kind::kMissing, Kind::kField},
      [](Case& c, uint32_t id) { return is_command(c, id) && c.command(id).c1 - c.command(id).c0 > 1; },
      [](Case& c, uint32_t id) { ++c.command(id).c0; });
  plant(
      "a row less", {Kind::kMissing},
      [](Case& c, uint32_t id) { return makes_tile(c, id) && c.command(id).y1 - c.command(id).y0 > 1; },
      [](Case& c, uint32_t id) { --c.command(id).y1; });
  plant(
      "a row before its tile", {Kind::kField},
      [](Case& c, uint32_t id) {
        return makes_tile(c, id) && c.command(id).y0 > 0 && c.command(id).y0 == c.command(id).out.first_row;
      },
      [](Case& c, uint32_t id) { --c.command(id).y0; });
  plant("no channels", {Kind::kField}, is_command,
        [](Case& c, uint32_t id) { c.command(id).c1 = c.command(id).c0; });
  plant("more channels than there are", {Kind::kField}, is_command,
        [](Case& c, uint32_t id) { c.command(id).c1 = c.node(id).shape.c + 1; });
  plant("missing", {Kind::kMissing}, is_command, [](Case& c, uint32_t id) { c.erase(id); });
  plant("twice", {Kind::kTwice}, is_command, [](Case& c, uint32_t id) { c.repeat(id); });
  plant("a context that does not begin", {Kind::kField}, is_op(Opcode::kContext),
        [](Case& c, uint32_t id) { c.command(id).first ^= 1; });
  plant("a context that does not end", {Kind::kField}, is_op(Opcode::kContext),
        [](Case& c, uint32_t id) { c.command(id).last ^= 1; });
}

TEST_CASE("check_program: fields of commands") {
  const auto field = [](const char* name, const Which& which, int32_t Command::*member) {
    plant(
        name, {Kind::kField}, which, [member](Case& c, uint32_t id) { ++(c.command(id).*member); }, 4);
  };
  const auto attention = [](Case& c, uint32_t id) {
    return is_op(Opcode::kAttend)(c, id) || is_op(Opcode::kContext)(c, id);
  };
  field("tag", is_command, &Command::tag);
  field("width", is_command, &Command::width);
  field("in_channels", is_conv, &Command::in_channels);
  field("group_outputs", is_conv, &Command::group_outputs);
  field("kernel_h", is_conv, &Command::kernel_h);
  field("kernel_w", is_conv, &Command::kernel_w);
  field("stride", is_conv, &Command::stride);
  field("pad_top", is_conv, &Command::pad_top);
  field("pad_left", is_conv, &Command::pad_left);
  field("in_height", is_conv, &Command::in_height);
  field("in_width", is_conv, &Command::in_width);
  field("weight_bits", is_conv, &Command::weight_bits);
  field("weight_row_bytes", is_conv, &Command::weight_row_bytes);
  field("activation", is_conv, &Command::activation);
  field("has_shortcut", is_conv, &Command::has_shortcut);
  field("depthwise", is_conv, &Command::depthwise);
  field("operands", is_op(Opcode::kAdd), &Command::operands);
  field("factor", is_op(Opcode::kResize), &Command::factor);
  field("in_height", is_op(Opcode::kPool), &Command::in_height);
  field("epsilon", is_op(Opcode::kLayerNorm), &Command::epsilon_low);
  for (int32_t Command::*member :
       {&Command::heads, &Command::head_dim, &Command::q_part, &Command::k_part, &Command::v_part,
        &Command::q_relu, &Command::k_relu, &Command::v_relu, &Command::divisor, &Command::y_min,
        &Command::y_max, &Command::min_code, &Command::table_bits, &Command::kv_format, &Command::ksum_format,
        &Command::num_format, &Command::den_format}) {
    field("attention", attention, member);
  }
  plant("more copies than there are", {Kind::kField}, is_command, [](Case& c, uint32_t id) {
    c.command(id).copies_pixels = 2;
    c.command(id).copies_channels = 2;
  });
  plant("no copies", {Kind::kField}, is_command,
        [](Case& c, uint32_t id) { c.command(id).copies_channels = 0; });
  for (TileRef Command::*tile : {&Command::in, &Command::out}) {
    for (int32_t TileRef::*member : {&TileRef::width, &TileRef::channel, &TileRef::format}) {
      plant(
          "tile", {Kind::kField}, makes_tile, [=](Case& c, uint32_t id) { ++(c.command(id).*tile.*member); },
          4);
    }
    plant(
        "no such buffer", {Kind::kField}, makes_tile,
        [=](Case& c, uint32_t id) { (c.command(id).*tile).buffer = 3; }, 4);
  }
}

TEST_CASE("check_program: places in DRAM") {
  const auto first = [](Case&, uint32_t id) { return id == 0; };
  plant("a block of constants over another", {Kind::kPlace}, first,
        [](Case& c, uint32_t) { c.program.blocks[1].address = c.program.blocks[0].address; });
  plant("constants over the input", {Kind::kPlace}, first,
        [](Case& c, uint32_t) { c.program.blocks[1].address = c.program.tensors[0].address; });
  plant("a block with a byte too much", {Kind::kPlace}, first,
        [](Case& c, uint32_t) { ++c.program.blocks[1].bytes; });
  plant("a block of channels that are not there", {Kind::kPlace}, first,
        [](Case& c, uint32_t) { ++c.program.blocks[0].c1; });
  plant("a smaller footprint", {Kind::kPlace}, first, [](Case& c, uint32_t) {
    const WeightBlock& last = c.program.blocks.back();
    c.program.dram_bytes = last.address + static_cast<uint64_t>(last.bytes) - 1;
  });
  plant("more than the memory has", {Kind::kRange}, first, [](Case& c, uint32_t) {
    c.program.dram_bytes = static_cast<uint64_t>(c.design.dram.capacity_bytes()) + 1;
  });
  plant("rows closer than they are long", {Kind::kPlace}, first,
        [](Case& c, uint32_t) { --c.program.tensors[0].row_stride; });
  plant("an output without a place", {Kind::kPlace}, first,
        [](Case& c, uint32_t) { c.program.tensors[static_cast<size_t>(c.graph.output)].stored = false; });
  plant("two tensors in one place", {Kind::kContent, Kind::kPlace, Kind::kOverwrite}, first,
        [](Case& c, uint32_t) { c.program.tensors[1].address = c.program.tensors[0].address; });
}

// A wait that is taken away is missed if it was needed, and only then.
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>

#include "arch/mapping/check_program.h"
#include "arch/mapping/mapper.h"
#include "odd_network.h"
#include "quant/quantize.h"
#include "support/random.h"

using namespace tridex;
using namespace tridex::arch;
using namespace tridex::test;

namespace {

/// A byte that an instruction reads or writes for certain.
struct Touch {
  int memory;
  int64_t byte;
  bool write;
};

int64_t element(const TileRef& tile, int c, int y) {
  return tile.address +
         (int64_t{y - tile.first_row} * tile.blocks + (c - tile.channel) / 8) * tile.width * 8 *
             tile.bytes() +
         int64_t{(c - tile.channel) % 8} * tile.bytes();
}

/// Some of an instruction's bytes: the ends of a transfer's rows; the first and the last channel of the first
/// and the last row of what a command makes and reads, and its first constants.
std::vector<Touch> touches(const Program& program, const Instruction& instruction) {
  std::vector<Touch> all;
  if (instruction.unit <= kStoreUnit) {
    const Transfer& t = program.transfer(instruction);
    const bool store = instruction.unit == kStoreUnit;
    for (int64_t r = 0; r < t.rows; ++r) {
      for (int64_t at = 0; at < t.row_bytes; ++at) {
        all.push_back({t.buffer, t.address + r * t.stride + at, !store});
        all.push_back({3, static_cast<int64_t>(t.dram) + r * t.dram_stride + at, store});
      }
    }
    return all;
  }
  const Command& c = program.command(instruction);
  const auto tile = [&](const TileRef& ref, int c0, int c1, int y0, int y1, bool write) {
    for (const int channel : {c0, c1 - 1}) {
      for (const int y : {y0, y1 - 1}) {
        all.push_back({ref.buffer, element(ref, channel, y), write});
      }
    }
  };
  all.push_back({kWeightBuffer,
                 c.op == Opcode::kConv ? c.weights + (c.c0 - c.block_c0) * c.weight_row_bytes : c.params,
                 false});
  switch (c.op) {
    case Opcode::kConv: {
      tile(c.out, c.c0, c.c1, c.y0, c.y1, true);
      const int first = c.c0 / c.group_outputs * c.in_channels;
      const int last = ((c.c1 - 1) / c.group_outputs + 1) * c.in_channels;
      tile(c.in, first, last, std::max(0, c.y0 * c.stride - c.pad_top),
           std::min(c.in_height, (c.y1 - 1) * c.stride - c.pad_top + c.kernel_h), false);
      if (c.has_shortcut != 0) {
        tile(c.in2, c.c0, c.c1, c.y0, c.y1, false);
      }
      break;
    }
    case Opcode::kContext:
      tile(c.in, (c.c0 * 3 + 1) * c.head_dim, c.c1 * 3 * c.head_dim, c.y0, c.y1, false);
      if (c.last != 0) {
        all.push_back({kOutputBuffer, c.kv + int64_t{c.c0} * c.head_dim * c.head_dim, true});
      } else {
        all.push_back({kOutputBuffer, c.sums + int64_t{c.c0} * c.head_dim * (c.head_dim + 1) * 8, true});
      }
      break;
    case Opcode::kAttend:
      tile(c.in, c.c0 * 3 * c.head_dim, ((c.c1 - 1) * 3 + 1) * c.head_dim, c.y0, c.y1, false);
      tile(c.out, c.c0 * c.head_dim, c.c1 * c.head_dim, c.y0, c.y1, true);
      all.push_back({kOutputBuffer, c.kv + int64_t{c.c0} * c.head_dim * c.head_dim, false});
      break;
    case Opcode::kAdd:
      tile(c.in2, c.c0, c.c1, c.y0, c.y1, false);
      [[fallthrough]];
    default:
      tile(c.out, c.c0, c.c1, c.y0, c.y1, true);
      if (c.op == Opcode::kPool) {
        tile(c.in, c.c0, c.c1, 0, c.in_height, false);
      } else {
        tile(c.in, c.c0, c.c1, c.y0 / c.factor, (c.y1 - 1) / c.factor + 1, false);
      }
  }
  return all;
}

/// Whether instruction `from` is through before `to` starts, by following starts (2 i) and ends (2 i + 1) of
/// instructions one by one.
bool ordered(const Program& program, uint32_t from, uint32_t to) {
  std::vector<bool> reached(program.instructions.size() * 2, false);
  reached[from * 2 + 1] = true;
  std::array<uint32_t, kMaxUnits> before;
  before.fill(kNoInstruction);
  for (uint32_t id = 0; id <= to; ++id) {
    const Instruction& i = program.instructions[id];
    const uint32_t last = before[i.unit];
    before[i.unit] = id;
    bool start = false;
    bool end = reached[id * 2 + 1];
    for (uint32_t w = 0; w < i.wait_count; ++w) {
      start = start || reached[program.waits[i.wait_begin + w] * 2 + 1];
    }
    if (last != kNoInstruction) {
      start = start || reached[last * 2 + (i.unit <= kStoreUnit ? 0 : 1)];
      end = end || reached[last * 2 + 1];
    }
    reached[id * 2] = start;
    reached[id * 2 + 1] = end || start;
  }
  return reached[to * 2];
}

bool conflict(const Program& program, uint32_t one, uint32_t other) {
  for (const Touch& a : touches(program, program.instructions[one])) {
    for (const Touch& b : touches(program, program.instructions[other])) {
      if (a.memory == b.memory && a.byte == b.byte && (a.write || b.write)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

TEST_CASE("check_program: a needed wait is missed, one that follows from others is not") {
  Random random("check_program waits");
  int needed = 0;
  int implied = 0;
  for (int i = 0; i < 300; ++i) {
    static const quant::IntegerGraph graph = quant::shape_only(odd_network(), {});
    const char* size = random.coin() ? "8" : "32";
    const DesignPoint design =
        read_design(find_config("trio_vit_zcu102", "designs"),
                    {std::string("buffers.input.kib=") + size, std::string("buffers.output.kib=") + size,
                     "buffers.weight.kib=16", "copies=2",
                     random.coin() ? "schedule.double_buffer=true" : "schedule.double_buffer=false"});
    Program program = map_network(design, graph, 2);
    uint32_t id = 0;
    do {
      id = static_cast<uint32_t>(random.integer(0, static_cast<int>(program.instructions.size()) - 1));
    } while (program.instructions[id].wait_count == 0);
    Instruction& instruction = program.instructions[id];
    const int which = random.integer(0, static_cast<int>(instruction.wait_count) - 1);
    const uint32_t wait = program.waits[instruction.wait_begin + static_cast<uint32_t>(which)];
    program.waits[instruction.wait_begin + static_cast<uint32_t>(which)] =
        program.waits[instruction.wait_begin + instruction.wait_count - 1];
    --instruction.wait_count;
    const auto findings = check_program(design, graph, program);
    INFO("case " << i << ": instruction " << id << " without its wait for " << wait << "\n"
                 << text_of(findings));
    if (ordered(program, wait, id)) {
      ++implied;
      REQUIRE(findings.empty());
    } else if (conflict(program, wait, id)) {
      ++needed;
      REQUIRE(!findings.empty());
      REQUIRE(std::all_of(findings.begin(), findings.end(), [](const Illegal& finding) {
        return finding.kind == IllegalKind::kUnordered || finding.kind == IllegalKind::kOverwrite;
      }));
    }
  }
  std::printf("check_program waits: %d needed, %d implied, %d for nothing here\n", needed, implied,
              300 - needed - implied);
  CHECK(needed > 30);
}

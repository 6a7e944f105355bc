#include "arch/platform/compare.h"

#include <cstring>

#include "arch/pe/buffer_view.h"

namespace tridex::arch {

Comparison::Comparison(const quant::IntegerGraph& graph, const Program& program, Platform& platform,
                       const std::vector<quant::Codes>& reference)
    : graph_(graph), program_(program), platform_(platform), reference_(reference) {}

std::vector<std::string> Comparison::layers() const {
  std::vector<std::string> names;
  for (const int node : nodes_) {
    names.push_back(graph_.node(node).name);
  }
  return names;
}

void Comparison::check(uint32_t id) {
  const Instruction& instruction = program_.instructions[id];
  if (difference_ || instruction.unit <= kStoreUnit) {
    return;
  }
  const Command& command = program_.command(instruction);
  switch (command.op) {
    case Opcode::kContext:
      if (command.last != 0) {
        check_context(instruction, command);
      }
      break;
    case Opcode::kAttend:
      check_tile(instruction, instruction.layer, command.out, command.c0 * command.head_dim,
                 command.c1 * command.head_dim, command.y0, command.y1);
      break;
    default:
      check_tile(instruction, instruction.layer, command.out, command.c0, command.c1, command.y0, command.y1);
  }
}

void Comparison::check_element(int node, int tile, int c, int y, int x, int64_t got) {
  const quant::Codes& reference = reference_[static_cast<size_t>(node)];
  const int64_t expected =
      reference
          .data[(static_cast<size_t>(c) * reference.shape.h + static_cast<size_t>(y)) * reference.shape.w +
                static_cast<size_t>(x)];
  ++elements_;
  if (got != expected && !difference_) {
    difference_ = Difference{graph_.node(node).name, tile, c, y, x, got, expected};
  }
}

void Comparison::check_tile(const Instruction& instruction, int node, const TileRef& ref, int c0, int c1,
                            int y0, int y1) {
  nodes_.insert(node);
  const RowLayout layout{ref.blocks, ref.width, ref.bytes()};
  std::vector<uint8_t> row(static_cast<size_t>(layout.row_bytes()));
  for (int y = y0; y < y1; ++y) {
    platform_.read_buffer(ref.buffer, ref.address + layout.offset(0, ref.place(y), 0), row);
    for (int c = c0; c < c1; ++c) {
      const uint8_t* at = row.data() + layout.offset(c - ref.channel, 0, 0);
      for (int x = 0; x < ref.width; ++x, at += int64_t{kChannelBlock} * layout.bytes) {
        check_element(node, instruction.tile, c, y, x, load_code(at, ref));
      }
    }
  }
}

void Comparison::check_context(const Instruction& instruction, const Command& command) {
  const quant::IntNode& divide = graph_.node(instruction.layer);
  const int kv = graph_.node(divide.inputs[0]).inputs[1];
  const int ksum = graph_.node(divide.inputs[1]).inputs[1];
  nodes_.insert(kv);
  nodes_.insert(ksum);
  const int d = command.head_dim;
  const auto read = [&](int32_t base, int format, int64_t index) {
    TileRef ref;
    ref.format = format;
    std::array<uint8_t, 4> bytes{};
    platform_.read_buffer(kOutputBuffer, base + index * ref.bytes(),
                          std::span(bytes.data(), static_cast<size_t>(ref.bytes())));
    return load_code(bytes.data(), ref);
  };
  for (int c = command.c0 * d; c < command.c1 * d; ++c) {
    for (int j = 0; j < d; ++j) {
      check_element(kv, instruction.tile, c, 0, j, read(command.kv, command.kv_format, int64_t{c} * d + j));
    }
    check_element(ksum, instruction.tile, c, 0, 0, read(command.ksum, command.ksum_format, c));
  }
}

}  // namespace tridex::arch

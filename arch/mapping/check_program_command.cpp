#include "arch/mapping/check_program_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "arch/mapping/check_program_work.h"

namespace tridex::arch::checking {

using quant::IntNode;
using quant::IntOp;

bool is_vector_opcode(Opcode op) {
  return op == Opcode::kAdd || op == Opcode::kPool || op == Opcode::kLayerNorm || op == Opcode::kResize;
}

bool makes(Opcode op, IntOp node) {
  switch (op) {
    case Opcode::kConv:
      return node == IntOp::kConv;
    case Opcode::kContext:
    case Opcode::kAttend:
      return node == IntOp::kDivide;
    case Opcode::kAdd:
      return node == IntOp::kAdd;
    case Opcode::kPool:
      return node == IntOp::kGlobalAvgPool;
    case Opcode::kLayerNorm:
      return node == IntOp::kLayerNorm;
    case Opcode::kResize:
      return node == IntOp::kResize;
  }
  return false;
}

CommandChecker::CommandChecker(const DesignPoint& design, const quant::IntegerGraph& graph,
                               const Program& program, Findings& findings)
    : design_(design), graph_(graph), program_(program), findings_(findings) {
  for (const IntNode& node : graph.nodes) {
    parts_.push_back(parts_of(graph, node.id));
  }
}

void CommandChecker::expect(Work& work, const char* field, int64_t is, int64_t should) {
  if (is != should) {
    findings_.add(IllegalKind::kField, work.id, fmt::format("{} is {} instead of {}", field, is, should));
  }
}

bool CommandChecker::range(Work& work, int channels, int rows) {
  const Command& c = work.c;
  if (c.c0 < 0 || c.c0 >= c.c1 || c.c1 > channels || c.y0 < 0 || c.y0 >= c.y1 || c.y1 > rows) {
    findings_.add(IllegalKind::kField, work.id,
                  fmt::format("makes channels or heads [{}, {}) of {} and rows [{}, {}) of {}", c.c0, c.c1,
                              channels, c.y0, c.y1, rows));
    return false;
  }
  work.result.c0 = c.c0;
  work.result.c1 = c.c1;
  work.result.y0 = c.y0;
  work.result.y1 = c.y1;
  return true;
}

void CommandChecker::tile(Work& work, const char* name, const TileRef& ref, int node, const Part& channels,
                          int y0, int y1, Pieces& pieces) {
  const IntNode& tensor = graph_.node(node);
  const int c0 = channels.channel;
  const int c1 = c0 + channels.channels;
  const auto wrong = [&](IllegalKind kind, const std::string& what) {
    findings_.add(kind, work.id, fmt::format("the tile '{}' {}", name, what));
  };
  if (ref.buffer < kInputBuffer || ref.buffer > kOutputBuffer) {
    return wrong(IllegalKind::kField, fmt::format("is in buffer {}, of three", ref.buffer));
  }
  if (ref.format != format_of(tensor) || ref.width != tensor.shape.w) {
    return wrong(IllegalKind::kField,
                 fmt::format("has format {} and width {}, {} has {} and {}", ref.format, ref.width,
                             findings_.node_name(node), format_of(tensor), tensor.shape.w));
  }
  // A tensor that is joined to others may have channels of them before its own.
  if (ref.channel % kLanes != 0 || ref.blocks < 1 || ref.rows < 1 || ref.first_row < 0) {
    return wrong(IllegalKind::kField, fmt::format("has {} rows from {} on and {} blocks from channel {} on",
                                                  ref.rows, ref.first_row, ref.blocks, ref.channel));
  }
  if (c0 < ref.channel || c1 > ref.channel + int64_t{ref.blocks} * kLanes || y0 < ref.first_row ||
      y1 > int64_t{ref.first_row} + ref.rows) {
    return wrong(
        IllegalKind::kField,
        fmt::format("has rows [{}, {}) and channels [{}, {}), not rows [{}, {}) and channels [{}, {})",
                    ref.first_row, ref.first_row + ref.rows, ref.channel, ref.channel + ref.blocks * kLanes,
                    y0, y1, c0, c1));
  }
  const Buffer& buffer = ref.buffer == kInputBuffer    ? design_.input_buffer
                         : ref.buffer == kWeightBuffer ? design_.weight_buffer
                                                       : design_.output_buffer;
  if (ref.window != 0 && ref.window < ref.rows) {
    return wrong(IllegalKind::kField, fmt::format("has {} rows in a window of {}", ref.rows, ref.window));
  }
  const int64_t bytes =
      int64_t{ref.window > 0 ? ref.window : ref.rows} * ref.blocks * TensorBytes(tensor).block_bytes;
  if (ref.address < 0 || ref.address + bytes > buffer.bytes) {
    return findings_.add(IllegalKind::kRange, work.id,
                         fmt::format("the tile '{}' is not in a buffer of {} bytes", name, buffer.bytes),
                         ref.buffer, ref.address, ref.address + bytes);
  }
  for (const Part& part : parts(node)) {
    if (part.channel % kLanes != 0) {
      return wrong(IllegalKind::kField, fmt::format("is joined at channel {}, inside a block", part.channel));
    }
  }
  add_tile(pieces, graph_, parts(node), ref, work.frame, y0, y1, c0, c1);
}

void CommandChecker::constants(Work& work, int64_t address, int64_t at, int64_t bytes) {
  work.result.reads.add(kWeightBuffer, address, bytes, {Content::Kind::kConstants, work.node.id, -1, 0, at});
}

void CommandChecker::records(Work& work, int64_t address, int c0, int c1) {
  const ConstantBytes own(graph_, work.node);
  constants(work, address, own.records_at + c0 * own.record, (c1 - c0) * own.record);
}

Accesses CommandChecker::check(uint32_t id) {
  const Instruction& instruction = program_.instructions[id];
  Work work{id, program_.command(instruction), graph_.node(instruction.layer), instruction.frame, {}};
  const Command& c = work.c;
  expect(work, "tag", c.tag, id);
  if (c.copies_pixels < 1 || c.copies_channels < 1 ||
      int64_t{c.copies_pixels} * c.copies_channels > design_.copies) {
    findings_.add(IllegalKind::kField, id,
                  fmt::format("is spread over {} x {} copies of {}", c.copies_pixels, c.copies_channels,
                              design_.copies));
  }
  switch (c.op) {
    case Opcode::kConv:
      conv(work);
      break;
    case Opcode::kContext:
      context(work);
      break;
    case Opcode::kAttend:
      attend(work);
      break;
    default:
      vector(work);
  }
  return work.result;
}

void CommandChecker::conv(Work& work) {
  const Command& c = work.c;
  const IntNode& n = work.node;
  const int source = n.inputs[0];
  const models::Shape& input = graph_.node(source).shape;
  const ConstantBytes own(graph_, n);
  const int group_inputs = input.c / n.conv.groups;
  const int group_outputs = n.shape.c / n.conv.groups;
  expect(work, "width", c.width, n.shape.w);
  expect(work, "in_channels", c.in_channels, group_inputs);
  expect(work, "group_outputs", c.group_outputs, group_outputs);
  expect(work, "kernel_h", c.kernel_h, n.conv.kernel_h);
  expect(work, "kernel_w", c.kernel_w, n.conv.kernel_w);
  expect(work, "stride", c.stride, n.conv.stride);
  expect(work, "pad_top", c.pad_top, n.conv.pad_top);
  expect(work, "pad_left", c.pad_left, n.conv.pad_left);
  expect(work, "in_height", c.in_height, input.h);
  expect(work, "in_width", c.in_width, input.w);
  expect(work, "weight_bits", c.weight_bits, n.weight_bits);
  expect(work, "weight_row_bytes", c.weight_row_bytes, own.row);
  expect(work, "activation", c.activation, static_cast<int>(n.activation));
  expect(work, "has_shortcut", c.has_shortcut, n.has_shortcut ? 1 : 0);
  expect(work, "depthwise", c.depthwise,
         n.conv.groups > 1 && n.conv.groups == n.shape.c && group_inputs == 1 ? 1 : 0);
  if (!range(work, n.shape.c, n.shape.h)) {
    return;
  }
  const int first_group = c.c0 / group_outputs;
  const int groups = (c.c1 - 1) / group_outputs + 1 - first_group;
  const int row0 = std::max(0, c.y0 * n.conv.stride - n.conv.pad_top);
  const int row1 = std::min(input.h, (c.y1 - 1) * n.conv.stride - n.conv.pad_top + n.conv.kernel_h);
  if (row0 < row1) {  // else there is nothing but padding
    tile(work, "in", c.in, source, {source, first_group * group_inputs, groups * group_inputs}, row0, row1,
         work.result.reads);
  }
  const Part made{n.id, c.c0, c.c1 - c.c0};
  if (n.has_shortcut) {
    tile(work, "in2", c.in2, n.inputs[1], made, c.y0, c.y1, work.result.reads);
  }
  const int64_t before = int64_t{c.c0} - c.block_c0;
  constants(work, c.weights + before * own.row, c.c0 * own.row, made.channels * own.row);
  records(work, c.params + before * own.record, c.c0, c.c1);
  if (own.pads > 0) {  // from the first channel on, as the address is that of the first
    constants(work, c.pads, own.pads_at, int64_t{first_group + groups} * group_inputs * 4);
  }
  tile(work, "out", c.out, n.id, made, c.y0, c.y1, work.result.writes);
}

void CommandChecker::vector(Work& work) {
  const Command& c = work.c;
  const IntNode& n = work.node;
  const models::Shape& input = graph_.node(n.inputs[0]).shape;
  const ConstantBytes own(graph_, n);
  expect(work, "width", c.width, n.shape.w);
  if (!range(work, n.shape.c, n.shape.h)) {
    return;
  }
  const Part made{n.id, c.c0, c.c1 - c.c0};
  int row0 = c.y0;
  int row1 = c.y1;
  switch (c.op) {
    case Opcode::kAdd:
      expect(work, "operands", c.operands, static_cast<int64_t>(n.inputs.size()));
      break;
    case Opcode::kPool:
      expect(work, "in_height", c.in_height, input.h);
      expect(work, "in_width", c.in_width, input.w);
      row0 = 0;
      row1 = input.h;
      break;
    case Opcode::kLayerNorm:
      expect(work, "activation", c.activation, static_cast<int>(n.activation));
      expect(work, "epsilon_low", c.epsilon_low, static_cast<int32_t>(static_cast<uint32_t>(n.epsilon)));
      expect(work, "epsilon_high", c.epsilon_high, n.epsilon >> 32);
      expect(work, "c0", c.c0, 0);
      expect(work, "c1", c.c1, n.shape.c);
      break;
    default: {
      expect(work, "factor", c.factor, n.factor);
      expect(work, "in_height", c.in_height, input.h);
      expect(work, "in_width", c.in_width, input.w);
      // The second of the four taps of row y is floor((y + 1/2) / factor - 1/2); what is outside is clamped.
      const auto second = [&](int y) { return (2 * y + 1 + n.factor) / (2 * n.factor) - 1; };
      row0 = std::max(0, second(c.y0) - 1);
      row1 = std::min(input.h, second(c.y1 - 1) + 3);
    }
  }
  const TileRef* tiles[] = {&c.in, &c.in2, &c.in3};
  const char* names[] = {"in", "in2", "in3"};
  for (size_t i = 0; i < std::min<size_t>(n.inputs.size(), 3); ++i) {
    tile(work, names[i], *tiles[i], n.inputs[i], made, row0, row1, work.result.reads);
  }
  records(work, c.params + c.c0 * own.record, c.c0, c.c1);
  if (own.pads > 0) {
    constants(work, c.pads + int64_t{c.c0} * 4, own.pads_at + int64_t{c.c0} * 4, int64_t{made.channels} * 4);
  }
  tile(work, "out", c.out, n.id, made, c.y0, c.y1, work.result.writes);
}

}  // namespace tridex::arch::checking

// Commands of a lite-MSA branch.
#include <fmt/format.h>

#include "arch/mapping/check_program_work.h"

namespace tridex::arch::checking {

using quant::IntNode;

namespace {

/// Calls see(first channel, channels) for what heads [h0, h1) have in a part of a tensor.
template <typename See>
void visit_heads(int part, int h0, int h1, int dim, See&& see) {
  if (part < 0) {
    return see(h0 * dim, (h1 - h0) * dim);
  }
  for (int h = h0; h < h1; ++h) {
    see((h * 3 + part) * dim, dim);
  }
}

int64_t code_bytes(const IntNode& node) {
  return TensorBytes(node).code;
}

}  // namespace

bool CommandChecker::branch(Work& work) {
  const Command& c = work.c;
  const IntNode& n = work.node;
  const auto nodes = branch_of(graph_, n);
  if (!nodes) {
    findings_.add(IllegalKind::kField, work.id, "the division is not the end of a lite-MSA branch");
    return false;
  }
  const IntNode& kv = graph_.node(nodes->kv);
  const IntNode& num = graph_.node(nodes->num);
  const models::Shape& input = graph_.node(nodes->source).shape;
  expect(work, "heads", c.heads, nodes->heads);
  expect(work, "head_dim", c.head_dim, nodes->dim);
  expect(work, "in_channels", c.in_channels, input.c);
  expect(work, "in_height", c.in_height, input.h);
  expect(work, "in_width", c.in_width, input.w);
  expect(work, "width", c.width, n.shape.w);
  expect(work, "k_part", c.k_part, kv.operands[0].part);
  expect(work, "v_part", c.v_part, kv.operands[1].part);
  expect(work, "q_part", c.q_part, num.operands[0].part);
  expect(work, "k_relu", c.k_relu, kv.operands[0].relu ? 1 : 0);
  expect(work, "v_relu", c.v_relu, kv.operands[1].relu ? 1 : 0);
  expect(work, "q_relu", c.q_relu, num.operands[0].relu ? 1 : 0);
  expect(work, "divisor", c.divisor, static_cast<int>(n.divisor));
  expect(work, "y_min", c.y_min, n.y_min);
  expect(work, "y_max", c.y_max, n.y_max);
  expect(work, "min_code", c.min_code, n.min_code);
  expect(work, "table_bits", c.table_bits, n.table_bits);
  expect(work, "kv_format", c.kv_format, format_of(kv));
  expect(work, "ksum_format", c.ksum_format, format_of(graph_.node(nodes->ksum)));
  expect(work, "num_format", c.num_format, format_of(num));
  expect(work, "den_format", c.den_format, format_of(graph_.node(nodes->den)));
  if (!range(work, nodes->heads, input.h)) {
    return false;
  }
  constants(work, c.params, nodes->zeros, int64_t{input.c} * 4);
  return true;
}

void CommandChecker::context(Work& work) {
  if (!branch(work)) {
    return;
  }
  const Command& c = work.c;
  const auto nodes = branch_of(graph_, work.node);
  const IntNode& kv = graph_.node(nodes->kv);
  const IntNode& ksum = graph_.node(nodes->ksum);
  const int dim = nodes->dim;
  const int64_t channel = int64_t{c.c0} * dim;
  const int64_t channels = int64_t{c.c1 - c.c0} * dim;
  const int height = graph_.node(nodes->source).shape.h;
  if ((c.first != 0) != (c.y0 == 0) || (c.last != 0) != (c.y1 == height)) {
    findings_.add(IllegalKind::kField, work.id,
                  fmt::format("has rows [{}, {}) of {} with first {} and last {}", c.y0, c.y1, height,
                              c.first, c.last));
  }
  for (const int part : {kv.operands[0].part, kv.operands[1].part}) {
    visit_heads(part, c.c0, c.c1, dim, [&](int first, int count) {
      tile(work, "in", c.in, nodes->source, {nodes->source, first, count}, c.y0, c.y1, work.result.reads);
    });
  }
  const auto scratch = [&](Pieces& pieces, Content::Kind kind, int64_t base, int64_t at, int64_t bytes,
                           int step) {
    pieces.add(kOutputBuffer, base + at, bytes, {kind, work.node.id, work.frame, step, at});
  };
  const int64_t sum_bytes = int64_t{dim + 1} * 8;
  if (c.first == 0) {
    scratch(work.result.reads, Content::Kind::kSums, c.sums, channel * sum_bytes, channels * sum_bytes, c.y0);
  }
  if (c.last == 0) {
    scratch(work.result.writes, Content::Kind::kSums, c.sums, channel * sum_bytes, channels * sum_bytes,
            c.y1);
    return;
  }
  constants(work, c.params + nodes->kv_at + channel * kRecordBytes, nodes->kv_at + channel * kRecordBytes,
            channels * kRecordBytes);
  constants(work, c.params + nodes->ksum_at + channel * kRecordBytes, nodes->ksum_at + channel * kRecordBytes,
            channels * kRecordBytes);
  const int64_t kv_row = dim * code_bytes(kv);
  scratch(work.result.writes, Content::Kind::kKv, c.kv, channel * kv_row, channels * kv_row, 0);
  scratch(work.result.writes, Content::Kind::kKsum, c.ksum, channel * code_bytes(ksum),
          channels * code_bytes(ksum), 0);
}

void CommandChecker::attend(Work& work) {
  if (!branch(work)) {
    return;
  }
  const Command& c = work.c;
  const IntNode& n = work.node;
  const auto nodes = branch_of(graph_, n);
  const int dim = nodes->dim;
  const int channel = c.c0 * dim;
  const int channels = (c.c1 - c.c0) * dim;
  visit_heads(graph_.node(nodes->num).operands[0].part, c.c0, c.c1, dim, [&](int first, int count) {
    tile(work, "in", c.in, nodes->source, {nodes->source, first, count}, c.y0, c.y1, work.result.reads);
  });
  const auto scratch = [&](Content::Kind kind, int64_t base, int64_t row) {
    work.result.reads.add(kOutputBuffer, base + channel * row, channels * row,
                          {kind, n.id, work.frame, 0, channel * row});
  };
  scratch(Content::Kind::kKv, c.kv, dim * code_bytes(graph_.node(nodes->kv)));
  scratch(Content::Kind::kKsum, c.ksum, code_bytes(graph_.node(nodes->ksum)));
  const auto piece = [&](int64_t at, int64_t bytes) { constants(work, c.params + at, at, bytes); };
  for (const int64_t at : {nodes->kv_at, nodes->ksum_at, nodes->num_at, nodes->out_at}) {
    piece(at + channel * kRecordBytes, channels * kRecordBytes);
  }
  const int heads = c.c1 - c.c0;
  piece(nodes->den_at + c.c0 * kRecordBytes, heads * kRecordBytes);
  piece(nodes->scale_at + int64_t{c.c0} * 4, int64_t{heads} * 4);
  tile(work, "out", c.out, n.id, {n.id, channel, channels}, c.y0, c.y1, work.result.writes);
}

}  // namespace tridex::arch::checking

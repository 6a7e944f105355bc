#include "arch/mapping/check_program_image.h"

#include <fmt/format.h>

namespace tridex::arch::checking {
namespace {

using quant::IntegerGraph;
using quant::IntNode;
using quant::IntOp;

class Image {
 public:
  Image(const IntegerGraph& graph, const Program& program, Memory& dram, Findings& findings)
      : graph_(graph), program_(program), dram_(dram), findings_(findings) {}

  void place(const IntNode& node) {
    const TensorPlace& place = program_.tensors[static_cast<size_t>(node.id)];
    const TensorBytes own(node);
    if (!place.stored) {
      if (node.id == graph_.input || node.id == graph_.output) {
        wrong(node.id, "is the network's input or output and has no place in DRAM");
      }
      return;
    }
    if (place.layout.blocks != own.blocks || place.layout.width != node.shape.w ||
        place.layout.bytes != own.code || place.row_stride < own.row_bytes) {
      wrong(node.id,
            fmt::format("has a place of {} blocks, {} pixels, {} bytes a code and {} bytes a row",
                        place.layout.blocks, place.layout.width, place.layout.bytes, place.row_stride));
    } else if (!inside(place.address, (node.shape.h - 1) * place.row_stride + own.row_bytes)) {
      wrong(node.id,
            fmt::format("lies at {}, beyond the footprint of {} bytes", place.address, program_.dram_bytes));
    } else if (node.id == graph_.input) {
      for (int y = 0; y < node.shape.h; ++y) {
        put(place.address + static_cast<uint64_t>(y * place.row_stride), own.row_bytes,
            {Content::Kind::kTensor, node.id, -1, 0, y * own.row_bytes});
      }
    }
  }

  void block(const WeightBlock& block) {
    if (block.node < 0 || block.node >= static_cast<int>(graph_.nodes.size()) || block.bytes < 1 ||
        !inside(block.address, block.bytes)) {
      return wrong(block.node, fmt::format("a block of {} bytes of constants lies at {}, the footprint is {}",
                                           block.bytes, block.address, program_.dram_bytes));
    }
    const IntNode& node = graph_.node(block.node);
    const bool wanted = node.op == IntOp::kConv || node.op == IntOp::kAdd || node.op == IntOp::kLayerNorm ||
                        node.op == IntOp::kGlobalAvgPool || node.op == IntOp::kResize;
    if (node.op == IntOp::kDivide) {
      return branch_block(block, node);
    }
    if (!wanted || block.c0 < 0 || block.c0 >= block.c1 || block.c1 > node.shape.c ||
        (node.op != IntOp::kConv && block.c1 - block.c0 != node.shape.c)) {
      return wrong(block.node, fmt::format("a block of constants of channels [{}, {}) of {}", block.c0,
                                           block.c1, node.shape.c));
    }
    const ConstantBytes own(graph_, node);
    const int64_t channels = block.c1 - block.c0;
    const int64_t bytes = channels * (own.row + own.record) + own.pads;
    if (block.bytes != bytes) {
      return wrong(block.node,
                   fmt::format("a block of constants has {} bytes instead of {}", block.bytes, bytes));
    }
    Content content{Content::Kind::kConstants, node.id, -1, 0, block.c0 * own.row};
    put(block.address, channels * own.row, content);
    content.at = own.records_at + block.c0 * own.record;
    put(block.address + static_cast<uint64_t>(channels * own.row), channels * own.record, content);
    content.at = own.pads_at;
    put(block.address + static_cast<uint64_t>(bytes - own.pads), own.pads, content);
  }

 private:
  void branch_block(const WeightBlock& block, const IntNode& divide) {
    const auto branch = branch_of(graph_, divide);
    const AttentionNodes& nodes = block.attention;
    if (!branch || nodes.divide != divide.id || nodes.kv != branch->kv || nodes.ksum != branch->ksum ||
        nodes.num != branch->num || nodes.den != branch->den) {
      return wrong(divide.id, "a block of constants names other products than the division has");
    }
    if (block.bytes != branch->size) {
      return wrong(divide.id,
                   fmt::format("a block of constants has {} bytes instead of {}", block.bytes, branch->size));
    }
    put(block.address, branch->size, {Content::Kind::kConstants, divide.id, -1, 0, 0});
  }

  [[nodiscard]] bool inside(uint64_t address, int64_t bytes) const {
    return address <= program_.dram_bytes && static_cast<uint64_t>(bytes) <= program_.dram_bytes - address;
  }

  void put(uint64_t address, int64_t bytes, const Content& content) {
    const auto begin = static_cast<int64_t>(address);
    if (bytes == 0) {
      return;
    }
    dram_.visit(begin, begin + bytes, [&](int64_t from, int64_t to, const Memory::Segment* old) {
      if (old != nullptr) {
        wrong(content.node, fmt::format("what is in DRAM from the start lies over {} at [{}, {})",
                                        findings_.describe(old->content, to - from), from, to));
      }
    });
    dram_.write(begin, begin + bytes, content, kNoInstruction);
  }

  void wrong(int node, const std::string& what) {
    findings_.add_of_node(IllegalKind::kPlace, node, -1, what);
  }

  const IntegerGraph& graph_;
  const Program& program_;
  Memory& dram_;
  Findings& findings_;
};

}  // namespace

void fill_dram(const DesignPoint& design, const IntegerGraph& graph, const Program& program, Memory& dram,
               Findings& findings) {
  if (program.dram_bytes > static_cast<uint64_t>(design.dram.capacity_bytes())) {
    findings.add_of_node(IllegalKind::kRange, -1, -1,
                         fmt::format("needs {} bytes of DRAM, '{}' has {}", program.dram_bytes,
                                     design.dram.name, design.dram.capacity_bytes()));
  }
  Image image(graph, program, dram, findings);
  for (const IntNode& node : graph.nodes) {
    image.place(node);
  }
  for (const WeightBlock& block : program.blocks) {
    image.block(block);
  }
}

}  // namespace tridex::arch::checking

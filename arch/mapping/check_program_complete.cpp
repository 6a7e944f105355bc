#include "arch/mapping/check_program_complete.h"

#include <fmt/format.h>

#include <algorithm>

namespace tridex::arch::checking {

using quant::IntNode;
using quant::IntOp;

Completeness::Completeness(const quant::IntegerGraph& graph, const Program& program, Findings& findings)
    : graph_(graph), program_(program), findings_(findings), coverage_(graph.nodes.size(), program.frames) {}

void Completeness::stored(uint32_t id, int64_t begin, int64_t end) {
  const Instruction& i = program_.instructions[id];
  coverage_.add(Coverage::kStored, i.layer, i.frame, begin, end, id);
}

void Completeness::computed(uint32_t id, const Accesses& a) {
  const Instruction& i = program_.instructions[id];
  const IntNode& node = graph_.node(i.layer);
  const Opcode op = program_.command(i).op;
  Coverage::What what = Coverage::kComputed;
  int64_t one = 1;             // results of a channel or head
  int64_t all = node.shape.c;  // of a row
  int64_t macs = 0;            // of a channel or head in a row
  if (op == Opcode::kConv) {
    const int64_t inputs = graph_.node(node.inputs[0]).shape.c / node.conv.groups;
    macs = inputs * node.conv.kernel_h * node.conv.kernel_w * node.shape.w;
  } else if (op == Opcode::kContext || op == Opcode::kAttend) {
    const int64_t dim = node.shape.c / std::max(node.heads, 1);
    macs = dim * (dim + 1) * node.shape.w;
    if (op == Opcode::kAttend) {
      one = dim;
    } else {
      all = node.heads;
      what = Coverage::kContexts;
    }
  }
  for (int64_t y = a.y0; y < a.y1; ++y) {
    coverage_.add(what, node.id, i.frame, y * all + a.c0 * one, y * all + a.c1 * one, id);
  }
  coverage_.add_macs(node.id, i.frame, macs * (a.c1 - a.c0) * (a.y1 - a.y0));
}

void Completeness::report(Memory& dram) {
  for (int frame = 0; frame < program_.frames && !findings_.full(); ++frame) {
    for (const IntNode& node : graph_.nodes) {
      report(node, frame);
    }
  }
  report_output(dram);
}

void Completeness::report_output(Memory& dram) {
  const int frame = program_.frames - 1;
  for (const Part& part : parts_of(graph_, graph_.output)) {
    const TensorPlace& place = program_.tensors[static_cast<size_t>(part.node)];
    const IntNode& node = graph_.node(part.node);
    const TensorBytes own(node);
    for (int y = 0; place.stored && y < node.shape.h; ++y) {
      const int64_t row = static_cast<int64_t>(place.address) + y * place.row_stride;
      const Content wants{Content::Kind::kTensor, part.node, frame, 0, y * own.row_bytes};
      dram.visit(row, row + own.row_bytes, [&](int64_t from, int64_t to, const Memory::Segment* segment) {
        const Content holds = segment == nullptr ? Content{} : segment->content;
        if (!(holds == wants.from(from - row))) {
          findings_.add_of_node(IllegalKind::kMissing, part.node, frame,
                                fmt::format("at the end the DRAM holds {} at [{}, {})",
                                            findings_.describe(holds, to - from), from, to));
        }
      });
    }
  }
}

void Completeness::report(const IntNode& node, int frame) {
  switch (node.op) {
    case IntOp::kInput:
    case IntOp::kConcat:
    case IntOp::kMatMulTokens:
    case IntOp::kTokenSum:
    case IntOp::kMatMulHeads:
      return;  // there, made of its parts, or part of a division's branch
    default:
      break;
  }
  coverage_.report(Coverage::kComputed, node.id, frame, int64_t{node.shape.h} * node.shape.c, findings_);
  int64_t macs = node.macs;
  if (const auto branch = branch_of(graph_, node)) {
    const int64_t height = graph_.node(branch->source).shape.h;
    coverage_.report(Coverage::kContexts, node.id, frame, height * node.heads, findings_);
    for (const int product : {branch->kv, branch->ksum, branch->num, branch->den}) {
      macs += graph_.node(product).macs;
    }
  }
  if (coverage_.macs(node.id, frame) != macs) {
    findings_.add_of_node(
        IllegalKind::kMissing, node.id, frame,
        fmt::format("its commands multiply {} times instead of {}", coverage_.macs(node.id, frame), macs));
  }
  if (program_.tensors[static_cast<size_t>(node.id)].stored) {
    coverage_.report(Coverage::kStored, node.id, frame, TensorBytes(node).all, findings_);
  }
}

}  // namespace tridex::arch::checking

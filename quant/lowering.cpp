#include "quant/lowering.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "quant/fold.h"
#include "quant/layer_widths.h"
#include "quant/operand_casts.h"
#include "quant/widths.h"

namespace tridex::quant {

using models::Graph;
using models::Node;
using models::Op;

namespace {

bool is_activation(Op op) {
  return op == Op::kHardswish || op == Op::kRelu || op == Op::kRelu6;
}
bool is_product(Op op) {
  return op == Op::kMatMulTokens || op == Op::kTokenSum || op == Op::kMatMulHeads;
}

Activation activation_of(Op op) {
  switch (op) {
    case Op::kHardswish:
      return Activation::kHardswish;
    case Op::kRelu:
      return Activation::kRelu;
    case Op::kRelu6:
      return Activation::kRelu6;
    default:
      return Activation::kNone;
  }
}

std::optional<IntOp> int_op(Op op) {
  switch (op) {
    case Op::kInput:
      return IntOp::kInput;
    case Op::kConv:
      return IntOp::kConv;
    case Op::kAdd:
      return IntOp::kAdd;
    case Op::kMatMulTokens:
      return IntOp::kMatMulTokens;
    case Op::kTokenSum:
      return IntOp::kTokenSum;
    case Op::kMatMulHeads:
      return IntOp::kMatMulHeads;
    case Op::kDivide:
      return IntOp::kDivide;
    case Op::kGlobalAvgPool:
      return IntOp::kGlobalAvgPool;
    case Op::kLayerNorm:
      return IntOp::kLayerNorm;
    case Op::kConcat:
      return IntOp::kConcat;
    case Op::kResize:
      return IntOp::kResize;
    default:
      return std::nullopt;
  }
}

class Lowering {
 public:
  Lowering(const Graph& graph, const Recipe& recipe) : recipe_(recipe) {
    result_.folded = fold_batch_norms(graph);
    readers_ = result_.folded.consumers();
  }
  Lowered run();

 private:
  [[nodiscard]] const Graph& folded() const { return result_.folded; }
  [[nodiscard]] const std::vector<int>& readers(int id) const { return readers_[static_cast<size_t>(id)]; }
  [[nodiscard]] bool only_reader_is(int id, Op op) const {
    return id != folded().output && readers(id).size() == 1 && folded().node(readers(id)[0]).op == op;
  }
  void fuse_additions();
  [[nodiscard]] bool is_view(const Node& n) const;
  [[nodiscard]] std::pair<int, Operand> operand(int id) const;
  void append(const Node& value, Unit unit);
  void impose_concats();

  const Recipe& recipe_;
  Lowered result_;
  std::vector<std::vector<int>> readers_;
  std::vector<int> conv_of_add_;  ///< the convolution that an addition is fused with, -1
  std::vector<int> made_;         ///< IntNode of a float node, -1
};

/// The latest convolution among the operands of a two-operand addition takes it.
void Lowering::fuse_additions() {
  conv_of_add_.assign(folded().nodes.size(), -1);
  for (const Node& n : folded().nodes) {
    if (n.op != Op::kAdd || n.inputs.size() != 2 || n.inputs[0] == n.inputs[1]) {
      continue;
    }
    for (const int from : n.inputs) {
      if (folded().node(from).op == Op::kConv && only_reader_is(from, Op::kAdd)) {
        int& conv = conv_of_add_[static_cast<size_t>(n.id)];
        conv = std::max(conv, from);
      }
    }
  }
}

/// Head slices, and ReLUs that only matrix products read.
bool Lowering::is_view(const Node& n) const {
  if (n.op == Op::kHeadSlice) {
    return true;
  }
  const auto& next = readers(n.id);
  return n.op == Op::kRelu && n.id != folded().output && !next.empty() &&
         std::all_of(next.begin(), next.end(), [&](int id) { return is_product(folded().node(id).op); });
}

std::pair<int, Operand> Lowering::operand(int id) const {
  Operand view;
  const Node* n = &folded().node(id);
  if (n->op == Op::kRelu && is_view(*n)) {
    view.relu = true;
    n = &folded().node(n->inputs[0]);
  }
  if (n->op == Op::kHeadSlice) {
    view.part = n->part;
    n = &folded().node(n->inputs[0]);
  }
  return {n->id, view};
}

void Lowering::append(const Node& value, Unit unit) {
  const Node& linear = folded().node(unit.linear);
  const auto op = int_op(linear.op);
  if (!op) {
    fail(
        "{}: {} here has no integer operator (an activation must follow a convolution or a layer norm that "
        "nothing "
        "else reads)",
        value.name, op_name(linear.op));
  }
  IntNode node;
  node.id = static_cast<int>(result_.graph.nodes.size());
  node.name = value.name;
  node.op = *op;
  node.shape = value.shape;
  node.region = linear.region;
  node.block = linear.block;
  node.role = linear.role;
  node.heads = linear.heads;
  node.factor = linear.factor;
  for (const int id : {unit.linear, unit.activation, unit.add}) {
    node.macs += id < 0 ? 0 : folded().node(id).macs(folded().nodes);
  }
  std::vector<int> from = linear.inputs;
  if (unit.activation >= 0) {
    node.activation = activation_of(folded().node(unit.activation).op);
  }
  if (unit.add >= 0) {
    const auto& operands = folded().node(unit.add).inputs;
    from.push_back(operands[0] == unit.linear ? operands[1] : operands[0]);
    node.has_shortcut = true;
  }
  for (const int id : from) {
    const auto [source, view] = operand(id);
    node.inputs.push_back(made_[static_cast<size_t>(source)]);
    if (is_product(linear.op) || linear.op == Op::kDivide) {
      node.operands.push_back(view);
    } else if (source != id) {
      fail("{}: only matrix products can read a part of the heads ({})", value.name, folded().node(id).name);
    }
    if (node.inputs.back() < 0) {
      fail("{}: reads {}, which has no tensor of its own", value.name, folded().node(source).name);
    }
  }
  if (node.op == IntOp::kConv) {
    node.conv = linear.conv;
    node.conv.bias = true;
  }
  if (node.op == IntOp::kDivide) {
    node.divisor = recipe_.divisor;
    node.y_min = recipe_.y_min;
    node.y_max = recipe_.y_max;
    node.min_code = recipe_.divisor == Divisor::kUniform || recipe_.divisor == Divisor::kReciprocal
                        ? recipe_.min_code
                        : 0;
    node.table_bits = recipe_.reciprocal_table_bits;
  }
  if (node.op == IntOp::kResize && node.factor != 2 && node.factor != 4) {
    fail("{}: a resize has factor 2 or 4, got {}", node.name, node.factor);
  }
  unit.value = value.id;
  made_[static_cast<size_t>(value.id)] = node.id;
  result_.graph.nodes.push_back(std::move(node));
  result_.units.push_back(unit);
}

/// A concat copies codes, so what it reads must have its quantizer.
void Lowering::impose_concats() {
  auto& nodes = result_.graph.nodes;
  for (auto concat = nodes.rbegin(); concat != nodes.rend(); ++concat) {
    if (concat->op != IntOp::kConcat) {
      continue;
    }
    for (const int id : concat->inputs) {
      IntNode& input = nodes[static_cast<size_t>(id)];
      Unit& unit = result_.units[static_cast<size_t>(id)];
      if (input.op == IntOp::kInput || input.op == IntOp::kConcat ||
          (unit.concat >= 0 && unit.concat != concat->id)) {
        fail("{}: {} cannot be given the quantizer of this concat", concat->name, input.name);
      }
      unit.concat = concat->id;
    }
  }
}

Lowered Lowering::run() {
  fuse_additions();
  made_.assign(folded().nodes.size(), -1);
  for (const Node& n : folded().nodes) {
    const auto id = static_cast<size_t>(n.id);
    if (is_view(n)) {
      continue;
    }
    Unit unit;
    if (n.op == Op::kAdd && conv_of_add_[id] >= 0) {
      unit.linear = conv_of_add_[id];
      unit.add = n.id;
    } else if (is_activation(n.op)) {
      unit.linear = n.inputs[0];
      unit.activation = n.id;
      const Op from = folded().node(unit.linear).op;
      if ((from != Op::kConv && from != Op::kLayerNorm) || !only_reader_is(unit.linear, n.op)) {
        unit.linear = n.id;  // refused by append
      }
    } else {
      const auto& next = readers(n.id);
      const bool absorbed = n.id != folded().output && next.size() == 1 &&
                            ((n.op == Op::kConv && conv_of_add_[static_cast<size_t>(next[0])] == n.id) ||
                             ((n.op == Op::kConv || n.op == Op::kLayerNorm) &&
                              is_activation(folded().node(next[0]).op) && !is_view(folded().node(next[0]))));
      if (absorbed) {
        continue;
      }
      unit.linear = n.id;
    }
    append(n, unit);
  }
  IntegerGraph& graph = result_.graph;
  graph.model = folded().name;
  graph.recipe = recipe_.name;
  graph.recipe_text = recipe_.text;
  graph.power_of_two_scales = recipe_.power_of_two_scales;
  graph.input = made_[static_cast<size_t>(folded().input)];
  graph.output = made_[static_cast<size_t>(folded().output)];
  if (graph.output < 0) {
    fail("network {}: its output {} has no tensor of its own", graph.model,
         folded().node(folded().output).name);
  }
  set_widths(graph, recipe_);
  insert_casts(result_, recipe_);
  check_layers(graph, recipe_);
  impose_concats();
  return std::move(result_);
}

}  // namespace

Lowered lower(const Graph& graph, const Recipe& recipe) {
  return Lowering(graph, recipe).run();
}

IntegerGraph shape_only(const Graph& graph, const Recipe& recipe) {
  IntegerGraph result = lower(graph, recipe).graph;
  check(result);
  return result;
}

}  // namespace tridex::quant

#include "models/graph.h"

#include <stdexcept>

namespace tridex::models {

const char* op_name(Op op) {
  switch (op) {
    case Op::kInput:
      return "input";
    case Op::kConv:
      return "conv";
    case Op::kBatchNorm:
      return "batch_norm";
    case Op::kHardswish:
      return "hardswish";
    case Op::kRelu:
      return "relu";
    case Op::kRelu6:
      return "relu6";
    case Op::kAdd:
      return "add";
    case Op::kGlobalAvgPool:
      return "global_avg_pool";
    case Op::kLayerNorm:
      return "layer_norm";
    case Op::kHeadSlice:
      return "head_slice";
    case Op::kMatMulTokens:
      return "matmul_tokens";
    case Op::kTokenSum:
      return "token_sum";
    case Op::kMatMulHeads:
      return "matmul_heads";
    case Op::kDivide:
      return "divide";
    case Op::kConcat:
      return "concat";
    case Op::kResize:
      return "resize";
  }
  throw std::logic_error("op_name: not an Op");
}

const char* region_name(Region region) {
  switch (region) {
    case Region::kStem:
      return "stem";
    case Region::kMbConv:
      return "mbconv";
    case Region::kAttention:
      return "attention";
    case Region::kHead:
      return "head";
  }
  throw std::logic_error("region_name: not a Region");
}

const char* role_name(Role role) {
  switch (role) {
    case Role::kNone:
      return "none";
    case Role::kStem:
      return "stem";
    case Role::kPointwise1:
      return "pointwise1";
    case Role::kDepthwise:
      return "depthwise";
    case Role::kPointwise2:
      return "pointwise2";
    case Role::kDsDepthwise:
      return "ds_depthwise";
    case Role::kDsPointwise:
      return "ds_pointwise";
    case Role::kQkv:
      return "qkv";
    case Role::kAggregateDepthwise:
      return "aggregate_depthwise";
    case Role::kAggregatePointwise:
      return "aggregate_pointwise";
    case Role::kProjection:
      return "projection";
    case Role::kHead:
      return "head";
  }
  throw std::logic_error("role_name: not a Role");
}

int64_t Node::macs(const std::vector<Node>& nodes) const {
  const auto operand = [&] { return nodes[static_cast<size_t>(inputs[0])].shape; };
  switch (op) {
    case Op::kConv:
      return shape.elements() * (operand().c / conv.groups) * conv.kernel_h * conv.kernel_w;
    case Op::kMatMulTokens:
      return operand().elements() * shape.w;
    case Op::kTokenSum:
      return operand().elements();
    case Op::kMatMulHeads:
      return shape.elements() * (operand().c / heads);
    default:
      return 0;
  }
}

std::vector<ParameterInfo> Graph::parameters(int id) const {
  const Node& n = node(id);
  std::vector<ParameterInfo> result;
  switch (n.op) {
    case Op::kConv:
      result.push_back(
          {n.name + ".weight",
           {n.shape.c, node(n.inputs[0]).shape.c / n.conv.groups, n.conv.kernel_h, n.conv.kernel_w},
           true});
      if (n.conv.bias) {
        result.push_back({n.name + ".bias", {n.shape.c}, true});
      }
      break;
    case Op::kBatchNorm:
    case Op::kLayerNorm:
      result.push_back({n.name + ".weight", {n.shape.c}, true});
      result.push_back({n.name + ".bias", {n.shape.c}, true});
      if (n.op == Op::kBatchNorm) {
        result.push_back({n.name + ".running_mean", {n.shape.c}, false});
        result.push_back({n.name + ".running_var", {n.shape.c}, false});
      }
      break;
    default:
      break;
  }
  return result;
}

std::vector<ParameterInfo> Graph::parameters() const {
  std::vector<ParameterInfo> result;
  for (const Node& n : nodes) {
    for (ParameterInfo& parameter : parameters(n.id)) {
      result.push_back(std::move(parameter));
    }
  }
  return result;
}

int64_t Graph::macs() const {
  int64_t sum = 0;
  for (const Node& n : nodes) {
    sum += n.macs(nodes);
  }
  return sum;
}

int64_t Graph::parameter_count() const {
  int64_t sum = 0;
  for (const ParameterInfo& parameter : parameters()) {
    int64_t count = parameter.trained ? 1 : 0;
    for (const int64_t dim : parameter.dims) {
      count *= dim;
    }
    sum += count;
  }
  return sum;
}

std::vector<std::vector<int>> Graph::consumers() const {
  std::vector<std::vector<int>> result(nodes.size());
  for (const Node& n : nodes) {
    for (const int from : n.inputs) {
      auto& readers = result[static_cast<size_t>(from)];
      if (readers.empty() || readers.back() != n.id) {
        readers.push_back(n.id);
      }
    }
  }
  return result;
}

}  // namespace tridex::models

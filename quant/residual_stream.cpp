#include "quant/residual_stream.h"

namespace tridex::quant {

bool on_residual_stream(const IntNode& node) {
  switch (node.role) {
    case Role::kStem:
    case Role::kDsDepthwise:
    case Role::kDsPointwise:
    case Role::kPointwise2:
    case Role::kProjection:
      return node.op == IntOp::kConv;
    default:
      return node.op == IntOp::kAdd && !is_cast(node);
  }
}

}  // namespace tridex::quant

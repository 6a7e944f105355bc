#pragma once
#include <functional>
#include <vector>

#include "quant/float_follower.h"
#include "quant/range.h"

namespace tridex::quant {

/// The node at whose tensor a quantizer of node `id` is judged: the last one of the block of its last reader.
int judged_at(const IntegerGraph& graph, int id);

/// Where the codes of a tensor lie, found by forward passes: of `candidates`, the one with which the tensor
/// at the end of the block comes nearest (in squared error, summed over `images`) to the float network's,
/// everything between being float. quantized(candidate, image): the tensor's real values after quantization.
/// Returns the index of the best, the first of equals; 0 when the block's end does not depend on the node.
size_t search_block(const FloatFollower& network, const IntegerGraph& graph, int id, size_t candidates,
                    const std::vector<size_t>& images,
                    const std::function<models::Activation(size_t candidate, size_t image)>& quantized,
                    unsigned threads);

}  // namespace tridex::quant

#pragma once
#include <vector>

#include "quant/node_parameters.h"
#include "quant/quantize.h"
#include "quant/weight_codes.h"
#include "quant/weights/moments.h"

namespace tridex::quant {

/// Whether any weight pass of the recipe needs grams.
bool fits_weights(const Recipe& recipe);

/// Runs the recipe's weight passes over a convolution whose codes and scales have been set from its weights
/// alone. The scales in `channels` (one entry an output) and node.weights are replaced.
void fit_weights(IntNode& node, const ConvValues& values, const std::vector<GroupMoments>& groups,
                 const Recipe& recipe, std::vector<ChannelCodes>& channels, unsigned threads);

}  // namespace tridex::quant

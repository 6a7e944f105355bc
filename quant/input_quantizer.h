#pragma once
#include <vector>

#include "quant/quantize.h"

namespace tridex::quant {

/// Sets the quantizer of a 3-channel network's input so that codes are the pixels of 8-bit images: scale 1 /
/// (255 std), zero point round(255 mean), with the recipe's mean and standard deviation or else those that
/// the network's family was trained with. Other inputs get the range of `images`.
void set_input_quantizer(IntegerGraph& graph, const Recipe& recipe,
                         const std::vector<models::Activation>& images);

}  // namespace tridex::quant

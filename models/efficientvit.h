#pragma once
#include <string>

#include "models/graph.h"

namespace tridex::models {

/// EfficientViT of the B series (spec of the MIT definitions; node names are that repository's module paths).
/// `size` is 0..3 for B0..B3. Shapes are of one image.
Graph build_efficientvit(const std::string& name, int size, Shape input, int classes);

/// The same backbone with the segmentation head of the Cityscapes models; logits are at stride 8.
/// Error: height and width must be multiples of 32, so that the up-sampled features fit each other.
Graph build_efficientvit_seg(const std::string& name, int size, Shape input, int classes);

}  // namespace tridex::models

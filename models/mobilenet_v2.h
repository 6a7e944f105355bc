#pragma once
#include <string>

#include "models/graph.h"

namespace tridex::models {

/// MobileNetV2 1.0 with its batch norms folded into biases, ReLU6 and TensorFlow's SAME padding (an odd row
/// or column of zeros goes to the bottom or right). Node names are torchvision's module paths.
Graph build_mobilenet_v2(const std::string& name, Shape input, int classes);

}  // namespace tridex::models

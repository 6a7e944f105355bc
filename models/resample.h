#pragma once
#include "models/image.h"

namespace tridex::models {

enum class Filter { kBilinear, kBicubic };

/// Resizes an 8-bit image as Pillow does, to the byte: a triangle or a cubic (a = -0.5) that widens with the
/// scale when it shrinks (antialias), weights of 22 fractional bits, rows first, 8 bits between the passes.
Image resample(const Image& image, int width, int height, Filter filter);

}  // namespace tridex::models

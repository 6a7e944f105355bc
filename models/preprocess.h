#pragma once
#include <array>
#include <string>

#include "models/float_executor.h"
#include "models/image.h"

namespace tridex::models {

/// How an image becomes a network's input.
struct Preprocess {
  enum class Fit {
    kNone,       ///< the image must have the input's size
    kExact,      ///< resize to the input's size, whatever the aspect
    kShortSide,  ///< resize the short side to `short_side`, or to ceil(input's short side / crop_ratio);
                 ///< centre crop
  };
  enum class Method {
    kBilinear,       ///< Pillow's: antialiased, 8 bits
    kBicubic,        ///< Pillow's: antialiased, 8 bits
    kBilinearFloat,  ///< half-pixel centres, no antialias, not rounded; kExact only
  };
  Fit fit = Fit::kShortSide;
  Method method = Method::kBicubic;
  int short_side = 0;        ///< kShortSide: pixels, or 0: by crop_ratio
  double crop_ratio = 0.95;  ///< kShortSide
  // value = (pixel / divide - mean) / std, per channel
  double divide = 255;
  std::array<float, 3> mean = {0.485f, 0.456f, 0.406f};
  std::array<float, 3> std = {0.229f, 0.224f, 0.225f};
};

/// `image` is RGB, `input` has three channels. Error: names `name`; a size that cannot be cropped or does not
/// fit.
Activation preprocess(const Image& image, const Preprocess& how, const Shape& input, const std::string& name);

}  // namespace tridex::models

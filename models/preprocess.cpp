#include "models/preprocess.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "models/float_kernels.h"
#include "models/resample.h"

namespace tridex::models {

namespace {

Filter filter_of(Preprocess::Method method) {
  return method == Preprocess::Method::kBilinear ? Filter::kBilinear : Filter::kBicubic;
}

/// The long side keeps the aspect, rounded down (as torchvision does).
Image resize_short_side(const Image& image, int side, Filter filter, const std::string& name) {
  const bool wide = image.width > image.height;
  const int64_t long_side =
      wide ? int64_t{side} * image.width / image.height : int64_t{side} * image.height / image.width;
  if (long_side * side > kMaxImagePixels) {
    fail("{}: {}x{} pixels with a short side of {} would be more than an image here may have", name,
         image.width, image.height, side);
  }
  const int other = static_cast<int>(long_side);
  return wide ? resample(image, other, side, filter) : resample(image, side, other, filter);
}

Image crop_centre(const Image& image, int width, int height, const std::string& name) {
  if (image.width < width || image.height < height) {
    fail("{}: {}x{} pixels cannot be cut out of {}x{}", name, width, height, image.width, image.height);
  }
  // The smaller half of an odd margin is on the left and on top (torchvision rounds it to the even side
  // instead).
  const size_t left = static_cast<size_t>((image.width - width) / 2);
  const size_t top = static_cast<size_t>((image.height - height) / 2);
  const size_t pitch = static_cast<size_t>(image.width) * 3;
  const size_t row_bytes = static_cast<size_t>(width) * 3;
  Image result{width, height, 3, {}};
  result.pixels.reserve(row_bytes * static_cast<size_t>(height));
  for (size_t y = 0; y < static_cast<size_t>(height); ++y) {
    const auto from = image.pixels.begin() + static_cast<std::ptrdiff_t>((top + y) * pitch + left * 3);
    result.pixels.insert(result.pixels.end(), from, from + static_cast<std::ptrdiff_t>(row_bytes));
  }
  return result;
}

Image fit(const Image& image, const Preprocess& how, const Shape& input, const std::string& name) {
  switch (how.fit) {
    case Preprocess::Fit::kNone:
      return image;
    case Preprocess::Fit::kExact:
      // Resized as floats after the conversion below.
      return how.method == Preprocess::Method::kBilinearFloat
                 ? image
                 : resample(image, input.w, input.h, filter_of(how.method));
    case Preprocess::Fit::kShortSide:
      break;
  }
  const int side = how.short_side > 0
                       ? how.short_side
                       : static_cast<int>(std::ceil(std::min(input.h, input.w) / how.crop_ratio));
  return crop_centre(resize_short_side(image, side, filter_of(how.method), name), input.w, input.h, name);
}

}  // namespace

Activation preprocess(const Image& image, const Preprocess& how, const Shape& input,
                      const std::string& name) {
  if (input.c != 3 || image.channels != 3) {
    fail("{}: images have 3 channels, the network's input has {}", name, input.c);
  }
  const Image fitted = fit(image, how, input, name);
  const bool resize_floats =
      how.fit == Preprocess::Fit::kExact && how.method == Preprocess::Method::kBilinearFloat;
  if (!resize_floats && (fitted.width != input.w || fitted.height != input.h)) {
    fail("{}: {}x{} pixels, the network's input has {}x{} (resize: exact or short_side would fit it)", name,
         fitted.width, fitted.height, input.w, input.h);
  }
  Activation result;
  result.shape = input;
  result.data.resize(static_cast<size_t>(input.elements()));
  const auto divide = static_cast<float>(how.divide);
  std::vector<float> plane(static_cast<size_t>(fitted.width) * static_cast<size_t>(fitted.height));
  for (size_t c = 0; c < 3; ++c) {
    for (size_t i = 0; i < plane.size(); ++i) {
      plane[i] = static_cast<float>(fitted.pixels[3 * i + c]) / divide;
    }
    float* to = result.channel(static_cast<int>(c));
    if (resize_floats) {
      float_resize_bilinear(plane.data(), fitted.height, fitted.width, to, input.h, input.w);
    } else {
      std::copy(plane.begin(), plane.end(), to);
    }
    for (int64_t i = 0; i < input.pixels(); ++i) {
      to[i] = (to[i] - how.mean[c]) / how.std[c];
    }
  }
  return result;
}

}  // namespace tridex::models

#include "models/resample.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace tridex::models {

namespace {

constexpr int kFractionBits = 22;

double weight_at(Filter filter, double distance) {
  const double d = std::abs(distance);
  if (filter == Filter::kBilinear) {
    return d < 1.0 ? 1.0 - d : 0.0;
  }
  constexpr double kA = -0.5;
  if (d < 1.0) {
    return ((kA + 2.0) * d - (kA + 3.0)) * d * d + 1.0;
  }
  return d < 2.0 ? (((d - 5.0) * d + 8.0) * d - 4.0) * kA : 0.0;
}

/// What one output position is made of: source positions first, first + 1, ... and their fixed-point weights.
struct Window {
  int first = 0;
  std::vector<int32_t> weights;
};

std::vector<Window> make_windows(int in, int out, Filter filter) {
  const double scale = static_cast<double>(in) / out;
  const double widening = std::max(scale, 1.0);
  const double support = (filter == Filter::kBilinear ? 1.0 : 2.0) * widening;
  std::vector<Window> windows(static_cast<size_t>(out));
  std::vector<double> weights;
  for (int i = 0; i < out; ++i) {
    const double centre = (i + 0.5) * scale;
    // Truncation after + 0.5 is Pillow's rule, and what makes the bytes equal.
    const int first =
        std::max(static_cast<int>(centre - support + 0.5), 0);  // NOLINT(bugprone-incorrect-roundings)
    const int last =
        std::min(static_cast<int>(centre + support + 0.5), in);  // NOLINT(bugprone-incorrect-roundings)
    weights.clear();
    double sum = 0;
    for (int at = first; at < last; ++at) {
      weights.push_back(weight_at(filter, (at - centre + 0.5) * (1.0 / widening)));
      sum += weights.back();
    }
    Window& window = windows[static_cast<size_t>(i)];
    window.first = first;
    for (const double weight : weights) {
      const double fixed = weight / sum * (1 << kFractionBits);
      window.weights.push_back(static_cast<int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
    }
  }
  return windows;
}

uint8_t to_byte(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

constexpr int32_t kHalf = 1 << (kFractionBits - 1);

Image resample_rows(const Image& image, int width, Filter filter) {
  const auto windows = make_windows(image.width, width, filter);
  const auto channels = static_cast<size_t>(image.channels);
  Image result{width, image.height, image.channels, {}};
  result.pixels.resize(static_cast<size_t>(width) * static_cast<size_t>(image.height) * channels);
  uint8_t* to = result.pixels.data();
  for (int y = 0; y < image.height; ++y) {
    const uint8_t* row =
        image.pixels.data() + static_cast<size_t>(y) * static_cast<size_t>(image.width) * channels;
    for (const Window& window : windows) {
      for (size_t c = 0; c < channels; ++c) {
        const uint8_t* from = row + static_cast<size_t>(window.first) * channels + c;
        int32_t sum = kHalf;
        for (const int32_t weight : window.weights) {
          sum += weight * *from;
          from += channels;
        }
        *to++ = to_byte(sum);
      }
    }
  }
  return result;
}

Image resample_columns(const Image& image, int height, Filter filter) {
  const auto windows = make_windows(image.height, height, filter);
  const auto pitch = static_cast<size_t>(image.width) * static_cast<size_t>(image.channels);
  Image result{image.width, height, image.channels, {}};
  result.pixels.resize(pitch * static_cast<size_t>(height));
  std::vector<int32_t> sums(pitch);
  uint8_t* to = result.pixels.data();
  for (const Window& window : windows) {
    std::fill(sums.begin(), sums.end(), kHalf);
    const uint8_t* from = image.pixels.data() + static_cast<size_t>(window.first) * pitch;
    for (const int32_t weight : window.weights) {
      for (size_t x = 0; x < pitch; ++x) {
        sums[x] += weight * from[x];
      }
      from += pitch;
    }
    to = std::transform(sums.begin(), sums.end(), to, to_byte);
  }
  return result;
}

}  // namespace

Image resample(const Image& image, int width, int height, Filter filter) {
  if (width < 1 || height < 1 || image.width < 1 || image.height < 1) {
    throw std::logic_error("resample: an empty image");
  }
  Image result = image.width == width ? image : resample_rows(image, width, filter);
  return result.height == height ? result : resample_columns(result, height, filter);
}

}  // namespace tridex::models

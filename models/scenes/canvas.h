#pragma once
#include <cmath>
#include <vector>

#include "base/random.h"

namespace tridex::models::scenes {

struct Point {
  double x = 0, y = 0;
};

struct Colour {
  double r = 0, g = 0, b = 0;
};

inline Colour mix(const Colour& a, const Colour& b, double share) {
  return {a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share, a.b + (b.b - a.b) * share};
}

inline double clamp01(double value) {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

/// sin(2 pi turns) within 0.0011, from operations that IEEE 754 rounds exactly (libm's sine differs between
/// compilers that fold it and those that call it).
inline double wave(double turns) {
  const double x = 2 * (turns - std::floor(turns)) - 1;
  const double parabola = 4 * x * (1 - std::abs(x));
  return -parabola * (0.775 + 0.225 * std::abs(parabola));
}

/// A turn by `turns`, as cosine and sine.
struct Rotation {
  double c = 1, s = 0;
  explicit Rotation(double turns) : c(wave(turns + 0.25)), s(wave(turns)) {}
  [[nodiscard]] Point operator()(const Point& p) const { return {c * p.x + s * p.y, c * p.y - s * p.x}; }
};

inline Colour random_colour(SplitMix& random) {
  return {random.unit(), random.unit(), random.unit()};  // in braces: drawn from left to right
}

/// A colour that differs from `other` by `contrast` (0 to 1) of the way to the far corner of the cube.
inline Colour contrasting(const Colour& other, double contrast) {
  const Colour far{other.r < 0.5 ? 1.0 : 0.0, other.g < 0.5 ? 1.0 : 0.0, other.b < 0.5 ? 1.0 : 0.0};
  return mix(other, far, contrast);
}

/// A square of linear light.
class Canvas {
 public:
  explicit Canvas(int side) : side_(side), pixels_(static_cast<size_t>(side) * static_cast<size_t>(side)) {}
  [[nodiscard]] int side() const { return side_; }
  Colour& at(int x, int y) {
    return pixels_[static_cast<size_t>(y) * static_cast<size_t>(side_) + static_cast<size_t>(x)];
  }
  /// Blends colour(p) over every pixel p within `reach` of `centre` by its coverage: half a pixel inside the
  /// outline is full, half a pixel outside is none. distance(p): pixels to the outline, negative inside; p is
  /// relative to `centre`.
  template <typename Distance, typename Paint>
  void fill(const Point& centre, double reach, const Distance& distance, const Paint& paint) {
    const auto low = [&](double v) { return v < 0 ? 0 : static_cast<int>(v); };
    const auto high = [&](double v) { return v >= side_ - 1 ? side_ - 1 : static_cast<int>(v) + 1; };
    for (int y = low(centre.y - reach); y <= high(centre.y + reach); ++y) {
      for (int x = low(centre.x - reach); x <= high(centre.x + reach); ++x) {
        const Point p{x + 0.5 - centre.x, y + 0.5 - centre.y};
        const double coverage = clamp01(0.5 - distance(p));
        if (coverage > 0) {
          at(x, y) = mix(at(x, y), paint(p), coverage);
        }
      }
    }
  }

 private:
  int side_;
  std::vector<Colour> pixels_;
};

}  // namespace tridex::models::scenes

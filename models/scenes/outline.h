#pragma once
#include <vector>

#include "models/scenes/canvas.h"

namespace tridex::models::scenes {

enum class Shape : uint8_t { kDisc, kTriangle, kStar, kCross };

/// The outline of a figure about the origin, turned and flattened.
class Outline {
 public:
  /// `radius` of the circle that it fits into, pixels; `flatness` in (0, 1]: the height over the width.
  Outline(Shape shape, double radius, double turns, double flatness);
  /// Pixels from p to the outline, negative inside (exact for flatness 1, else a lower bound of the size).
  [[nodiscard]] double distance(const Point& p) const;

 private:
  double radius_, flatness_;
  Rotation rotation_;
  std::vector<Point> corners_;  ///< none: a disc
};

}  // namespace tridex::models::scenes

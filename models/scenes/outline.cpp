#include "models/scenes/outline.h"

#include <algorithm>

namespace tridex::models::scenes {

namespace {

/// Corners on a circle, every other one drawn in to `inner` of the radius.
std::vector<Point> spikes(int count, double radius, double inner) {
  std::vector<Point> corners;
  for (int i = 0; i < count; ++i) {
    const double r = i % 2 == 0 ? radius : radius * inner;
    const double turns = static_cast<double>(i) / count;
    corners.push_back({r * wave(turns + 0.25), r * wave(turns)});
  }
  return corners;
}

std::vector<Point> cross(double radius) {
  const double a = radius * 0.94, b = radius * 0.33;
  return {{b, b},   {b, a},   {-b, a}, {-b, b}, {-a, b}, {-a, -b},
          {-b, -b}, {-b, -a}, {b, -a}, {b, -b}, {a, -b}, {a, b}};
}

std::vector<Point> corners_of(Shape shape, double radius) {
  switch (shape) {
    case Shape::kDisc:
      return {};
    case Shape::kTriangle:
      return spikes(3, radius, 1);
    case Shape::kStar:
      return spikes(10, radius, 0.45);
    case Shape::kCross:
      return cross(radius);
  }
  return {};
}

}  // namespace

Outline::Outline(Shape shape, double radius, double turns, double flatness)
    : radius_(shape == Shape::kDisc ? radius * 0.85 : radius),
      flatness_(flatness),
      rotation_(turns),
      corners_(corners_of(shape, radius)) {}

double Outline::distance(const Point& p) const {
  Point q = rotation_(p);
  q.y /= flatness_;
  if (corners_.empty()) {
    return (std::sqrt(q.x * q.x + q.y * q.y) - radius_) * flatness_;
  }
  double nearest = 1e30;
  bool inside = false;
  for (size_t i = 0, j = corners_.size() - 1; i < corners_.size(); j = i++) {
    const Point &a = corners_[i], &b = corners_[j];
    const Point edge{b.x - a.x, b.y - a.y}, to{q.x - a.x, q.y - a.y};
    const double share = clamp01((to.x * edge.x + to.y * edge.y) / (edge.x * edge.x + edge.y * edge.y));
    const Point off{to.x - edge.x * share, to.y - edge.y * share};
    nearest = std::min(nearest, off.x * off.x + off.y * off.y);
    if ((a.y > q.y) != (b.y > q.y) && q.x < a.x + edge.x * (q.y - a.y) / edge.y) {
      inside = !inside;
    }
  }
  const double pixels = std::sqrt(nearest) * flatness_;
  return inside ? -pixels : pixels;
}

}  // namespace tridex::models::scenes

#pragma once
#include <cstdint>
#include <vector>

#include "models/graph.h"

namespace tridex::quant {

/// Rows y to y + h - 1 and columns x to x + w - 1 of a map of map_h x map_w pixels.
struct Window {
  int map_h = 0, map_w = 0;
  int y = 0, x = 0, h = 0, w = 0;
  [[nodiscard]] int64_t pixels() const { return int64_t{h} * w; }
  bool operator==(const Window&) const = default;
};

inline Window whole(const models::Shape& shape) {
  return {shape.h, shape.w, 0, 0, shape.h, shape.w};
}

/// A window of a tensor of real values: channels x h x w.
template <typename T>
struct Patch {
  int channels = 0;
  Window window;
  std::vector<T> data;

  /// Keeps the memory; the values are left undefined.
  void resize(int c, const Window& to) {
    channels = c;
    window = to;
    data.resize(static_cast<size_t>(c * to.pixels()));
  }
  [[nodiscard]] T* channel(int c) { return data.data() + c * window.pixels(); }
  [[nodiscard]] const T* channel(int c) const { return data.data() + c * window.pixels(); }
};

}  // namespace tridex::quant

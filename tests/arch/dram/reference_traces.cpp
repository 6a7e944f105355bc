#include "reference_traces.h"

#include <stdexcept>

namespace tridex::test {
namespace {

/// Lines of 64 rows x `width` bytes of a tile, `tiles` of them from left to right, then down.
std::vector<int64_t> tile_lines(int64_t base, int64_t pitch, int64_t width, int tiles_x, int tiles_y) {
  std::vector<int64_t> lines;
  for (int ty = 0; ty < tiles_y; ++ty) {
    for (int tx = 0; tx < tiles_x; ++tx) {
      for (int row = 0; row < 64; ++row) {
        for (int64_t x = 0; x < width; x += 64) {
          lines.push_back((base + (ty * 64 + row) * pitch + tx * width + x) / 64);
        }
      }
    }
  }
  return lines;
}

}  // namespace

std::vector<TraceRequest> reference_trace(const std::string& name) {
  std::vector<TraceRequest> trace;
  if (name == "00_probe") {
    trace = {{0, false, 0}, {100, false, 1}, {200, false, 0}, {400, false, 0x20000 / 64}};
  } else if (name == "01_seq_read") {
    for (int64_t k = 0; k < 65536; ++k) {
      trace.push_back({0, false, k});
    }
  } else if (name == "03_copy") {
    for (int64_t i = 0; i < 65536; i += 32) {
      for (int64_t k = 0; k < 32; ++k) {
        trace.push_back({0, false, i + k});
      }
      for (int64_t k = 0; k < 32; ++k) {
        trace.push_back({0, true, 0x10010000 / 64 + i + k});
      }
    }
  } else if (name == "04_tile_read") {
    for (const int64_t line : tile_lines(0x02000000, 14336, 256, 56, 3)) {
      trace.push_back({0, false, line});
    }
  } else if (name == "06_random_read") {
    uint64_t x = 1;
    for (int k = 0; k < 40000; ++k) {
      x += 0x9E3779B97F4A7C15;
      uint64_t z = x;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
      z ^= z >> 31;
      trace.push_back({0, false, static_cast<int64_t>(z >> 40)});
    }
  } else if (name == "08_paced_seq_50") {
    for (int64_t k = 0; k < 32768; ++k) {
      trace.push_back({8 * k, false, k});
    }
  } else if (name == "10_three_streams_a") {
    const std::vector<int64_t> inputs = tile_lines(0x04000000, 14336, 256, 56, 1);
    const std::vector<int64_t> outputs = tile_lines(0x08008000, 7168, 128, 56, 1);
    size_t weight = 0, input = 0, output = 0;
    while (weight < 8192 || input < inputs.size() || output < outputs.size()) {
      for (int i = 0; i < 4 && weight < 8192; ++i) {
        trace.push_back({0, false, static_cast<int64_t>(weight++)});
      }
      for (int i = 0; i < 8 && input < inputs.size(); ++i) {
        trace.push_back({0, false, inputs[input++]});
      }
      for (int i = 0; i < 4 && output < outputs.size(); ++i) {
        trace.push_back({0, true, outputs[output++]});
      }
    }
  } else {
    throw std::logic_error("no such trace: " + name);
  }
  return trace;
}

}  // namespace tridex::test

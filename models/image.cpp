#include "models/image.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"

namespace tridex::models {

namespace {

constexpr std::array<uint8_t, 3> kJpegStart = {0xff, 0xd8, 0xff};
constexpr std::array<uint8_t, 8> kPngStart = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

template <size_t kCount>
bool starts_with(const std::vector<uint8_t>& bytes, const std::array<uint8_t, kCount>& start) {
  return bytes.size() >= kCount && std::equal(start.begin(), start.end(), bytes.begin());
}

}  // namespace

Image read_image(const std::filesystem::path& file) {
  const auto bytes = read_bytes(file);
  if (starts_with(bytes, kJpegStart)) {
    return decode_jpeg(bytes, file.string());
  }
  if (starts_with(bytes, kPngStart)) {
    return decode_png(bytes, file.string(), PngContent::kColour);
  }
  fail("{}: neither a JPEG nor a PNG file", file.string());
}

Image read_label_image(const std::filesystem::path& file) {
  const auto bytes = read_bytes(file);
  if (!starts_with(bytes, kPngStart)) {
    fail("{}: a label image must be a PNG file", file.string());
  }
  return decode_png(bytes, file.string(), PngContent::kIndex);
}

}  // namespace tridex::models

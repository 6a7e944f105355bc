#include <png.h>

#include <stdexcept>

#include "base/error.h"
#include "models/image.h"

namespace tridex::models {

std::vector<uint8_t> encode_png(const Image& image) {
  if (image.channels != 3 ||
      image.pixels.size() != 3 * static_cast<size_t>(image.width) * static_cast<size_t>(image.height)) {
    throw std::logic_error("encode_png: not an RGB image");
  }
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::vector<uint8_t> bytes(size);
  if (png_image_write_to_memory(&png, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0) {
    fail("PNG: {}", png.message);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace tridex::models

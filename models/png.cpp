#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "base/error.h"
#include "models/image.h"

namespace tridex::models {

namespace {

/// As in jpeg.cpp: what setjmp's functions need is owned by their caller.
struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::jmp_buf escape{};
  char message[128] = "";
  std::span<const uint8_t> bytes;
  size_t position = 0;

  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void leave(png_structp png, png_const_charp message) {
  auto* d = static_cast<Decoder*>(png_get_error_ptr(png));
  std::strncpy(d->message, message, sizeof d->message - 1);
  std::longjmp(d->escape, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

void take_bytes(png_structp png, png_bytep to, size_t count) {
  auto* d = static_cast<Decoder*>(png_get_io_ptr(png));
  if (count > d->bytes.size() - d->position) {
    png_error(png, "the file is cut off");
  }
  std::memcpy(to, d->bytes.data() + d->position, count);
  d->position += count;
}

bool read_header(Decoder& d, PngContent content) {
  if (setjmp(d.escape) != 0) {
    return false;
  }
  d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, leave, ignore_warning);
  d.info = d.png == nullptr ? nullptr : png_create_info_struct(d.png);
  if (d.info == nullptr) {
    std::strncpy(d.message, "no memory", sizeof d.message - 1);
    return false;
  }
  png_set_read_fn(d.png, &d, take_bytes);
  png_read_info(d.png, d.info);
  const int colour = png_get_color_type(d.png, d.info);
  const int depth = png_get_bit_depth(d.png, d.info);
  if (content == PngContent::kIndex) {
    if (depth > 8 || (colour != PNG_COLOR_TYPE_GRAY && colour != PNG_COLOR_TYPE_PALETTE)) {
      png_error(d.png, "a label image has one channel of at most 8 bits");
    }
    png_set_packing(d.png);
  } else {
    if (colour == PNG_COLOR_TYPE_PALETTE) {
      png_set_palette_to_rgb(d.png);
    } else if ((colour & PNG_COLOR_MASK_COLOR) == 0) {
      if (depth < 8) {
        png_set_expand_gray_1_2_4_to_8(d.png);
      }
      png_set_gray_to_rgb(d.png);
    }
    if (depth == 16) {
      png_set_scale_16(d.png);
    }
    png_set_strip_alpha(d.png);
  }
  png_set_interlace_handling(d.png);
  png_read_update_info(d.png, d.info);
  return true;
}

bool read_rows(Decoder& d, png_bytepp rows) {
  if (setjmp(d.escape) != 0) {
    return false;
  }
  png_read_image(d.png, rows);
  png_read_end(d.png, nullptr);
  return true;
}

}  // namespace

Image decode_png(std::span<const uint8_t> bytes, const std::string& name, PngContent content) {
  Decoder d;
  d.bytes = bytes;
  if (!read_header(d, content)) {
    fail("{}: not a readable PNG: {}", name, d.message);
  }
  const int64_t width = png_get_image_width(d.png, d.info);
  const int64_t height = png_get_image_height(d.png, d.info);
  if (width < 1 || height < 1 || width * height > kMaxImagePixels) {
    fail("{}: {}x{} pixels are more than an image here may have", name, width, height);
  }
  Image image;
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.channels = content == PngContent::kIndex ? 1 : 3;
  const size_t row_bytes = static_cast<size_t>(width * image.channels);
  if (png_get_rowbytes(d.png, d.info) != row_bytes) {
    fail("{}: a PNG with rows of {} bytes, expected {}", name, png_get_rowbytes(d.png, d.info), row_bytes);
  }
  image.pixels.resize(row_bytes * static_cast<size_t>(height));
  std::vector<png_bytep> rows;
  for (int64_t y = 0; y < height; ++y) {
    rows.push_back(image.pixels.data() + row_bytes * static_cast<size_t>(y));
  }
  if (!read_rows(d, rows.data())) {
    fail("{}: damaged PNG: {}", name, d.message);
  }
  return image;
}

}  // namespace tridex::models

#include "test_images.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
// jpeglib.h needs size_t and FILE to be declared before it.
#include <jpeglib.h>
#include <png.h>

namespace tridex::test {

namespace {

void append(png_structp png, png_bytep data, size_t count) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(data), count);
}

std::string encode_png(int width, int height, int colour, int depth, bool interlaced,
                       std::vector<uint8_t>& pixels) {
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, append, nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), depth, colour,
               interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (colour == PNG_COLOR_TYPE_PALETTE) {
    std::vector<png_color> palette;
    for (int i = 0; i < 16; ++i) {
      const auto level = static_cast<png_byte>(10 * i);
      palette.push_back({level, static_cast<png_byte>(level + 1), static_cast<png_byte>(level + 2)});
    }
    png_set_PLTE(png, info, palette.data(), 16);
  }
  png_write_info(png, info);
  const size_t row_bytes = pixels.size() / static_cast<size_t>(height);
  std::vector<png_bytep> rows;
  for (size_t y = 0; y < static_cast<size_t>(height); ++y) {
    rows.push_back(pixels.data() + y * row_bytes);
  }
  png_write_image(png, rows.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

}  // namespace

std::string make_png(int width, int height, PngKind kind) {
  struct Form {
    int colour, depth, samples, limit;
  };
  const Form form = [&]() -> Form {
    switch (kind) {
      case PngKind::kRgba:
        return {PNG_COLOR_TYPE_RGBA, 8, 4, 256};
      case PngKind::kGrey:
        return {PNG_COLOR_TYPE_GRAY, 8, 1, 256};
      case PngKind::kGrey16:
        return {PNG_COLOR_TYPE_GRAY, 16, 2, 256};
      case PngKind::kPalette:
        return {PNG_COLOR_TYPE_PALETTE, 8, 1, 16};
      case PngKind::kBits2:
        return {PNG_COLOR_TYPE_GRAY, 2, 1, 4};
      case PngKind::kRgb:
      case PngKind::kInterlaced:
        break;
    }
    return {PNG_COLOR_TYPE_RGB, 8, 3, 256};
  }();
  std::vector<uint8_t> bytes;
  for (int y = 0; y < height; ++y) {
    if (form.depth < 8) {
      // Samples 0, 1, 2, 3, 0, ... packed four to a byte.
      bytes.insert(bytes.end(), static_cast<size_t>((width + 3) / 4), 0x1b);
      continue;
    }
    for (int i = 0; i < width * form.samples; ++i) {
      bytes.push_back(static_cast<uint8_t>((y * width * form.samples + i) % form.limit));
    }
  }
  return encode_png(width, height, form.colour, form.depth, kind == PngKind::kInterlaced, bytes);
}

std::string make_grey_png(int width, int height, const std::vector<uint8_t>& pixels) {
  std::vector<uint8_t> copy = pixels;
  return encode_png(width, height, PNG_COLOR_TYPE_GRAY, 8, false, copy);
}

std::string make_jpeg(int width, int height, int components, uint8_t level) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = components;
  info.in_color_space = components == 3 ? JCS_RGB : components == 1 ? JCS_GRAYSCALE : JCS_CMYK;
  jpeg_set_defaults(&info);
  info.write_Adobe_marker = components == 4 ? TRUE : FALSE;
  jpeg_start_compress(&info, TRUE);
  std::vector<uint8_t> row(static_cast<size_t>(width * components), level);
  while (info.next_scanline < info.image_height) {
    JSAMPROW one = row.data();
    jpeg_write_scanlines(&info, &one, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string file(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return file;
}

}  // namespace tridex::test

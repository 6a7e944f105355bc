#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace tridex::models {

/// 8-bit pixels, row-major, channels interleaved.
struct Image {
  int width = 0, height = 0;
  int channels = 3;  ///< 3: RGB; 1: class ids
  std::vector<uint8_t> pixels;
};

/// A JPEG or PNG file, told apart by its first bytes, as RGB: grey is repeated, alpha dropped, 16 bits scaled
/// to 8, CMYK converted, colour profiles and gamma ignored. Error: names the file and what is wrong with it;
/// a file that is cut off or damaged is refused, never filled up with grey.
Image read_image(const std::filesystem::path& file);

/// A PNG file of at most 8 bits of grey or palette index a pixel, as those numbers. Error: as above.
Image read_label_image(const std::filesystem::path& file);

/// RGB as a PNG file's bytes. Error: libpng's reason.
std::vector<uint8_t> encode_png(const Image& image);

/// No image has more pixels than this (a damaged header can promise billions).
constexpr int64_t kMaxImagePixels = int64_t{1} << 26;

// The decoders. `name` is for messages.
Image decode_jpeg(std::span<const uint8_t> bytes, const std::string& name);
enum class PngContent { kColour, kIndex };
Image decode_png(std::span<const uint8_t> bytes, const std::string& name, PngContent content);

}  // namespace tridex::models

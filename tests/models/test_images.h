#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tridex::test {

/// Kinds of PNG files that a reader meets.
enum class PngKind { kRgb, kRgba, kGrey, kGrey16, kPalette, kBits2, kInterlaced };

/// An encoded image of width x height pixels whose samples count up from 0 (modulo what the kind can hold).
std::string make_png(int width, int height, PngKind kind);
/// A PNG of 8-bit grey from these pixels.
std::string make_grey_png(int width, int height, const std::vector<uint8_t>& pixels);
/// A JPEG of RGB (3), grey (1) or Adobe CMYK (4 components) in which every pixel has the value `level`.
std::string make_jpeg(int width, int height, int components, uint8_t level);

}  // namespace tridex::test

#include "models/image.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "support/random.h"
#include "support/temp_folder.h"
#include "test_images.h"

using namespace tridex::models;
using tridex::test::make_jpeg;
using tridex::test::make_png;
using tridex::test::PngKind;
using tridex::test::TempFolder;

namespace {

const TempFolder& folder() {
  static const TempFolder temporary;
  return temporary;
}

Image read(const std::string& content) {
  return read_image(folder().write("image", content));
}

std::string error_of(const std::string& content, bool label = false) {
  const auto file = folder().write("damaged.bin", content);
  try {
    label ? read_label_image(file) : read_image(file);
  } catch (const tridex::Error& error) {
    const std::string text = error.what();
    CHECK(text.find("damaged.bin") != std::string::npos);
    return text;
  }
  return "";
}

}  // namespace

TEST_CASE("image: every kind of PNG becomes RGB") {
  const auto pixels = [](PngKind kind) {
    const Image image = read(make_png(5, 4, kind));
    CHECK(image.width == 5);
    CHECK(image.height == 4);
    CHECK(image.channels == 3);
    REQUIRE(image.pixels.size() == 60);
    return image.pixels;
  };
  for (const PngKind kind : {PngKind::kRgb, PngKind::kInterlaced}) {
    CHECK(pixels(kind)[37] == 37);
  }
  CHECK(pixels(PngKind::kRgba)[3 * 7 + 1] == 4 * 7 + 1);
  CHECK(pixels(PngKind::kGrey)[3 * 7 + 2] == 7);
  CHECK(pixels(PngKind::kGrey16)[3 * 7] == 14);  // sample 0x0e0f
  CHECK(pixels(PngKind::kPalette)[3 * 7 + 2] == 72);
  CHECK(pixels(PngKind::kBits2)[3 * 2] == 170);
}

TEST_CASE("image: label images keep their numbers") {
  const auto label = [](PngKind kind) {
    return read_label_image(folder().write("label", make_png(5, 4, kind)));
  };
  CHECK(label(PngKind::kGrey).pixels[13] == 13);
  CHECK(label(PngKind::kPalette).pixels[13] == 13);
  CHECK(label(PngKind::kBits2).pixels[7] == 2);
  CHECK(label(PngKind::kGrey).channels == 1);
  CHECK_THAT(error_of(make_png(5, 4, PngKind::kRgb), true), Catch::Contains("one channel"));
  CHECK_THAT(error_of(make_png(5, 4, PngKind::kGrey16), true), Catch::Contains("one channel"));
  CHECK_THAT(error_of(make_jpeg(8, 8, 1, 3), true), Catch::Contains("must be a PNG"));
}

TEST_CASE("image: JPEG of colour, grey and CMYK") {
  for (const int components : {1, 3, 4}) {
    CAPTURE(components);
    const Image image = read(make_jpeg(17, 9, components, 100));
    CHECK(image.width == 17);
    CHECK(image.height == 9);
    REQUIRE(image.pixels.size() == 17 * 9 * 3);
    // Adobe's CMYK holds complements: 100 of ink and 100 of black leave 100 * 100 / 255.
    CHECK(std::abs(image.pixels[200] - (components == 4 ? 39 : 100)) <= 1);
  }
}

TEST_CASE("image: what is no image, or a damaged one, is refused") {
  CHECK_THAT(error_of("a text file, not an image\n"), Catch::Contains("neither a JPEG nor a PNG"));
  CHECK_THAT(error_of(""), Catch::Contains("neither a JPEG nor a PNG"));
  CHECK_THROWS_WITH(read_image("/nowhere/a.png"), Catch::Contains("/nowhere/a.png"));
  const std::string png = make_png(40, 30, PngKind::kRgb);
  const std::string jpeg = make_jpeg(64, 64, 3, 90);
  for (size_t length = 8; length < png.size(); length += 7) {
    CHECK_FALSE(error_of(png.substr(0, length)).empty());
  }
  for (size_t length = 3; length + 2 < jpeg.size(); length += 7) {
    CHECK_FALSE(error_of(jpeg.substr(0, length)).empty());
  }
  std::string crc = png;
  crc[crc.size() / 2] = static_cast<char>(crc[crc.size() / 2] ^ 0x10);
  CHECK_FALSE(error_of(crc).empty());
  std::string huge = png;  // width and height of a header that lies (libpng checks its sum first)
  huge.replace(16, 8, std::string("\x00\x00\xff\xff\x00\x00\xff\xff", 8));
  CHECK_FALSE(error_of(huge).empty());
}

TEST_CASE("image: random damage never does worse than an error") {
  tridex::test::Random random("image damage");
  const std::vector<std::string> good = {make_png(20, 10, PngKind::kRgb),
                                         make_png(20, 10, PngKind::kInterlaced), make_jpeg(20, 10, 3, 55),
                                         make_jpeg(20, 10, 4, 55)};
  int refused = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string bad = good[static_cast<size_t>(random.integer(0, 3))];
    for (int changes = random.integer(1, 3); changes > 0; --changes) {
      bad[static_cast<size_t>(random.integer(0, static_cast<int>(bad.size()) - 1))] =
          static_cast<char>(random.integer(0, 255));
    }
    const std::vector<uint8_t> bytes(bad.begin(), bad.end());
    for (const bool jpeg : {false, true}) {
      try {
        jpeg ? decode_jpeg(bytes, "damaged") : decode_png(bytes, "damaged", PngContent::kColour);
      } catch (const tridex::Error& error) {
        ++refused;
        CHECK_THAT(error.what(), Catch::Contains("damaged"));
      }
    }
  }
  CHECK(refused >= 1500);  // a PNG is no JPEG, and the other way
}

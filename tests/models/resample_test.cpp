#include "models/resample.h"

#include <catch2/catch.hpp>

#include "support/data.h"
#include "support/npy.h"
#include "support/random.h"

using namespace tridex::models;

namespace {

Image grey_row(const std::vector<uint8_t>& pixels) {
  return {static_cast<int>(pixels.size()), 1, 1, pixels};
}

}  // namespace

TEST_CASE("resample: the size it has already changes nothing, a flat image stays flat") {
  tridex::test::Random random("resample");
  Image image{23, 17, 3, std::vector<uint8_t>(23 * 17 * 3)};
  for (uint8_t& pixel : image.pixels) {
    pixel = static_cast<uint8_t>(random.integer(0, 255));
  }
  for (const Filter filter : {Filter::kBilinear, Filter::kBicubic}) {
    CHECK(resample(image, 23, 17, filter).pixels == image.pixels);
    for (int round = 0; round < 50; ++round) {
      const auto level = static_cast<uint8_t>(random.integer(0, 255));
      const Image flat{23, 17, 3, std::vector<uint8_t>(23 * 17 * 3, level)};
      const int width = random.integer(1, 60);
      const int height = random.integer(1, 60);
      CHECK(resample(flat, width, height, filter).pixels ==
            std::vector<uint8_t>(static_cast<size_t>(3 * width * height), level));
    }
  }
}

TEST_CASE("resample: rows that can be worked out by hand") {
  // Halving with the widened triangle: weights 1, 3, 3, 1 over the four nearest pixels, renormalised at the
  // edges.
  CHECK(resample(grey_row({0, 0, 200, 200}), 2, 1, Filter::kBilinear).pixels ==
        std::vector<uint8_t>{29, 171});
  // Doubling: three quarters of the nearest and one quarter of the next pixel.
  CHECK(resample(grey_row({0, 100}), 4, 1, Filter::kBilinear).pixels == std::vector<uint8_t>{0, 25, 75, 100});
  // The cubic overshoots and is clamped to 8 bits.
  CHECK(resample(grey_row({0, 0, 255, 255}), 8, 1, Filter::kBicubic).pixels[5] == 255);
}

TEST_CASE("resample: equal to Pillow to the byte") {
  // reference/float: images of CamVid resized by Pillow's bicubic from 480 x 360 to 480 x 352.
  TRIDEX_SHARED_OR_SKIP(shared, "reference/float");
  TRIDEX_SHARED_OR_SKIP(images, "data/camvid/test/image");
  for (const std::string name : {"0001TP_008550", "Seq05VD_f01800"}) {
    CAPTURE(name);
    const auto wanted =
        tridex::test::read_npy<uint8_t>(shared / ("seg_b0_" + name + "_input_u8_hwc.npy"), "|u1");
    const Image resized = resample(read_image(images / (name + ".png")), 480, 352, Filter::kBicubic);
    CHECK(resized.pixels == wanted);
  }
}

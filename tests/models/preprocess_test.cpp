#include "models/preprocess.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace tridex::models;

namespace {

/// Red holds the column, green the row.
Image coordinates(int width, int height) {
  Image image{width, height, 3, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.pixels.insert(image.pixels.end(), {static_cast<uint8_t>(x), static_cast<uint8_t>(y), 0});
    }
  }
  return image;
}

Preprocess plain(Preprocess::Fit fit) {
  Preprocess how;
  how.fit = fit;
  how.divide = 1;
  how.mean = {0, 0, 0};
  how.std = {1, 1, 1};
  return how;
}

}  // namespace

TEST_CASE("preprocess: scale, mean and deviation") {
  const Image image{1, 1, 3, {255, 51, 0}};
  const Activation x = preprocess(image, Preprocess{.fit = Preprocess::Fit::kNone}, {3, 1, 1}, "one");
  CHECK(x.data[0] == Approx((1 - 0.485) / 0.229));
  CHECK(x.data[1] == Approx((0.2 - 0.456) / 0.224));
  CHECK(x.data[2] == Approx((0 - 0.406) / 0.225));
}

TEST_CASE("preprocess: short side and centre crop") {
  Preprocess how = plain(Preprocess::Fit::kShortSide);
  how.short_side = 40;
  // 61 x 40 stays; the margins are 29 and 8, so the crop starts at column 14 and row 4.
  const Activation x = preprocess(coordinates(61, 40), how, {3, 32, 32}, "wide");
  CHECK(x.channel(0)[0] == 14);
  CHECK(x.channel(1)[0] == 4);
  CHECK(x.channel(0)[31] == 45);
  // ceil(32 / 0.95) = 34.
  how.short_side = 0;
  CHECK(preprocess(coordinates(34, 50), how, {3, 32, 32}, "tall").channel(1)[0] == 9);
  how.short_side = 31;
  CHECK_THROWS_WITH(preprocess(coordinates(40, 40), how, {3, 32, 32}, "small"),
                    Catch::Contains("small") && Catch::Contains("31x31"));
  how.short_side = 30000;
  CHECK_THROWS_WITH(preprocess(coordinates(1, 200), how, {3, 32, 32}, "strip"),
                    Catch::Contains("strip: 1x200"));
}

TEST_CASE("preprocess: float upscale as PyTorch's interpolate") {
  Preprocess how = plain(Preprocess::Fit::kExact);
  how.method = Preprocess::Method::kBilinearFloat;
  const Activation x = preprocess(coordinates(4, 2), how, {3, 4, 8}, "up");
  // Half-pixel centres: columns -0.25 (clamped), 0.25, 0.75, ...
  const std::vector<float> columns = {0, 0.25f, 0.75f, 1.25f, 1.75f, 2.25f, 2.75f, 3};
  for (size_t i = 0; i < 8; ++i) {
    CHECK(x.channel(0)[i] == Approx(columns[i]));
    CHECK(x.channel(1)[8 + i] == Approx(0.25));
  }
}

TEST_CASE("preprocess: sizes that do not fit") {
  CHECK_THROWS_WITH(preprocess(coordinates(8, 4), plain(Preprocess::Fit::kNone), {3, 8, 8}, "a.png"),
                    Catch::Contains("a.png") && Catch::Contains("8x4"));
  CHECK_THROWS_WITH(preprocess(coordinates(8, 8), plain(Preprocess::Fit::kNone), {1, 8, 8}, "a.png"),
                    Catch::Contains("3 channels"));
}

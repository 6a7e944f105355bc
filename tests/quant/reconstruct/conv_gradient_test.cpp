#include "quant/reconstruct/conv_gradient.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "models/float_kernels.h"
#include "quant/random_networks.h"

using namespace tridex;
using namespace tridex::quant;

namespace {

struct Case {
  models::ConvAttributes conv;
  models::Shape in, out;
};

Case random_case(test::Random& random) {
  Case c;
  const int groups = static_cast<int>(random.integer(1, 3));
  const bool depthwise = random.coin();
  c.conv.groups = groups;
  const int per_input = depthwise ? 1 : static_cast<int>(random.integer(1, 3));
  const int per_output = depthwise ? 1 : static_cast<int>(random.integer(1, 3));
  c.conv.kernel_h = static_cast<int>(random.integer(1, 4));
  c.conv.kernel_w = static_cast<int>(random.integer(1, 4));
  c.conv.stride = static_cast<int>(random.integer(1, 3));
  for (int* pad : {&c.conv.pad_top, &c.conv.pad_left, &c.conv.pad_bottom, &c.conv.pad_right}) {
    *pad = static_cast<int>(random.integer(0, 3));
  }
  c.in = {groups * per_input, static_cast<int>(random.integer(4, 9)), static_cast<int>(random.integer(4, 9))};
  c.out = {groups * per_output,
           (c.in.h + c.conv.pad_top + c.conv.pad_bottom - c.conv.kernel_h) / c.conv.stride + 1,
           (c.in.w + c.conv.pad_left + c.conv.pad_right - c.conv.kernel_w) / c.conv.stride + 1};
  return c;
}

template <typename T>
Patch<T> random_patch(int channels, const Window& window, test::Random& random) {
  Patch<T> patch;
  patch.resize(channels, window);
  for (T& x : patch.data) {
    x = static_cast<T>(random.normal());
  }
  return patch;
}

std::vector<double> random_numbers(size_t count, test::Random& random) {
  std::vector<double> result(count);
  for (double& x : result) {
    x = random.normal();
  }
  return result;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

size_t weights_of(const Case& c) {
  return static_cast<size_t>(c.out.c * (c.in.c / c.conv.groups) * c.conv.kernel_h * c.conv.kernel_w);
}

}  // namespace

TEST_CASE("the convolution to differentiate is the float reference's", "[reconstruct]") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    test::Random random(seed);
    INFO("seed " << seed);
    const Case c = random_case(random);
    const auto x = random_patch<float>(c.in.c, whole(c.in), random);
    const auto numbers = random_numbers(weights_of(c) + static_cast<size_t>(c.out.c), random);
    const std::vector<float> weights(numbers.begin(), numbers.end() - c.out.c);
    const std::vector<float> bias(numbers.end() - c.out.c, numbers.end());
    Patch<float> y;
    y.resize(c.out.c, whole(c.out));
    conv_forward(c.conv, x, weights.data(), bias.data(), y);
    std::vector<float> expected(y.data.size());
    models::float_conv(c.conv, c.in, x.data.data(), weights.data(), bias.data(), c.out, expected.data());
    for (size_t i = 0; i < expected.size(); ++i) {
      REQUIRE(y.data[i] == Approx(expected[i]).margin(1e-4));
    }
  }
}

// y is linear in x, in the weights and in the bias, so the gradients are those of the definition,
// <g, dy> = <gradient, d>, to rounding.
TEST_CASE("gradients of a convolution are the transposes of its linear maps", "[reconstruct]") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    test::Random random(1000 + seed);
    INFO("seed " << 1000 + seed);
    const Case c = random_case(random);
    // A window of the output, and of the input a window that may be larger than what it reads.
    Window out = whole(c.out);
    if (random.coin()) {
      out.y = static_cast<int>(random.integer(0, c.out.h - 1));
      out.x = static_cast<int>(random.integer(0, c.out.w - 1));
      out.h = static_cast<int>(random.integer(1, c.out.h - out.y));
      out.w = static_cast<int>(random.integer(1, c.out.w - out.x));
    }
    const Window in = random.coin() ? read_window(c.conv, c.in, out) : whole(c.in);
    const auto x = random_patch<double>(c.in.c, in, random);
    const auto dx = random_patch<double>(c.in.c, in, random);
    const auto weights = random_numbers(weights_of(c), random);
    const auto dw = random_numbers(weights_of(c), random);
    const auto db = random_numbers(static_cast<size_t>(c.out.c), random);
    const std::vector<double> none(static_cast<size_t>(c.out.c), 0);
    const auto g = random_patch<double>(c.out.c, out, random);
    std::vector<double> weight_gradient(weights.size(), 0);
    std::vector<double> bias_gradient(none);
    Patch<double> x_gradient = x;
    std::fill(x_gradient.data.begin(), x_gradient.data.end(), 0.0);
    conv_backward(c.conv, x, weights.data(), g, weight_gradient.data(), bias_gradient.data(), &x_gradient);
    Patch<double> y = g;
    conv_forward(c.conv, x, dw.data(), db.data(), y);
    CHECK(dot(g.data, y.data) ==
          Approx(dot(weight_gradient, dw) + dot(bias_gradient, db)).epsilon(1e-10).margin(1e-10));
    conv_forward(c.conv, dx, weights.data(), none.data(), y);
    CHECK(dot(g.data, y.data) == Approx(dot(x_gradient.data, dx.data)).epsilon(1e-10).margin(1e-10));
  }
}

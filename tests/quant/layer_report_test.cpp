#include "quant/layer_report.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "quant/fold.h"
#include "quant/integer_executor.h"
#include "quant/part_readers.h"
#include "support/zoo.h"

using namespace tridex;
using namespace tridex::quant;
using tridex::test::Zoo;

namespace {

struct Reported {
  Zoo zoo;
  std::vector<models::Activation> images;
  IntegerGraph network;
  std::vector<TensorReport> tensors;

  explicit Reported(const Recipe& recipe, unsigned threads = 2) {
    const auto data = zoo.scenes("calib");
    for (size_t i = 0; i < 3; ++i) {
      images.push_back(data->load(i).image);
    }
    network = quantize(zoo.graph, zoo.weights, recipe, images);
    tensors = report_layers(lower(zoo.graph, recipe), fold_batch_norms(zoo.graph, zoo.weights), network,
                            images, threads);
  }
};

Recipe wide() {
  Recipe recipe;
  recipe.weight_bits = recipe.activation_bits = recipe.attention_bits = 16;
  recipe.divisor = Divisor::kExact;
  return recipe;
}

}  // namespace

TEST_CASE("layer report: the last tensor is the logits, as a slow reference compares them") {
  const Reported r{Recipe()};
  const models::FloatExecutor floating(r.zoo.graph, r.zoo.weights);
  const IntegerExecutor integer(r.network);
  double signal = 0, noise = 0, product = 0, power = 0;
  for (const auto& image : r.images) {
    const auto wanted = floating.run(image);
    const auto made =
        dequantize(integer.run(quantize_input(r.network, image)), r.network.node(r.network.output).out);
    for (size_t i = 0; i < wanted.data.size(); ++i) {
      signal += std::pow(wanted.data[i], 2);
      noise += std::pow(wanted.data[i] - made.data[i], 2);
      product += wanted.data[i] * made.data[i];
      power += std::pow(made.data[i], 2);
    }
  }
  const TensorReport& logits = r.tensors.back();
  CHECK(logits.id == r.network.output);
  CHECK(logits.sqnr_db == Approx(10 * std::log10(signal / noise)).margin(0.01));  // batch norms are folded
  CHECK(logits.cosine == Approx(product / std::sqrt(signal * power)).margin(1e-5));
  CHECK(r.tensors.size() == r.network.nodes.size() - 1);
  for (const TensorReport& t : r.tensors) {
    CAPTURE(t.name);
    int64_t floats = 0, codes = 0;
    for (size_t i = 0; i < t.histogram.floats.size(); ++i) {
      floats += t.histogram.floats[i];
      codes += t.histogram.codes[i];
    }
    CHECK(floats == t.shape.elements() * 3);
    CHECK(codes == floats);
    CHECK(t.clipped >= 0);
    CHECK(t.clipped < 0.05);
    CHECK(t.low <= t.high);
    CHECK(t.weight_bits.has_value() == (t.op == std::string("conv")));
  }
}

TEST_CASE("layer report: more bits are nearer, of tensors and of weights") {
  Recipe narrow;
  narrow.weight_bits = 4;
  const Reported four(narrow), sixteen(wide());
  for (size_t i = 0; i < four.tensors.size(); ++i) {
    const TensorReport &a = four.tensors[i], &b = sixteen.tensors[i];
    CAPTURE(a.name);
    REQUIRE(a.name == b.name);
    CHECK(a.sqnr_db < b.sqnr_db);
    if (a.weight_bits) {
      CHECK(*a.weight_bits == 4);
      CHECK(*a.weight_sqnr_db < 30);
      CHECK(*b.weight_sqnr_db > 75);
    }
  }
  CHECK(sixteen.tensors.back().sqnr_db > 45);
}

TEST_CASE("layer report: the number of threads changes nothing") {
  const Reported one(Recipe(), 1), three(Recipe(), 3);
  for (size_t i = 0; i < one.tensors.size(); ++i) {
    CHECK(one.tensors[i].sqnr_db == three.tensors[i].sqnr_db);
    CHECK(one.tensors[i].histogram.codes == three.tensors[i].histogram.codes);
  }
}

TEST_CASE("layer report: q and k that attentions alone read count as they read them, through a ReLU") {
  Recipe recipe;
  recipe.head_scales = true;  // codes for what is not negative alone
  const Reported r(recipe);
  int rectified = 0;
  for (const TensorReport& t : r.tensors) {
    const PartReaders readers = part_readers(r.network, r.network.node(t.id));
    CAPTURE(t.name);
    CHECK(readers.rectify(0) == readers.rectify(1));
    CHECK_FALSE(readers.rectify(2));  // v
    if (readers.rectify(0)) {
      ++rectified;
      CHECK(t.sqnr_db > 15);
      CHECK(t.clipped < 0.05);
    }
  }
  CHECK(rectified == 4);  // the aggregated q, k, v of each attention; a convolution reads the others too
}

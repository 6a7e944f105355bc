#include "explore/search/accuracy_prediction.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "arch/design/design_reader.h"
#include "arch/platform/run.h"
#include "base/error.h"
#include "explore/network.h"
#include "explore/search/search_costs.h"
#include "explore/search/search_front.h"
#include "support/random.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

namespace {

Accuracy top1(double percent, int64_t images) {
  return {"top1", percent, images, "integer"};
}

const std::string kSpace =
    "design: trio_vit_zcu102\nnetworks:\n"
    "  - {model: efficientvit_b0_r64, weights: efficientvit_b0_scenes.safetensors, calib: scenes-calib,\n"
    "     data: scenes-test, images: 20, recipes: [default]}\n"
    "axes:\n  copies: [4, 8]\n";
const std::string kWidths =
    "  recipe.weight_bits: [4, 6, 8]\n  'recipe.activation_bits[*stages.2*]': [6, 8]\n"
    "  recipe.divisor: [log2_paper, exact]\n";
const std::string kWanted = "objectives: [{maximize: fps}, {minimize: dsp}, {maximize: accuracy}]\n";

Search search_of(const std::string& text) {
  const test::TempFolder folder;
  return read_search(folder.write("search.yaml", text));
}

}  // namespace

TEST_CASE("the margin of a prediction is two standard errors of a difference") {
  CHECK(margin_of(50, 10'000) == Approx(200 * std::sqrt(0.5 / 10'000)));
  CHECK(margin_of(100, 10) == Approx(200 * std::sqrt(2 * (11.0 / 12) * (1.0 / 12) / 10)));
  CHECK(margin_of(0, 10) == Approx(margin_of(100, 10)));
}

TEST_CASE("a network is predicted by the last measured one of at most its noise, where accuracies fall") {
  AccuracyRule rule(2.5);
  CHECK_FALSE(rule.most(1).has_value());
  rule.add(0.5, top1(70, 100));
  rule.add(0.25, top1(90, 100));
  rule.add(0.375, top1(80, 100));
  CHECK_FALSE(rule.most(std::nextafter(0.25, 0)).has_value());
  CHECK(rule.most(0.25) == 92.5);
  CHECK(rule.most(std::nextafter(0.375, 0)) == 92.5);
  CHECK(rule.most(0.375) == 82.5);
  CHECK(rule.most(9) == 72.5);
  rule.add(0.625, top1(90, 100));  // better than less noise is: from 0.375 on the mean of three
  CHECK(rule.most(0.25) == 92.5);
  CHECK(rule.most(0.375) == 82.5);
  CHECK(rule.most(9) == 82.5);
  CHECK(rule.fitted(0.625) == 80);
  CHECK(rule.fitted(0.25) == 90);
  CHECK_FALSE(rule.fitted(0).has_value());
}

TEST_CASE("accuracy over noise is the least squares fit that never rises") {
  test::Random random("accuracy_prediction_test");
  for (int round = 0; round < 200; ++round) {
    AccuracyRule rule(0.0);
    std::map<int, std::vector<double>> at;
    const int count = random.integer(1, 12);
    for (int i = 0; i < count; ++i) {
      const int noise = random.integer(0, 9);
      at[noise].push_back(random.integer(0, 20));
      rule.add(noise, top1(at[noise].back(), 100));
    }
    // The fit at i is the least over s <= i of the greatest over t >= i of the mean from s to t.
    for (auto i = at.begin(); i != at.end(); ++i) {
      double least = std::numeric_limits<double>::infinity();
      for (auto s = at.begin(); s != std::next(i); ++s) {
        double sum = 0, number = 0, greatest = 0;
        for (auto t = s; t != at.end(); ++t) {
          sum += std::accumulate(t->second.begin(), t->second.end(), 0.0);
          number += static_cast<double>(t->second.size());
          greatest = t->first >= i->first ? std::max(greatest, sum / number) : greatest;
        }
        least = std::min(least, greatest);
      }
      CHECK(rule.most(i->first).value() == Approx(least).margin(1e-9));
    }
  }
}

TEST_CASE("the margin is two errors of measured accuracies beside the fit, once there are enough") {
  AccuracyRule rule({});
  const auto add = [&](int from, int to, const char* metric) {
    for (int i = from; i < to; ++i) {  // pairs that rise, and a rise: one step
      rule.add(i, {metric, i % 2 == 0 && i < 8 ? 79.0 : 81.0, 100, "integer"});
    }
  };
  add(0, 9, "top1");  // nine accuracies and one step, which takes two: seven to spare
  const double nine = (4 * 79 + 5 * 81) / 9.0;
  CHECK(rule.most(9) == Approx(nine + margin_of(nine, 100)));
  add(9, 10, "top1");
  const double mean = (4 * 79 + 6 * 81) / 10.0;
  const double squares = 4 * (79 - mean) * (79 - mean) + 6 * (81 - mean) * (81 - mean);
  CHECK(rule.most(9) == Approx(mean + 2 * std::sqrt(squares / 8 * (1 + 1 / 10.0))));

  // Of mIoU one image says nothing of the error of all of them.
  rule = AccuracyRule({});
  add(0, 9, "miou");
  CHECK_FALSE(rule.most(9));
  add(9, 10, "miou");
  CHECK(rule.most(9) == Approx(mean + 2 * std::sqrt(squares / 8 * (1 + 1 / 10.0))));

  // Networks that happen to be equal: an image of 100.
  rule = AccuracyRule({});
  for (int i = 0; i < 10; ++i) {
    rule.add(i, top1(80, 100));
  }
  CHECK(rule.most(9) == 81);
}

TEST_CASE("a point that may be as good as one of the front is kept, one a bit worse is left out") {
  const Search search = search_of(kSpace + kWidths + kWanted);
  SearchFront front(search);
  PointRow row;
  row.result = nlohmann::json::parse(R"({"fps": 100, "frames": 1, "cost": {"dsp": 7}})");
  row.accuracy = top1(90, 100);
  front.add(costs_of_row(search, row).costs, row);
  AccuracyRule rule(2.0);
  const auto can_reach = [&](double measured) {
    rule = AccuracyRule(2.0);
    rule.add(1, top1(measured, 100));
    const std::vector<Interval> same{{100, 100}, {7, 7}, {0, 100}};
    return front.can_reach(least_costs(search, same, {0, *rule.most(1)}));
  };
  CHECK(can_reach(88));
  CHECK_FALSE(can_reach(std::nextafter(88, 0) - 1e-12));
}

TEST_CASE("a search predicts accuracy where it is wanted, measured, and widths are its variables") {
  CHECK(search_of(kSpace + kWidths + kWanted).predict);
  CHECK_FALSE(search_of(kSpace + kWidths + kWanted + "predict: false\n").predict);
  CHECK_FALSE(search_of(kSpace + kWidths + kWanted + "bounds: false\n").predict);
  CHECK_FALSE(search_of(kSpace + kWanted).predict);
  const std::string other = "objectives: [{maximize: fps}, {minimize: dsp}]\n";
  CHECK_FALSE(search_of(kSpace + kWidths + other).predict);
  CHECK(search_of(kSpace + kWidths + other + "constraints: [accuracy >= 90]\n").predict);
  CHECK_FALSE(search_of(kSpace + kWidths + kWanted).prediction_margin);
  CHECK(search_of(kSpace + kWidths + kWanted + "prediction_margin: 1.5\n").prediction_margin == 1.5);
  const auto refused = [](const std::string& text, const std::string& message) {
    CHECK_THROWS_WITH(search_of(text), Contains("search.yaml:") && Contains(message));
  };
  refused(kSpace + kWanted + "predict: true\n", "8: predict: cannot be true: no axis is over widths");
  refused(kSpace + kWidths + other + "predict: true\n", "accuracy is neither an objective");
  refused(kSpace + kWidths + kWanted + "bounds: false\npredict: true\n", "bounds is false");
  refused(kSpace + kWidths + kWanted + "predict: perhaps\n", "11: predict");
  refused(kSpace + kWidths + kWanted + "prediction_margin: -1\n", "11: prediction_margin");
  refused(kSpace + kWanted + "prediction_margin: 1\n", "8: prediction_margin: nothing is predicted: no axis");
  refused(kSpace + kWidths + kWanted + "predict: false\nprediction_margin: 1\n",
          "12: prediction_margin: nothing is predicted: predict is false");
  refused(kSpace + kWidths + kWanted + "bounds: false\nprediction_margin: 1\n",
          "nothing is predicted: bounds");
  refused(kSpace + kWidths + kWanted + "prediction_margn: 1\n", "prediction_margin");
}

TEST_CASE("noise is the sum of what layers make at their widths, as recipes resolve them") {
  const Search search = search_of(kSpace + kWidths + kWanted);
  SearchSpace space(search.sweep);
  CHECK(space.network_count() == 12);
  SearchNetworks& networks = space.networks();
  const Choice first{0, 0, 2, 1, 0};  // 8 bits, log2_paper
  const auto lowered = [&](const Choice& choice) {
    const size_t network = space.network(choice);
    return quant::lower(networks.graph(network), networks.variants()[network].recipe);
  };
  std::vector<quant::Lowered> steps;
  size_t others = 0;
  for (const size_t step : space.network_steps(first)) {
    if (networks.base_of(step) == networks.base_of(space.network(first))) {
      steps.push_back(quant::lower(networks.graph(step), networks.variants()[step].recipe));
    } else {
      ++others;
    }
  }
  CHECK(others == 1);  // the other divisor
  WidthNoise noise(steps);
  CHECK(noise.bits() == std::vector<int>{4, 6, 8});
  CHECK_FALSE(noise.only_weights());
  // A layer's weights make 100, 10 and 1 at 4, 6 and 8 bits, its output a thousandth of it.
  const quant::Lowered eight = lowered(first);
  std::vector<SensitivityLine> lines;
  size_t convolutions = 0, outputs = 0, narrowed = 0;
  const quant::Lowered narrow = lowered({0, 0, 2, 0, 0});
  for (const int id : quant::sensitive_layers(eight)) {
    const quant::IntNode& node = eight.graph.node(id);
    const bool weighs = node.op == quant::IntOp::kConv;
    convolutions += weighs ? 1 : 0;
    outputs += node.out.bits == 8 ? 1 : 0;
    narrowed += node.out.bits != narrow.graph.node(id).out.bits ? 1 : 0;
    for (const auto& [bits, made] : {std::pair(4, 100.0), {6, 10.0}, {8, 1.0}}) {
      SensitivityLine line{node.name, "", bits, {}, quant::LogitNoise{made / 1000, 0}, {}};
      if (weighs) {
        line.weights = quant::LogitNoise{made, 0};
      }
      lines.push_back(line);
    }
  }
  REQUIRE(narrowed > 0);
  REQUIRE(narrowed < outputs);
  noise.measured(lines);
  const auto c = static_cast<double>(convolutions), a = static_cast<double>(outputs),
             n = static_cast<double>(narrowed);
  CHECK(noise.of(eight.graph) == Approx(c + a / 1000));
  CHECK(noise.of(lowered({0, 0, 0, 1, 0}).graph) == Approx(100 * c + a / 1000));
  CHECK(noise.of(narrow.graph) == Approx(c + (a - n) / 1000 + n / 100));
  quant::IntegerGraph unknown = eight.graph;
  for (quant::IntNode& node : unknown.nodes) {
    node.weight_bits = node.op == quant::IntOp::kConv ? 5 : node.weight_bits;
  }
  CHECK_FALSE(noise.of(unknown).has_value());
}

TEST_CASE("a measured layer comes back from its JSON, infinite noise too") {
  const double infinite = std::numeric_limits<double>::infinity();
  const SensitivityLine line{
      "head", "conv", 3, quant::LogitNoise{0.25, 0.5}, quant::LogitNoise{infinite, infinite}, {}};
  const SensitivityLine back = sensitivity_line(nlohmann::json::parse(to_json(line).dump()));
  CHECK(back.layer == "head");
  CHECK(back.op == "conv");
  CHECK(back.bits == 3);
  CHECK(back.weights->relative == 0.25);
  CHECK(back.weights->kl == 0.5);
  CHECK(back.activations->relative == infinite);
  CHECK(back.activations->kl == infinite);
  CHECK_FALSE(back.both);
}

TEST_CASE("the bound of a network that is not made is that of the quantized one") {
  const Search search =
      search_of(kSpace + kWidths +
                "  recipe.calibration_images: [2]\n  recipe.power_of_two_scales: [false, true]\n"
                "  recipe.weight_zero_point: [false, true]\n"
                // What only changes the values of weights takes most of the time.
                "  recipe.gptq: [false]\n  recipe.lattice: [false]\n  recipe.compensation: [false]\n"
                "  recipe.polish_sweeps: [0]\n  recipe.hessian_scales: [false]\n" +
                kWanted);
  SearchSpace space(search.sweep);
  SearchNetworks& networks = space.networks();
  const test::TempFolder folder;
  arch::RunOptions options;
  options.fidelity = arch::Fidelity::kAnalytic;
  for (const Choice& choice :
       {Choice{0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, Choice{0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0},
        Choice{0, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0}}) {
    const size_t n = space.network(choice);
    const NetworkVariant& variant = networks.variants()[n];
    const auto made = cache_network(variant, folder.path(), 0, {});
    const quant::IntegerGraph quantized = quant::load_network(made.file);
    const quant::IntegerGraph shapes = quant::shape_only(networks.graph(n), variant.recipe);
    CHECK(shapes.hash() != quantized.hash());
    const arch::DesignPoint design = *space.design(choice).design;
    CHECK(to_json(arch::run(design, shapes, options).result) ==
          to_json(arch::run(design, quantized, options).result));
  }
}

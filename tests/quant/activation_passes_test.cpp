// Passes that choose scales and zero points: never worse than what they replace, and beside brute force.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "base/registry.h"
#include "quant/activation_pass.h"
#include "quant/block_search.h"
#include "quant/bounds.h"
#include "quant/fold.h"
#include "quant/lowering.h"
#include "random_networks.h"

using namespace tridex;
using namespace tridex::quant;
using tridex::test::Random;

namespace {

/// Channels with ranges and centres of their own and long tails.
std::vector<models::Activation> random_tensors(const Shape& shape, Random& random) {
  std::vector<models::Activation> result(3,
                                         {shape, std::vector<float>(static_cast<size_t>(shape.elements()))});
  for (int c = 0; c < shape.c; ++c) {
    const float spread = std::exp(random.normal());
    const float centre = 3 * random.normal();
    for (models::Activation& tensor : result) {
      for (int64_t p = 0; p < shape.pixels(); ++p) {
        const float x = random.normal();
        tensor.channel(c)[p] = centre + spread * x * std::abs(x);
      }
    }
  }
  return result;
}

double squared_error(const std::vector<models::Activation>& tensors, int channel, double scale, double zero,
                     int bits, double floor = -std::numeric_limits<double>::infinity()) {
  const double codes = std::ldexp(1.0, bits) - 1;
  double error = 0;
  for (const models::Activation& tensor : tensors) {
    for (int64_t p = 0; p < tensor.shape.pixels(); ++p) {
      const double x = std::max(double{tensor.channel(channel)[p]}, floor);
      const double q = std::clamp(std::nearbyint(x / scale + zero), 0.0, codes);
      error += (scale * (q - zero) - x) * (scale * (q - zero) - x);
    }
  }
  return error;
}

double error_of_range(const std::vector<models::Activation>& tensors, int channel, double low, double high,
                      int bits) {
  const double scale = (high - low) / (std::ldexp(1.0, bits) - 1);
  return squared_error(tensors, channel, scale, -low / scale, bits);
}

const std::function<const std::vector<float>&(const IntNode&)> kNoWeights =
    [](const IntNode&) -> const std::vector<float>& { throw std::logic_error("no weights are asked for"); };

Recipe with(const std::string& pass) {
  Recipe recipe;
  recipe.migration = recipe.shift = recipe.residual_scales = false;
  recipe.depthwise_scales = pass == "depthwise";
  recipe.residual_scales = pass == "residual";
  recipe.head_scales = pass == "heads";
  recipe.norm_scales = pass == "norm";
  recipe.shift = pass == "shift";
  recipe.migration = pass == "migration";
  recipe.pointwise_migration = pass == "pointwise" ? Recipe::kSearchExponent : 0;
  recipe.divisor = Divisor::kUniform;
  return recipe;
}

}  // namespace

TEST_CASE("maps per channel or head: no larger error than one range for the tensor", "[activations]") {
  constexpr int kBits = 5;
  for (const std::string name : {"depthwise", "residual", "heads", "shift"}) {
    const Recipe recipe = with(name);
    const Lowered lowered = lower(test::tiny_network(), recipe);
    const auto pass = Registry<ActivationPass>::make(name, "activation pass");
    int places = 0;
    for (const IntNode& node : lowered.graph.nodes) {
      if (!pass->applies(lowered.graph, node, recipe) || node.op == IntOp::kMatMulTokens ||
          node.op == IntOp::kTokenSum || node.op == IntOp::kMatMulHeads) {
        continue;  // products keep the zero point 0: another comparison
      }
      ++places;
      for (uint64_t seed = 1; seed <= 10; ++seed) {
        INFO(name << " at " << node.name << ", seed " << seed);
        Random random(seed);
        const auto tensors = random_tensors(node.shape, random);
        const ChannelStatistics statistics = channel_statistics(tensors, 0, 1);
        const auto channels = static_cast<size_t>(node.shape.c);
        ChannelMap map{std::vector<double>(channels, 1), std::vector<double>(channels, 0), {}, 0};
        pass->apply({lowered.graph, node, statistics, recipe, kNoWeights}, map);
        double low = 0;
        double high = 0;
        double reach = 0;
        for (size_t c = 0; c < channels; ++c) {
          low = std::min(low, double{statistics.low[c]});
          high = std::max(high, double{statistics.high[c]});
          const double floor = map.floor.empty() ? statistics.low[c] : map.floor[c];
          reach = std::max({reach, (statistics.high[c] - map.centre[c]) / map.scale[c],
                            (map.centre[c] - std::max(double{statistics.low[c]}, floor)) / map.scale[c]});
        }
        const double step = (high - low) / (std::ldexp(1.0, kBits) - 1);
        for (size_t c = 0; c < channels; ++c) {
          // Half a step is the largest error that a range without clipping allows.
          const double mapped_step = 2 * reach * map.scale[c] / (std::ldexp(1.0, kBits) - 1);
          REQUIRE(mapped_step <= step * (1 + 1e-6));
        }
      }
    }
    INFO(name);
    CHECK(places > 0);
  }
}

TEST_CASE("channel ranges: near the best pair of ends by brute force, never worse than the extremes",
          "[activations]") {
  for (const int bits : {3, 4, 6}) {
    for (uint64_t seed = 1; seed <= 12; ++seed) {
      INFO(bits << " bits, seed " << seed);
      Random random(seed);
      const auto tensors = random_tensors({2, 12, 12}, random);
      const ChannelStatistics found = channel_statistics(tensors, bits, 1);
      for (int c = 0; c < 2; ++c) {
        const auto i = static_cast<size_t>(c);
        const double low = found.low[i];
        const double high = found.high[i];
        const double here = error_of_range(tensors, c, found.clip_low[i], found.clip_high[i], bits);
        double least = std::numeric_limits<double>::infinity();
        for (int a = 0; a < 40; ++a) {
          for (int b = 0; a + b < 40; ++b) {
            const double step = (high - low) / 40;
            least = std::min(least, error_of_range(tensors, c, low + a * step, high - b * step, bits));
          }
        }
        // The search takes errors inside the range as uniform, which few values at 3 bits are not quite.
        CHECK(here <= 1.35 * least);
        CHECK(here <= 1.02 * error_of_range(tensors, c, low, high, bits));
      }
    }
  }
}

TEST_CASE("statistics: who holds an extreme, and what lies beyond a range", "[activations]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    auto tensors = random_tensors({3, 4, 4}, random);
    tensors.resize(static_cast<size_t>(random.integer(1, 3)));
    const ChannelStatistics s = channel_statistics(tensors, 0, 1);
    for (size_t c = 0; c < 3; ++c) {
      float low = std::numeric_limits<float>::infinity();
      float high = -low;
      for (size_t image = 0; image < tensors.size(); ++image) {
        const float* values = tensors[image].channel(static_cast<int>(c));
        const auto [a, b] = std::minmax_element(values, values + 16);
        low = image == s.lowest[c].image ? low : std::min(low, *a);
        high = image == s.highest[c].image ? high : std::max(high, *b);
        CHECK((*a != s.low[c] || image == s.lowest[c].image));
        CHECK((*b != s.high[c] || image == s.highest[c].image));
        double sum = 0;
        for (int p = 0; p < 16; ++p) {
          sum += values[p] < -0.5  ? std::pow(values[p] + 0.5, 2)
                 : values[p] > 0.7 ? std::pow(values[p] - 0.7, 2)
                                   : 0;
        }
        CHECK(s.excess(c, image, -0.5, 0.7) == Approx(sum));
      }
      CHECK(s.lowest[c].others == low);
      CHECK(s.highest[c].others == high);
    }
  }
}

namespace {

/// What reads the tensor, through casts.
std::vector<Reader> final_readers(const IntegerGraph& graph, const IntNode& node) {
  std::vector<Reader> result;
  for (const Reader& reader : readers_of(graph, node)) {
    const bool cast = reader.node->op == IntOp::kAdd && reader.node->inputs.size() == 1;
    for (const Reader& behind : cast ? final_readers(graph, *reader.node) : std::vector<Reader>{reader}) {
      result.push_back(behind);
    }
  }
  return result;
}

/// The expected noise of channel_exponent.h from the values themselves, each image left out in turn.
class LiteralNoise {
 public:
  LiteralNoise(const Lowered& lowered, const IntNode& node, const std::vector<models::Activation>& images,
               double least_share, bool headroom, const std::map<int, std::vector<float>>& weights)
      : graph_(lowered.graph),
        node_(node),
        images_(images),
        least_share_(least_share),
        headroom_(headroom),
        weights_(weights) {
    for (int c = 0; c < node.shape.c; ++c) {
      widest_ = std::max(widest_, half(range(c, kNone)));
    }
  }
  static constexpr size_t kNone = 99;
  using Ends = std::pair<double, double>;
  static double half(const Ends& ends) { return (ends.second - ends.first) / 2; }
  static double centre(const Ends& ends) { return (ends.second + ends.first) / 2; }
  [[nodiscard]] double share(int c, size_t without) const {
    return widest_ > 0 ? std::max(half(range(c, without)) / widest_, least_share_) : 1;
  }
  [[nodiscard]] Ends range(int c, size_t without) const {
    Ends ends{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    for (size_t image = 0; image < images_.size(); ++image) {
      for (int64_t p = 0; image != without && p < node_.shape.pixels(); ++p) {
        ends.first = std::min(ends.first, double{images_[image].channel(c)[p]});
        ends.second = std::max(ends.second, double{images_[image].channel(c)[p]});
      }
    }
    return read_by_padded_conv(graph_, node_) ? Ends{std::min(ends.first, 0.0), std::max(ends.second, 0.0)}
                                              : ends;
  }
  [[nodiscard]] double operator()(double alpha) const {
    double sum = 0;
    for (const Reader& reader : final_readers(graph_, node_)) {
      const bool conv = reader.node->op == IntOp::kConv && reader.input == 0;
      for (int c = 0; c < node_.shape.c; ++c) {
        sum += error(c, alpha) * (conv ? energy(*reader.node, c + reader.first_channel) : 1);
      }
      for (int o = 0; conv && !reader.node->depthwise() && o < reader.node->shape.c; ++o) {
        sum += weight_noise(reader, o, alpha);
      }
    }
    return sum;
  }

 private:
  [[nodiscard]] double error(int c, double alpha) const {
    double beyond = 0;
    double count = 0;
    for (size_t image = 0; image < images_.size(); ++image) {
      const Ends others = range(c, image);
      for (int64_t p = 0; p < node_.shape.pixels(); ++p, ++count) {
        const double distance = std::abs(images_[image].channel(c)[p] - centre(others)) -
                                widest_ * std::pow(share(c, image), alpha);
        beyond += distance > 0 && headroom_ && images_.size() > 1 ? distance * distance : 0;
      }
    }
    const double step =
        2 * widest_ / (std::ldexp(1.0, node_.out.bits) - 1) * std::pow(share(c, kNone), alpha);
    return step * step / 12 + beyond / count;
  }
  /// Visits the weights of output o that meet input channel c.
  template <typename Visit>
  void taps_of(const IntNode& conv, int o, int c, const Visit& visit) const {
    const std::vector<float>& w = weights_.at(conv.id);
    const int taps = conv.conv.kernel_h * conv.conv.kernel_w;
    const int in_group = static_cast<int>(w.size()) / conv.shape.c / taps;
    const int first = o / (conv.shape.c / conv.conv.groups) * in_group;
    for (int t = 0; c >= first && c < first + in_group && t < taps; ++t) {
      visit(double{w[static_cast<size_t>((o * in_group + c - first) * taps + t)]});
    }
  }
  [[nodiscard]] double energy(const IntNode& conv, int c) const {
    double sum = 0;
    for (int o = 0; o < conv.shape.c; ++o) {
      taps_of(conv, o, c, [&](double w) { sum += w * w; });
    }
    return sum;
  }
  [[nodiscard]] double weight_noise(const Reader& reader, int o, double alpha) const {
    double largest = 0;
    double energy = 0;
    for (int c = 0; c < node_.shape.c; ++c) {
      double mean = 0;
      double square = 0;
      double count = 0;
      for (const models::Activation& image : images_) {
        for (int64_t p = 0; p < node_.shape.pixels(); ++p, ++count) {
          mean += image.channel(c)[p];
          square += std::pow(image.channel(c)[p], 2);
        }
      }
      const double m = std::pow(share(c, kNone), alpha);
      taps_of(*reader.node, o, c + reader.first_channel, [&](double w) {
        largest = std::max(largest, std::abs(w) * m);
        energy += (square / count - std::pow(mean / count, 2)) / (m * m);
      });
    }
    return std::pow(largest / (std::ldexp(1.0, reader.node->weight_bits - 1) - 1), 2) * energy / 12;
  }

  const IntegerGraph& graph_;
  const IntNode& node_;
  const std::vector<models::Activation>& images_;
  double least_share_;
  bool headroom_;
  const std::map<int, std::vector<float>>& weights_;
  double widest_ = 0;
};

}  // namespace

TEST_CASE("scales per channel: the exponent with the least expected noise by brute force", "[activations]") {
  std::map<std::string, int> places;
  std::map<std::string, int> smaller;  // exponents with headroom than without
  for (const std::string name : {"depthwise", "residual", "wide residual", "pointwise"}) {
    Recipe recipe = with(name == "wide residual" ? "residual" : name);
    recipe.residual_bits = name == "wide residual" ? std::optional(10) : std::nullopt;
    const auto pass =
        Registry<ActivationPass>::make(name == "wide residual" ? "residual" : name, "activation pass");
    const Lowered lowered = lower(test::tiny_network(), recipe);
    for (const IntNode& node : lowered.graph.nodes) {
      if (!pass->applies(lowered.graph, node, recipe)) {
        continue;
      }
      ++places[name];
      for (uint64_t seed = 1; seed <= 4; ++seed) {
        INFO(name << " at " << node.name << ", seed " << seed);
        Random random(seed);
        auto images = random_tensors(node.shape, random);
        for (int64_t p = 0; p < node.shape.pixels(); ++p) {  // one image that is unlike the others
          images[1].channel(0)[p] *= 3;
        }
        images.resize(seed == 4 ? 1 : 3);
        std::map<int, std::vector<float>> weights;
        for (const IntNode& conv : lowered.graph.nodes) {
          if (conv.op == IntOp::kConv) {
            const auto count = conv.shape.c * lowered.graph.node(conv.inputs[0]).shape.c / conv.conv.groups *
                               conv.conv.kernel_h * conv.conv.kernel_w;
            weights[conv.id].resize(static_cast<size_t>(count));
            std::generate(weights[conv.id].begin(), weights[conv.id].end(), [&] { return random.normal(); });
          }
        }
        const std::function<const std::vector<float>&(const IntNode&)> look_up =
            [&](const IntNode& conv) -> const std::vector<float>& { return weights.at(conv.id); };
        const ChannelStatistics s = channel_statistics(images, 0, 1);
        const auto channels = static_cast<size_t>(node.shape.c);
        std::map<bool, double> chosen;
        for (const bool headroom : {false, true}) {
          recipe.headroom = headroom;
          ChannelMap map{std::vector<double>(channels, 1), std::vector<double>(channels, 0), {}, 0};
          pass->apply({lowered.graph, node, s, recipe, look_up}, map);
          const LiteralNoise noise(lowered, node, images, name == "pointwise" ? 1.0 / 64 : 1.0 / 256,
                                   headroom, weights);
          const auto follows = [&](double alpha) {
            for (int c = 0; c < node.shape.c; ++c) {
              const auto i = static_cast<size_t>(c);
              if (std::abs(map.scale[i] - std::pow(noise.share(c, LiteralNoise::kNone), alpha)) > 1e-6 ||
                  std::abs(map.centre[i] - LiteralNoise::centre(noise.range(c, LiteralNoise::kNone))) >
                      1e-5) {
                return false;
              }
            }
            return true;
          };
          chosen[headroom] = -1;
          double least = std::numeric_limits<double>::infinity();
          for (int i = 0; i <= 10; ++i) {
            least = std::min(least, noise(i / 10.0));
            chosen[headroom] = follows(i / 10.0) ? i / 10.0 : chosen[headroom];
          }
          REQUIRE(chosen[headroom] >= 0);
          if (headroom || name == "pointwise") {
            CHECK(noise(chosen[headroom]) <= least * (1 + 1e-6));
          } else {
            CHECK(chosen[headroom] == 1);
          }
        }
        smaller[name] += chosen[true] < chosen[false] ? 1 : 0;
      }
    }
  }
  for (const std::string name : {"depthwise", "residual", "wide residual", "pointwise"}) {
    INFO(name);
    CHECK(places[name] > 0);
    CHECK(smaller[name] > 0);
  }
}

TEST_CASE("scales per channel: a tensor of zeros, clipped ranges", "[activations]") {
  Recipe recipe = with("residual");
  recipe.headroom = true;
  const Lowered lowered = lower(test::tiny_network(), recipe);
  const auto pass = Registry<ActivationPass>::make("residual", "activation pass");
  const std::vector<float> weights(24 * 8, 1);
  const std::function<const std::vector<float>&(const IntNode&)> ones =
      [&](const IntNode&) -> const std::vector<float>& { return weights; };
  const auto node = std::find_if(lowered.graph.nodes.begin(), lowered.graph.nodes.end(),
                                 [](const IntNode& n) { return n.name == "mb"; });
  REQUIRE(node != lowered.graph.nodes.end());
  const size_t channels = 8;
  std::vector<models::Activation> images(
      2, {node->shape, std::vector<float>(static_cast<size_t>(node->shape.elements()))});
  const auto map_of = [&](int clip_bits) {
    const ChannelStatistics s = channel_statistics(images, clip_bits, 1);
    ChannelMap map{std::vector<double>(channels, 1), std::vector<double>(channels, 0), {}, 0};
    pass->apply({lowered.graph, *node, s, recipe, ones}, map);
    return map;
  };
  CHECK(map_of(0).scale == std::vector<double>(channels, 1));
  CHECK(map_of(0).reach == 0);
  // Half of what a channel's clipped range covers, in units of its scale, is what the widest needs.
  Random random(3);
  images = random_tensors(node->shape, random);
  recipe.headroom = false;
  const ChannelStatistics s = channel_statistics(images, 4, 1);
  double widest = 0;
  for (size_t c = 0; c < channels; ++c) {
    widest = std::max(widest, (double{s.clip_high[c]} - s.clip_low[c]) / 2);
  }
  CHECK(map_of(4).reach == Approx(widest));
}

TEST_CASE("block search: the candidate that is nearest at the end of the block, the first of equals",
          "[activations]") {
  const models::Graph graph = test::tiny_network();
  const models::Weights weights = models::random_weights(graph, 3);
  const Lowered lowered = lower(graph, {});
  Random random(5);
  std::vector<models::Activation> images = random_tensors(graph.node(graph.input).shape, random);
  FloatFollower network(lowered, fold_batch_norms(graph, weights), images, 1);
  const std::vector<double> amplitudes = {0.5, 0.1, 0.02, 0.02, 0.3};
  int searched = 0;
  for (int id = 1; id < static_cast<int>(lowered.graph.nodes.size()); ++id) {
    network.advance(id);
    const auto noisy = [&](size_t candidate, size_t image) {
      models::Activation tensor = network.tensor(id, image);
      for (size_t k = 0; k < tensor.data.size(); ++k) {
        tensor.data[k] *= static_cast<float>(1 + amplitudes[candidate] * (k % 2 == 0 ? 1 : -1));
      }
      return tensor;
    };
    const size_t best = search_block(network, lowered.graph, id, amplitudes.size(), {0, 2}, noisy, 1);
    if (judged_at(lowered.graph, id) != id) {
      INFO(lowered.graph.node(id).name);
      ++searched;
      CHECK((best == 2 || best == 0));  // 0: nothing there depends on it
    } else {
      CHECK(best == 0);
    }
    network.release(id);
  }
  CHECK(searched > 3);
}

TEST_CASE("every activation pass has a file of its own", "[activations]") {
  CHECK(Registry<ActivationPass>::names() == std::vector<std::string>{"depthwise", "heads", "migration",
                                                                      "norm", "pointwise", "residual",
                                                                      "shift"});
}

namespace {

/// Mean squared error of a normal value on 2^bits codes from -end to end, by summing over a fine grid.
double normal_error(double end, int bits) {
  constexpr double kStep = 1e-3;
  const double step = 2 * end / (std::ldexp(1.0, bits) - 1);
  double error = 0;
  for (double x = kStep / 2; x < 8; x += kStep) {
    const double excess = x > end ? (x - end) * (x - end) : step * step / 12;
    error += 2 * excess * std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi) * kStep;
  }
  return error;
}

}  // namespace

TEST_CASE(
    "norm: whole multipliers, a step for each channel, the range with the least error of a normal value",
    "[activations]") {
  const models::Graph network = test::tiny_network();
  const auto pass = Registry<ActivationPass>::make("norm", "activation pass");
  for (const int bits : {3, 4, 6, 8, 10}) {
    Recipe recipe = with("norm");
    recipe.activation_bits = bits;
    const Lowered lowered = lower(network, recipe);
    int places = 0;
    for (const IntNode& node : lowered.graph.nodes) {
      if (!pass->applies(lowered.graph, node, recipe)) {
        continue;
      }
      ++places;
      INFO(node.name << ", " << bits << " bits");
      REQUIRE(node.name == "fc1");
      Random random(static_cast<uint64_t>(bits));
      const auto tensors = random_tensors(node.shape, random);
      const ChannelStatistics statistics = channel_statistics(tensors, 0, 1);
      const auto channels = static_cast<size_t>(node.shape.c);
      ChannelMap map{std::vector<double>(channels, 1), std::vector<double>(channels, 0), {}, 0};
      pass->apply({lowered.graph, node, statistics, recipe, kNoWeights}, map);
      Quantizer quantizer{bits, false, map.scale, std::vector<int32_t>(channels)};
      for (double& scale : quantizer.scale) {
        scale *= 0.37;
      }
      const NormMultipliers found = norm_multipliers(quantizer);
      REQUIRE(found.mult.size() == channels);
      CHECK(*std::max_element(found.mult.begin(), found.mult.end()) == norm_multiplier_limit(bits));
      const double widest =
          std::sqrt(*std::max_element(statistics.variance.begin(), statistics.variance.end()));
      const double end = map.reach / widest;
      for (size_t c = 0; c < channels; ++c) {
        CHECK(map.centre[c] == statistics.mean[c]);
        // No channel ends before `end` of its deviations, none one multiplier later than it has to.
        const double own = std::sqrt(statistics.variance[c]) / widest;
        CHECK(map.scale[c] >= own * (1 - 1e-12));
        CHECK(map.scale[c] <= own + 1.0 / norm_multiplier_limit(bits));
      }
      double least = std::numeric_limits<double>::infinity();
      for (double other = 1; other < 6; other += 0.05) {
        least = std::min(least, normal_error(other, bits));
      }
      CHECK(normal_error(end, bits) <= least * 1.001);
    }
    CHECK(places == 1);
  }
}

TEST_CASE("norm: less noise than one range on channels of different widths", "[activations]") {
  constexpr int kBits = 6;
  Recipe recipe = with("norm");
  recipe.activation_bits = kBits;
  const Lowered lowered = lower(test::tiny_network(), recipe);
  const auto pass = Registry<ActivationPass>::make("norm", "activation pass");
  const IntNode* fc1 = nullptr;
  for (const IntNode& node : lowered.graph.nodes) {
    fc1 = node.name == "fc1" ? &node : fc1;
  }
  REQUIRE(fc1 != nullptr);
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    std::vector<models::Activation> tensors(
        400, {fc1->shape, std::vector<float>(static_cast<size_t>(fc1->shape.elements()))});
    for (int c = 0; c < fc1->shape.c; ++c) {
      const float spread = std::exp(random.normal());
      const float centre = 3 * random.normal();
      for (models::Activation& tensor : tensors) {
        *tensor.channel(c) = centre + spread * random.normal();
      }
    }
    const ChannelStatistics statistics = channel_statistics(tensors, 0, 1);
    const auto channels = static_cast<size_t>(fc1->shape.c);
    ChannelMap map{std::vector<double>(channels, 1), std::vector<double>(channels, 0), {}, 0};
    pass->apply({lowered.graph, *fc1, statistics, recipe, kNoWeights}, map);
    const double low = *std::min_element(statistics.low.begin(), statistics.low.end());
    const double high = *std::max_element(statistics.high.begin(), statistics.high.end());
    const double codes = std::ldexp(1.0, kBits) - 1;
    double with_map = 0;
    double with_one_range = 0;
    for (int c = 0; c < fc1->shape.c; ++c) {
      const auto i = static_cast<size_t>(c);
      const double step = 2 * map.reach * map.scale[i] / codes;
      with_map += squared_error(tensors, c, step, (map.reach * map.scale[i] - map.centre[i]) / step, kBits);
      with_one_range += squared_error(tensors, c, (high - low) / codes, -low * codes / (high - low), kBits);
    }
    CHECK(with_map < with_one_range);
  }
}

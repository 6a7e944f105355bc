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

TEST_CASE("pointwise migration: the exponent with the least expected noise, by the formula of its header",
          "[activations]") {
  const Recipe recipe = with("pointwise");
  const Lowered lowered = lower(test::tiny_network(), recipe);
  const auto pass = Registry<ActivationPass>::make("pointwise", "activation pass");
  int places = 0;
  for (const IntNode& node : lowered.graph.nodes) {
    const std::vector<Reader> readers = readers_of(lowered.graph, node);
    if (!pass->applies(lowered.graph, node, recipe) || readers.size() != 1 ||
        readers[0].node->op != IntOp::kConv || readers[0].node->conv.groups != 1 ||
        readers[0].node->conv.kernel_h != 1 || readers[0].first_channel != 0 ||
        lowered.graph.node(readers[0].node->inputs[0]).id != node.id) {
      continue;
    }
    ++places;
    const IntNode& reader = *readers[0].node;
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      INFO(node.name << ", seed " << seed);
      Random random(seed);
      const auto tensors = random_tensors(node.shape, random);
      const ChannelStatistics s = channel_statistics(tensors, 0, 1);
      const auto channels = static_cast<size_t>(node.shape.c);
      std::vector<float> w(channels * static_cast<size_t>(reader.shape.c));
      for (float& value : w) {
        value = random.normal();
      }
      const std::function<const std::vector<float>&(const IntNode&)> weights =
          [&](const IntNode&) -> const std::vector<float>& { return w; };
      ChannelMap map{std::vector<double>(channels, 1), std::vector<double>(channels, 0), {}, 0};
      pass->apply({lowered.graph, node, s, recipe, weights}, map);
      double widest = 0;
      for (size_t c = 0; c < channels; ++c) {
        widest = std::max(widest, (double{s.high[c]} - s.low[c]) / 2);
      }
      std::vector<double> half(channels);
      for (size_t c = 0; c < channels; ++c) {
        half[c] = std::max((double{s.high[c]} - s.low[c]) / 2 / widest, 1.0 / 64);
      }
      const auto noise = [&](const std::vector<double>& m) {
        double step = 0;
        for (size_t c = 0; c < channels; ++c) {
          step = std::max(step, 2 * widest * half[c] / m[c] / (std::ldexp(1.0, node.out.bits) - 1));
        }
        double sum = 0;
        for (size_t o = 0; o < static_cast<size_t>(reader.shape.c); ++o) {
          double largest = 0;
          double energy = 0;
          for (size_t c = 0; c < channels; ++c) {
            const double weight = std::abs(w[o * channels + c]);
            largest = std::max(largest, weight * m[c]);
            energy += s.variance[c] / (m[c] * m[c]);
            sum += std::pow(step * m[c] * weight, 2) / 12;
          }
          sum += std::pow(largest / (std::ldexp(1.0, reader.weight_bits - 1) - 1), 2) / 12 * energy;
        }
        return sum;
      };
      for (int i = 0; i <= 10; ++i) {
        std::vector<double> other(channels);
        std::transform(half.begin(), half.end(), other.begin(),
                       [&](double h) { return std::pow(h, i / 10.0); });
        REQUIRE(noise(map.scale) <= noise(other) * (1 + 1e-6));
      }
    }
  }
  CHECK(places > 0);
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
          sum += values[p] < -0.5 ? std::pow(values[p] + 0.5, 2) : values[p] > 0.7 ? std::pow(values[p] - 0.7, 2) : 0;
        }
        CHECK(s.excess(c, image, -0.5, 0.7) == Approx(sum));
      }
      CHECK(s.lowest[c].others == low);
      CHECK(s.highest[c].others == high);
    }
  }
}

TEST_CASE("headroom: the exponent with the least noise when each image in turn was not seen, by brute force",
          "[activations]") {
  std::map<std::string, int> places;
  std::map<std::string, int> smaller;  // than without headroom
  for (const std::string name : {"depthwise", "residual", "pointwise"}) {
    Recipe recipe = with(name);
    const Lowered lowered = lower(test::tiny_network(), recipe);
    const auto pass = Registry<ActivationPass>::make(name, "activation pass");
    for (const IntNode& node : lowered.graph.nodes) {
      const std::vector<Reader> readers = readers_of(lowered.graph, node);
      const auto conv = std::find_if(readers.begin(), readers.end(),
                                     [](const Reader& r) { return r.node->op == IntOp::kConv && r.input == 0; });
      const auto convs = std::count_if(readers.begin(), readers.end(),
                                       [](const Reader& r) { return r.node->op == IntOp::kConv && r.input == 0; });
      if (!pass->applies(lowered.graph, node, recipe) || convs != 1 || conv->first_channel != 0 ||
          lowered.graph.node(conv->node->inputs[0]).id != node.id ||
          !(conv->node->depthwise() || conv->node->conv.groups == 1)) {
        continue;
      }
      ++places[name];
      const IntNode& reader = *conv->node;
      const bool with_zero = read_by_padded_conv(lowered.graph, node);
      const double least_share = name == "pointwise" ? 1.0 / 64 : 1.0 / 256;
      for (uint64_t seed = 1; seed <= 10; ++seed) {
        INFO(name << " at " << node.name << ", seed " << seed);
        Random random(seed);
        auto tensors = random_tensors(node.shape, random);
        for (int64_t p = 0; p < node.shape.pixels(); ++p) {  // one image that is unlike the others
          tensors[1].channel(0)[p] *= 3;
        }
        const ChannelStatistics s = channel_statistics(tensors, 0, 1);
        const auto channels = static_cast<size_t>(node.shape.c);
        const auto taps = static_cast<size_t>(reader.conv.kernel_h) * reader.conv.kernel_w;
        const size_t in_group = reader.depthwise() ? 1 : channels;
        std::vector<float> w(static_cast<size_t>(reader.shape.c) * in_group * taps);
        std::generate(w.begin(), w.end(), [&] { return random.normal(); });
        const std::function<const std::vector<float>&(const IntNode&)> weights =
            [&](const IntNode&) -> const std::vector<float>& { return w; };
        const auto range = [&](size_t channel, size_t without) {
          double low = std::numeric_limits<double>::infinity();
          double high = -low;
          for (size_t image = 0; image < tensors.size(); ++image) {
            for (int64_t p = 0; image != without && p < node.shape.pixels(); ++p) {
              low = std::min(low, double{tensors[image].channel(static_cast<int>(channel))[p]});
              high = std::max(high, double{tensors[image].channel(static_cast<int>(channel))[p]});
            }
          }
          return std::pair(with_zero ? std::min(low, 0.0) : low, with_zero ? std::max(high, 0.0) : high);
        };
        double widest = 0;
        for (size_t c = 0; c < channels; ++c) {
          const auto [low, high] = range(c, 99);
          widest = std::max(widest, (high - low) / 2);
        }
        const auto share = [&](size_t c, size_t without) {
          const auto [low, high] = range(c, without);
          return std::max((high - low) / 2 / widest, least_share);
        };
        const auto noise = [&](double alpha) {
          double step = 0;
          for (size_t c = 0; c < channels; ++c) {
            step = std::max(step, 2 * widest * std::pow(share(c, 99), 1 - alpha));
          }
          step /= std::ldexp(1.0, node.out.bits) - 1;
          double sum = 0;
          std::vector<double> largest(static_cast<size_t>(reader.shape.c), 0);
          double energy = 0;
          for (size_t c = 0; c < channels; ++c) {
            const double m = std::pow(share(c, 99), alpha);
            double error = 0;
            for (size_t image = 0; image < tensors.size(); ++image) {
              const auto [low, high] = range(c, image);
              const double limit = widest * std::pow(share(c, image), alpha);
              for (int64_t p = 0; p < node.shape.pixels(); ++p) {
                const double x = tensors[image].channel(static_cast<int>(c))[p];
                error += std::pow(std::max(std::abs(x - (high + low) / 2) - limit, 0.0), 2);
              }
            }
            error = error / (3.0 * static_cast<double>(node.shape.pixels())) + std::pow(step * m, 2) / 12;
            energy += static_cast<double>(taps) * s.variance[c] / (m * m);
            for (size_t o = 0; o < largest.size(); ++o) {
              for (size_t t = 0; t < taps && (in_group > 1 || o == c); ++t) {
                const double weight = w[(o * in_group + (in_group > 1 ? c : 0)) * taps + t];
                sum += error * weight * weight;
                largest[o] = std::max(largest[o], std::abs(weight) * m);
              }
            }
          }
          for (size_t o = 0; o < largest.size() && !reader.depthwise(); ++o) {
            sum += std::pow(largest[o] / (std::ldexp(1.0, reader.weight_bits - 1) - 1), 2) / 12 * energy;
          }
          return sum;
        };
        // The exponent in a map, from the narrowest of its channels that is not at the limit.
        const auto exponent = [&](bool headroom) {
          recipe.headroom = headroom;
          ChannelMap map{std::vector<double>(channels, 1), std::vector<double>(channels, 0), {}, 0};
          pass->apply({lowered.graph, node, s, recipe, weights}, map);
          double least = 1;
          double alpha = 1;
          for (size_t c = 0; c < channels; ++c) {
            if (share(c, 99) < least) {
              least = share(c, 99);
              alpha = std::log(map.scale[c] / widest) / std::log(least);
            }
          }
          return std::nearbyint(alpha * 10) / 10;
        };
        const double chosen = exponent(true);
        for (int i = 0; i <= 10; ++i) {
          REQUIRE(noise(chosen) <= noise(i / 10.0) * (1 + 1e-6));
        }
        smaller[name] += chosen < exponent(false) ? 1 : 0;
      }
    }
  }
  for (const std::string name : {"depthwise", "residual", "pointwise"}) {
    INFO(name);
    CHECK(places[name] > 0);
    CHECK(smaller[name] > 0);
  }
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
  CHECK(Registry<ActivationPass>::names() ==
        std::vector<std::string>{"depthwise", "heads", "migration", "norm", "pointwise", "residual", "shift"});
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

TEST_CASE("norm: whole multipliers, a step for each channel, the range with the least error of a normal value",
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

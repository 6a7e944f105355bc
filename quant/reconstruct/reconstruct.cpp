#include "quant/reconstruct/reconstruct.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "base/parallel.h"

namespace tridex::quant {

namespace {

constexpr int kWindow = 32;  ///< rows and columns of an output that one image of a batch contributes
constexpr double kWarmUp = 0.2;
constexpr double kFirstBeta = 20;
constexpr double kLastBeta = 2;

double beta_at(int step, int steps) {
  const double done = (step - kWarmUp * steps) / ((1 - kWarmUp) * steps);
  return done < 0 ? 0 : kLastBeta + (kFirstBeta - kLastBeta) * (1 - done);
}

/// Random numbers that are the same with every standard library.
class Draw {
 public:
  explicit Draw(uint64_t seed) : engine_(seed) {}
  int below(int count) { return static_cast<int>(engine_() % static_cast<uint64_t>(count)); }

 private:
  std::mt19937_64 engine_;
};

/// Images in random order, each once before any again.
class Deck {
 public:
  Deck(size_t count, Draw& draw) : order_(count), draw_(draw) { std::iota(order_.begin(), order_.end(), 0); }
  size_t next() {
    if (left_ == 0) {
      left_ = order_.size();
    }
    const auto chosen = static_cast<size_t>(draw_.below(static_cast<int>(left_)));
    std::swap(order_[chosen], order_[--left_]);
    return order_[left_];
  }

 private:
  std::vector<size_t> order_;
  size_t left_ = 0;
  Draw& draw_;
};

void set_parameters(BlockNetwork<float>& network, const std::vector<LearnedConv>& convs,
                    const std::vector<std::vector<float>>& first_codes) {
  for (size_t i = 0; i < convs.size(); ++i) {
    const LearnedConv& conv = convs[i];
    RealParameters<float>& to = network.parameters(conv.id);
    to.weights.resize(conv.unit.size());
    to.bias.resize(conv.bias.size());
    const size_t taps = conv.unit.size() / conv.bias.size();
    for (size_t o = 0; o < conv.bias.size(); ++o) {
      double bias = conv.bias[o];
      for (size_t k = o * taps; k < (o + 1) * taps; ++k) {
        const float code = conv.rounding.code(k);
        to.weights[k] = conv.unit[k] * code;
        if (!conv.input_mean.empty()) {
          bias -= conv.unit[k] * (code - first_codes[i][k]) * conv.input_mean[k];
        }
      }
      to.bias[o] = static_cast<float>(bias);
    }
  }
}

/// Copies a window of a whole map.
void copy_window(const Patch<float>& from, Patch<float>& to) {
  const Window& w = to.window;
  for (int c = 0; c < to.channels; ++c) {
    for (int y = 0; y < w.h; ++y) {
      std::copy_n(from.channel(c) + int64_t{w.y + y} * from.window.w + w.x, w.w,
                  to.channel(c) + int64_t{y} * w.w);
    }
  }
}

using Run = BlockNetwork<float>::Run;

/// Gradients of `share` times the sum over pixels and channels of the squared error of one image.
void differentiate(const BlockNetwork<float>& network, const BlockSamples& samples, size_t image,
                   const Window& window, double share, Run& run) {
  network.set_windows(samples.outputs, window, run);
  for (size_t i = 0; i < run.inputs.size(); ++i) {
    copy_window(samples.inputs[image][i], run.inputs[i]);
  }
  network.forward(run);
  for (size_t i = 0; i < samples.outputs.size(); ++i) {
    auto& values = run.nodes[network.index(samples.outputs[i])];
    const models::Activation& target = *samples.targets[image][i];
    const Window& w = values.real.window;
    values.loss_gradient.resize(values.real.channels, w);
    for (int c = 0; c < values.real.channels; ++c) {
      for (int y = 0; y < w.h; ++y) {
        const float* wanted = target.channel(c) + int64_t{w.y + y} * w.map_w + w.x;
        const float* found = values.real.channel(c) + int64_t{y} * w.w;
        float* to = values.loss_gradient.channel(c) + int64_t{y} * w.w;
        for (int x = 0; x < w.w; ++x) {
          to[x] = static_cast<float>(2 * share) * (found[x] - wanted[x]);
        }
      }
    }
  }
  network.backward(run);
}

/// d loss / d code from those of weights and biases.
std::vector<float> code_gradient(const BlockNetwork<float>& network, const LearnedConv& conv,
                                 const std::vector<Run>& runs) {
  std::vector<float> result(conv.unit.size(), 0);
  std::vector<float> bias(conv.bias.size(), 0);
  for (const Run& run : runs) {
    const RealParameters<float>& from = run.gradients[network.index(conv.id)];
    for (size_t k = 0; k < result.size(); ++k) {
      result[k] += from.weights[k];
    }
    for (size_t o = 0; o < bias.size(); ++o) {
      bias[o] += from.bias[o];
    }
  }
  const size_t taps = result.size() / bias.size();
  for (size_t k = 0; k < result.size(); ++k) {
    const float through_bias = conv.input_mean.empty() ? 0 : bias[k / taps] * conv.input_mean[k];
    result[k] = conv.unit[k] * (result[k] - through_bias);
  }
  return result;
}

}  // namespace

void learn_rounding(BlockNetwork<float>& network, std::vector<LearnedConv>& convs,
                    const BlockSamples& samples, const Recipe& recipe, unsigned threads,
                    const std::function<void(int)>& progress) {
  std::vector<std::vector<float>> first_codes;
  for (const LearnedConv& conv : convs) {
    const std::vector<int16_t> codes = conv.rounding.hardened();
    first_codes.emplace_back(codes.begin(), codes.end());
  }
  const Shape& map = network.node(samples.outputs[0]).shape;
  bool windows = network.is_local();
  for (const int id : samples.outputs) {
    const Shape& other = network.node(id).shape;
    windows = windows && other.h == map.h && other.w == map.w;
  }
  Draw draw(static_cast<uint64_t>(network.first()));
  Deck deck(samples.inputs.size(), draw);
  const size_t batch = std::min(static_cast<size_t>(recipe.reconstruction_batch), samples.inputs.size());
  std::vector<Run> runs(batch);
  std::vector<size_t> images(batch);
  std::vector<Window> places(batch);
  for (int step = 0; step < recipe.reconstruction_steps; ++step) {
    set_parameters(network, convs, first_codes);
    for (size_t i = 0; i < batch; ++i) {
      images[i] = deck.next();
      places[i] = whole(map);
      if (windows) {
        places[i].h = std::min(kWindow, map.h);
        places[i].w = std::min(kWindow, map.w);
        places[i].y = draw.below(map.h - places[i].h + 1);
        places[i].x = draw.below(map.w - places[i].w + 1);
      }
    }
    const double share = 1.0 / (static_cast<double>(batch) * static_cast<double>(places[0].pixels()));
    parallel_for(batch, threads,
                 [&](size_t i) { differentiate(network, samples, images[i], places[i], share, runs[i]); });
    const double beta = beta_at(step, recipe.reconstruction_steps);
    parallel_for(convs.size(), threads, [&](size_t i) {
      convs[i].rounding.step(code_gradient(network, convs[i], runs), recipe.reconstruction_rate,
                             recipe.reconstruction_rounding_weight, beta);
    });
    if (progress) {
      progress(step + 1);
    }
  }
}

}  // namespace tridex::quant

#include "quant/statistics.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <mutex>

#include "base/parallel.h"

namespace tridex::quant {

namespace {

constexpr int kDroppedBits = 12;

}  // namespace

ChannelStatistics::ChannelStatistics(int channels)
    : low(static_cast<size_t>(channels), std::numeric_limits<float>::infinity()),
      high(static_cast<size_t>(channels), -std::numeric_limits<float>::infinity()),
      keys_(size_t{1} << (32 - kDroppedBits), 0) {}

uint32_t ChannelStatistics::key(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return ((bits >> 31) != 0 ? ~bits : bits | (uint32_t{1} << 31)) >> kDroppedBits;
}

void ChannelStatistics::merge(const ChannelStatistics& other) {
  for (size_t c = 0; c < low.size(); ++c) {
    low[c] = std::min(low[c], other.low[c]);
    high[c] = std::max(high[c], other.high[c]);
  }
  for (size_t i = 0; i < keys_.size(); ++i) {
    keys_[i] += other.keys_[i];
  }
}

double ChannelStatistics::quantile(double q) const {
  uint64_t total = 0;
  for (const uint32_t count : keys_) {
    total += count;
  }
  const auto wanted = static_cast<uint64_t>(q * static_cast<double>(total));
  uint64_t seen = 0;
  for (size_t i = 0; i < keys_.size(); ++i) {
    seen += keys_[i];
    if (seen > wanted) {
      const auto bits = static_cast<uint32_t>(i << kDroppedBits);
      return std::bit_cast<float>((bits >> 31) != 0 ? bits & ~(uint32_t{1} << 31) : ~bits);
    }
  }
  return 0;
}

FloatStatistics gather_statistics(const models::Graph& graph, const models::Weights& weights,
                                  const std::vector<models::Activation>& images,
                                  const std::vector<int>& extremes, const std::vector<int>& means,
                                  unsigned threads, const std::function<void(size_t done)>& progress) {
  FloatStatistics result;
  std::vector<std::map<int, std::vector<double>>> sums(images.size());
  for (const int id : extremes) {
    result.channels.emplace(id, ChannelStatistics(graph.node(id).shape.c));
  }
  const models::FloatExecutor executor(graph, weights);
  std::mutex mutex;
  size_t done = 0;
  parallel_for(images.size(), threads, [&](size_t image) {
    (void)executor.run(images[image], [&](int id, const models::Activation& output) {
      const int64_t pixels = output.shape.pixels();
      if (std::find(means.begin(), means.end(), id) != means.end()) {
        auto& mean = sums[image][id];
        for (int c = 0; c < output.shape.c; ++c) {
          double sum = 0;
          for (int64_t p = 0; p < pixels; ++p) {
            sum += output.channel(c)[p];
          }
          mean.push_back(sum / static_cast<double>(pixels));
        }
      }
      if (std::find(extremes.begin(), extremes.end(), id) != extremes.end()) {
        // Minima, maxima and counts: the order of the images does not matter.
        const std::lock_guard lock(mutex);
        for (int c = 0; c < output.shape.c; ++c) {
          result.channels.at(id).add(c, output.channel(c), pixels);
        }
      }
    });
    const std::lock_guard lock(mutex);
    progress(++done);
  });
  for (const int id : means) {
    auto& mean = result.mean[id];
    mean.assign(static_cast<size_t>(graph.node(id).shape.c), 0);
    for (const auto& image : sums) {
      for (size_t c = 0; c < mean.size(); ++c) {
        mean[c] += image.at(id)[c] / static_cast<double>(images.size());
      }
    }
  }
  return result;
}

}  // namespace tridex::quant

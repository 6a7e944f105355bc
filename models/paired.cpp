#include "models/paired.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>

#include "base/random.h"

namespace tridex::models {

namespace {

constexpr double kTail = (1 - kConfidence) / 2;

double mean_share(std::span<const int64_t> part, std::span<const int64_t> whole) {
  double sum = 0;
  int count = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (whole[i] > 0) {
      sum += 100.0 * static_cast<double>(part[i]) / static_cast<double>(whole[i]);
      ++count;
    }
  }
  return count > 0 ? sum / count : 0.0;
}

/// Entries of a row: our parts, our wholes, the reference's parts, its wholes.
double difference(std::span<const int64_t> row) {
  const size_t n = row.size() / 4;
  return mean_share(row.subspan(0, n), row.subspan(n, n)) -
         mean_share(row.subspan(2 * n, n), row.subspan(3 * n, n));
}

}  // namespace

double mean_share(const Tally& tally) {
  return mean_share(std::span(tally.part), std::span(tally.whole));
}

Difference paired_bootstrap(const std::vector<PairedTally>& images, int resamples, uint64_t seed) {
  Difference result;
  result.resamples = resamples;
  result.seed = seed;
  if (images.empty()) {
    return result;
  }
  const size_t width = 4 * images[0].ours.part.size();
  std::vector<int64_t> rows;
  rows.reserve(width * images.size());
  for (const PairedTally& image : images) {
    for (const auto* column :
         {&image.ours.part, &image.ours.whole, &image.reference.part, &image.reference.whole}) {
      rows.insert(rows.end(), column->begin(), column->end());
    }
  }
  if (rows.size() != width * images.size()) {
    throw std::logic_error("paired_bootstrap: tallies of different sizes");
  }
  std::vector<int64_t> sum(width);
  const auto add = [&](size_t image) {
    const int64_t* row = rows.data() + image * width;
    for (size_t i = 0; i < width; ++i) {
      sum[i] += row[i];
    }
  };
  for (size_t i = 0; i < images.size(); ++i) {
    add(i);
  }
  result.value = difference(sum);
  SplitMix random(seed);
  std::vector<double> drawn(static_cast<size_t>(resamples));
  for (double& one : drawn) {
    std::fill(sum.begin(), sum.end(), 0);
    for (size_t i = 0; i < images.size(); ++i) {
      add(static_cast<size_t>(random.below(static_cast<int>(images.size()))));
    }
    one = difference(sum);
  }
  std::sort(drawn.begin(), drawn.end());
  const auto quantile = [&](double q) {
    return drawn[static_cast<size_t>(std::llround(q * static_cast<double>(drawn.size() - 1)))];
  };
  result.low = quantile(kTail);
  result.high = quantile(1 - kTail);
  return result;
}

}  // namespace tridex::models

#pragma once
#include <cstdint>
#include <vector>

namespace tridex::models {

/// What one image adds to a score that is a mean of shares: part and whole of each class, which add up over
/// images. Classification: one entry, right or not of 1. Segmentation: intersection and union of each label
/// class.
struct Tally {
  std::vector<int64_t> part, whole;
};

/// Mean of 100 part / whole over the entries that have a whole (all others are left out): top-1, or mIoU;
/// percent.
double mean_share(const Tally& tally);

/// What two networks made of the same image.
struct PairedTally {
  Tally ours, reference;
};

/// Our score less the reference's, in percentage points, with the limits of its 95 % interval.
struct Difference {
  double value = 0, low = 0, high = 0;
  int resamples = 0;
  uint64_t seed = 0;
};

constexpr double kConfidence = 0.95;
constexpr int kBootstrapResamples = 10'000;
constexpr uint64_t kBootstrapSeed = 1;

/// The percentile bootstrap of the difference over images (Efron and Tibshirani, "An introduction to the
/// bootstrap", 1993, chapter 13): images are drawn with replacement, each with both networks' results. It
/// takes images for independent: on frames of one video, which resemble their neighbours, it is too narrow.
/// The same for a seed on every machine. All tallies have equally many entries; no images: zeros.
Difference paired_bootstrap(const std::vector<PairedTally>& images, int resamples = kBootstrapResamples,
                            uint64_t seed = kBootstrapSeed);

}  // namespace tridex::models

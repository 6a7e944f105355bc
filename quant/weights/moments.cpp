#include "quant/weights/moments.h"

#include <algorithm>

#include "base/parallel.h"

namespace tridex::quant {

namespace {

constexpr int64_t kPanel = 1024;  ///< pixels that are summed in single precision before they are added up
constexpr size_t kChunks = 4;     ///< tasks a fold: fixed, so that sums do not depend on the threads

using MatrixF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Sums of one group over some images; x and t are less a shift that is near their mean.
struct Sums {
  Eigen::MatrixXd xx, tx;
  Eigen::VectorXd x, t;
  double pixels = 0;

  void merge(const Sums& other) {
    if (other.pixels == 0) {
      return;
    }
    if (pixels == 0) {
      *this = other;
      return;
    }
    xx += other.xx;
    tx += other.tx;
    x += other.x;
    t += other.t;
    pixels += other.pixels;
  }
};

class Measurement {
 public:
  Measurement(const IntegerGraph& graph, const IntNode& node, const std::vector<double>& reference,
              bool means_only)
      : node_(node),
        in_(graph.node(node.inputs[0])),
        in_group_(in_.shape.c / node.conv.groups),
        out_group_(node.shape.c / node.conv.groups),
        taps_(in_group_ * node.conv.kernel_h * node.conv.kernel_w),
        reference_(reference),
        means_only_(means_only) {
    for (int c = 0; c < in_.shape.c; ++c) {
      centre_.push_back(centre_of(graph, in_, c));
    }
  }

  /// Shifts of x (a channel) and t (an output): their means over one image.
  void set_shifts(const Codes& codes, const models::Activation& target) {
    const int64_t pixels = in_.shape.pixels();
    for (int c = 0; c < in_.shape.c; ++c) {
      double sum = 0;
      for (int64_t p = 0; p < pixels; ++p) {
        sum += codes.data[static_cast<size_t>(c * pixels + p)];
      }
      x_shift_.push_back(static_cast<float>(sum / static_cast<double>(pixels) - centre(c)));
    }
    for (int o = 0; o < node_.shape.c; ++o) {
      double sum = 0;
      for (int64_t p = 0; p < node_.shape.pixels(); ++p) {
        sum += target.channel(o)[p];
      }
      t_shift_.push_back(sum / static_cast<double>(node_.shape.pixels()) /
                         reference_[static_cast<size_t>(o)]);
    }
  }

  void add(const Codes& codes, const models::Activation& target, std::vector<Sums>& groups) const {
    groups.resize(static_cast<size_t>(node_.conv.groups));
    const int64_t pixels = node_.shape.pixels();
    MatrixF x;
    MatrixF t;
    for (int g = 0; g < node_.conv.groups; ++g) {
      Sums& sums = groups[static_cast<size_t>(g)];
      if (sums.pixels == 0) {
        sums.x = Eigen::VectorXd::Zero(taps_);
        sums.t = Eigen::VectorXd::Zero(out_group_);
        if (!means_only_) {
          sums.xx = Eigen::MatrixXd::Zero(taps_, taps_);
          sums.tx = Eigen::MatrixXd::Zero(out_group_, taps_);
        }
      }
      for (int64_t first = 0; first < pixels; first += kPanel) {
        const int64_t count = std::min(kPanel, pixels - first);
        x.resize(taps_, count);
        t.resize(out_group_, count);
        gather(codes, g, first, count, x);
        for (int o = 0; o < out_group_; ++o) {
          const int channel = g * out_group_ + o;
          const double inverse = 1 / reference_[static_cast<size_t>(channel)];
          const double shift = t_shift_[static_cast<size_t>(channel)];
          const float* from = target.channel(channel) + first;
          for (int64_t p = 0; p < count; ++p) {
            t(o, p) = static_cast<float>(from[p] * inverse - shift);
          }
        }
        sums.x += x.rowwise().sum().cast<double>();
        sums.t += t.rowwise().sum().cast<double>();
        if (!means_only_) {
          sums.xx += (x * x.transpose()).cast<double>();
          sums.tx += (t * x.transpose()).cast<double>();
        }
      }
      sums.pixels += static_cast<double>(pixels);
    }
  }

  [[nodiscard]] GroupMoments result(int g, const std::vector<Sums>& folds) const {
    GroupMoments result;
    Sums all;
    for (const Sums& fold : folds) {
      all.merge(fold);
    }
    const Eigen::VectorXd x_mean = all.x / all.pixels;
    const Eigen::VectorXd t_mean = all.t / all.pixels;
    result.input_mean = x_mean;
    result.target_mean = t_mean;
    const int kernel = node_.conv.kernel_h * node_.conv.kernel_w;
    for (int k = 0; k < taps_; ++k) {
      const int c = g * in_group_ + k / kernel;
      result.input_mean[k] += x_shift_[static_cast<size_t>(c)] + centre(c);
    }
    for (int o = 0; o < out_group_; ++o) {
      const auto channel = static_cast<size_t>(g * out_group_ + o);
      result.target_mean[o] = (t_mean[o] + t_shift_[channel]) * reference_[channel];
    }
    for (const Sums& fold : folds) {
      if (fold.pixels == 0 || means_only_) {
        continue;
      }
      Moments moments;
      moments.pixels = fold.pixels;
      // About the mean of all images: sum (x - m)(x - m)^T = xx - x m^T - m x^T + n m m^T.
      moments.gram = (fold.xx - fold.x * x_mean.transpose() - x_mean * fold.x.transpose()) / fold.pixels +
                     x_mean * x_mean.transpose();
      moments.cross = (fold.tx - fold.t * x_mean.transpose() - t_mean * fold.x.transpose()) / fold.pixels +
                      t_mean * x_mean.transpose();
      result.folds.push_back(std::move(moments));
    }
    return result;
  }

 private:
  [[nodiscard]] double centre(int c) const { return centre_[static_cast<size_t>(c)]; }

  void gather(const Codes& codes, int group, int64_t first, int64_t count, MatrixF& x) const {
    const ConvAttributes& conv = node_.conv;
    int row = 0;
    for (int i = 0; i < in_group_; ++i) {
      const int c = group * in_group_ + i;
      const int32_t* plane = codes.data.data() + c * in_.shape.pixels();
      // Real values first: codes, centre and shift may all be large.
      const auto offset = static_cast<float>(centre(c) + x_shift_[static_cast<size_t>(c)]);
      const float border = static_cast<float>(in_.out.zero_of(c)) - offset;
      for (int ky = 0; ky < conv.kernel_h; ++ky) {
        for (int kx = 0; kx < conv.kernel_w; ++kx, ++row) {
          float* to = x.row(row).data();
          if (conv.kernel_h == 1 && conv.kernel_w == 1 && conv.stride == 1 && conv.pad_top == 0 &&
              conv.pad_left == 0) {
            for (int64_t p = 0; p < count; ++p) {
              to[p] = static_cast<float>(plane[first + p]) - offset;
            }
            continue;
          }
          for (int64_t p = 0; p < count; ++p) {
            const int64_t y = (first + p) / node_.shape.w * conv.stride - conv.pad_top + ky;
            const int64_t column = (first + p) % node_.shape.w * conv.stride - conv.pad_left + kx;
            const bool inside = y >= 0 && y < in_.shape.h && column >= 0 && column < in_.shape.w;
            to[p] = inside ? static_cast<float>(plane[y * in_.shape.w + column]) - offset : border;
          }
        }
      }
    }
  }

  const IntNode& node_;
  const IntNode& in_;
  int in_group_, out_group_, taps_;
  const std::vector<double>& reference_;
  bool means_only_;
  std::vector<double> centre_;
  std::vector<float> x_shift_;
  std::vector<double> t_shift_;
};

}  // namespace

double centre_of(const IntegerGraph& graph, const IntNode& in, int c) {
  return in.op == IntOp::kInput && !graph.input_mean.empty() ? 255 * graph.input_mean[static_cast<size_t>(c)]
                                                             : in.out.zero_of(c);
}

std::vector<GroupMoments> measure_moments(const IntegerGraph& graph, const IntNode& node, size_t images,
                                          const std::function<Codes(size_t)>& inputs,
                                          const std::function<models::Activation(size_t)>& targets,
                                          const std::vector<double>& reference, bool means_only,
                                          unsigned threads) {
  Measurement measurement(graph, node, reference, means_only);
  measurement.set_shifts(inputs(0), targets(0));
  constexpr size_t kFolds = 2;
  std::vector<std::vector<Sums>> chunks(kFolds * kChunks);  // chunk, group
  parallel_for(chunks.size(), threads, [&](size_t chunk) {
    for (size_t image = chunk; image < images; image += chunks.size()) {
      measurement.add(inputs(image), targets(image), chunks[chunk]);
    }
  });
  std::vector<GroupMoments> result;
  for (int g = 0; g < node.conv.groups; ++g) {
    std::vector<Sums> folds(kFolds);
    for (size_t chunk = 0; chunk < chunks.size(); ++chunk) {
      if (!chunks[chunk].empty()) {
        folds[chunk % kFolds].merge(chunks[chunk][static_cast<size_t>(g)]);
      }
    }
    result.push_back(measurement.result(g, folds));
  }
  return result;
}

}  // namespace tridex::quant

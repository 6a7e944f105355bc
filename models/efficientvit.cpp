#include "models/efficientvit.h"

#include <array>
#include <vector>

#include "base/error.h"
#include "models/builder.h"

namespace tridex::models {

namespace {

constexpr double kNormEps = 1e-5;
constexpr double kAttentionEps = 1e-15;
constexpr int kExpansion = 4;
constexpr int kAggregateKernel = 5;

struct BSeries {
  std::array<int, 5> widths;
  std::array<int, 5> depths;  ///< stages 1 and 2 count the block that down-samples, stages 3 and 4 do not
  int head_dim;               ///< channels of an attention head
  int head_conv, head_linear;
  int seg_width, seg_depth;
};

constexpr std::array<BSeries, 4> kSizes = {{
    {{8, 16, 32, 64, 128}, {1, 2, 2, 2, 2}, 16, 1024, 1280, 32, 1},
    {{16, 32, 64, 128, 256}, {1, 2, 3, 3, 4}, 16, 1536, 1600, 64, 3},
    {{24, 48, 96, 192, 384}, {1, 3, 4, 4, 6}, 32, 2304, 2560, 96, 3},
    {{32, 64, 128, 256, 512}, {1, 4, 6, 6, 9}, 32, 2304, 2560, 128, 3},
}};

enum class Norm { kBatch, kBias };  ///< a batch norm without bias, or a bias alone ("fewer norm")
enum class Activate { kNo, kHardswish };

ConvAttributes square(int kernel, int stride, int groups) {
  ConvAttributes a;
  a.kernel_h = a.kernel_w = kernel;
  a.stride = stride;
  a.groups = groups;
  a.pad_top = a.pad_left = a.pad_bottom = a.pad_right = kernel / 2;
  return a;
}

class Network {
 public:
  Network(const std::string& name, const BSeries& size) : b_(name), size_(size) {}

  /// Appends stem and stages; returns the ends of stages 2, 3 and 4.
  std::array<int, 3> backbone(Shape input);
  int classifier(int x, int classes);
  int segmenter(const std::array<int, 3>& features, int classes);
  Graph finish(int output) { return b_.finish(output); }

 private:
  int conv_layer(const std::string& path, int x, int channels, ConvAttributes a, Norm norm, Activate act,
                 Role role);
  int ds_conv(const std::string& path, int x);
  int mb_conv(const std::string& path, int x, int channels, int stride, Norm norm);
  int lite_msa(const std::string& path, int x);
  int attention_branch(const std::string& path, int qkv, int heads);
  /// Sets the residual block that the nodes appended by `main` belong to, and adds its input to its output.
  template <typename Main>
  int residual(const std::string& path, int x, const Main& main);

  GraphBuilder b_;
  const BSeries& size_;
};

/// Reports name blocks without the "backbone." that all but the head's share.
std::string block_name(const std::string& path) {
  const std::string prefix = "backbone.";
  return path.rfind(prefix, 0) == 0 ? path.substr(prefix.size()) : path;
}

int Network::conv_layer(const std::string& path, int x, int channels, ConvAttributes a, Norm norm,
                        Activate act, Role role) {
  a.bias = norm == Norm::kBias;
  x = b_.conv(path + ".conv", x, channels, a, role);
  if (norm == Norm::kBatch) {
    x = b_.batch_norm(path + ".norm", x, kNormEps);
  }
  return act == Activate::kHardswish ? b_.unary(path + ".act", Op::kHardswish, x) : x;
}

template <typename Main>
int Network::residual(const std::string& path, int x, const Main& main) {
  b_.block = block_name(path);
  const int y = main();
  const int sum = b_.add(path + ".add", {y, x});
  b_.block.clear();
  return sum;
}

int Network::ds_conv(const std::string& path, int x) {
  const int channels = b_.shape(x).c;
  x = conv_layer(path + ".main.depth_conv", x, channels, square(3, 1, channels), Norm::kBatch,
                 Activate::kHardswish, Role::kDsDepthwise);
  return conv_layer(path + ".main.point_conv", x, channels, square(1, 1, 1), Norm::kBatch, Activate::kNo,
                    Role::kDsPointwise);
}

int Network::mb_conv(const std::string& path, int x, int channels, int stride, Norm norm) {
  const int mid = b_.shape(x).c * kExpansion;
  x = conv_layer(path + ".main.inverted_conv", x, mid, square(1, 1, 1), norm, Activate::kHardswish,
                 Role::kPointwise1);
  x = conv_layer(path + ".main.depth_conv", x, mid, square(3, stride, mid), norm, Activate::kHardswish,
                 Role::kDepthwise);
  return conv_layer(path + ".main.point_conv", x, channels, square(1, 1, 1), Norm::kBatch, Activate::kNo,
                    Role::kPointwise2);
}

int Network::attention_branch(const std::string& path, int qkv, int heads) {
  const int q = b_.unary(path + ".q_relu", Op::kRelu, b_.head_slice(path + ".q", qkv, heads, 0));
  const int k = b_.unary(path + ".k_relu", Op::kRelu, b_.head_slice(path + ".k", qkv, heads, 1));
  const int v = b_.head_slice(path + ".v", qkv, heads, 2);
  const int kv = b_.matmul_tokens(path + ".kv", k, v, heads);
  const int k_sum = b_.token_sum(path + ".k_sum", k, heads);
  const int numerator = b_.matmul_heads(path + ".numerator", q, kv, heads);
  const int denominator = b_.matmul_heads(path + ".denominator", q, k_sum, heads);
  return b_.divide(path + ".divide", numerator, denominator, heads, kAttentionEps);
}

int Network::lite_msa(const std::string& path, int x) {
  const int channels = b_.shape(x).c;
  const int heads = channels / size_.head_dim;
  const std::string main = path + ".main";
  const int qkv = b_.conv(main + ".qkv.conv", x, 3 * channels, square(1, 1, 1), Role::kQkv);
  const int depthwise = b_.conv(main + ".aggreg.0.0", qkv, 3 * channels,
                                square(kAggregateKernel, 1, 3 * channels), Role::kAggregateDepthwise);
  const int aggregated = b_.conv(main + ".aggreg.0.1", depthwise, 3 * channels, square(1, 1, 3 * heads),
                                 Role::kAggregatePointwise);
  const int scale0 = attention_branch(main + ".scale0", qkv, heads);
  const int scale1 = attention_branch(main + ".scale1", aggregated, heads);
  const int both = b_.concat(main + ".concat", {scale0, scale1});
  return conv_layer(main + ".proj", both, channels, square(1, 1, 1), Norm::kBatch, Activate::kNo,
                    Role::kProjection);
}

std::array<int, 3> Network::backbone(Shape input) {
  b_.region = Region::kStem;
  int x = b_.input(input);
  x = conv_layer("backbone.input_stem.op_list.0", x, size_.widths[0], square(3, 2, 1), Norm::kBatch,
                 Activate::kHardswish, Role::kStem);
  for (int i = 1; i <= size_.depths[0]; ++i) {
    const std::string path = fmt::format("backbone.input_stem.op_list.{}", i);
    x = residual(path, x, [&] { return ds_conv(path, x); });
  }
  std::array<int, 3> ends{};
  for (size_t stage = 1; stage <= 4; ++stage) {
    const bool attention = stage >= 3;
    const Norm norm = attention ? Norm::kBias : Norm::kBatch;
    const int width = size_.widths[stage];
    const std::string stage_path = fmt::format("backbone.stages.{}.op_list", stage - 1);
    b_.region = Region::kMbConv;
    b_.block = block_name(stage_path + ".0");
    x = mb_conv(stage_path + ".0", x, width, 2, norm);
    b_.block.clear();
    const int more = attention ? size_.depths[stage] : size_.depths[stage] - 1;
    for (int i = 1; i <= more; ++i) {
      const std::string path = fmt::format("{}.{}", stage_path, i);
      if (attention) {
        b_.region = Region::kAttention;
        x = residual(path + ".context_module", x, [&] { return lite_msa(path + ".context_module", x); });
      }
      b_.region = Region::kMbConv;
      const std::string local = attention ? path + ".local_module" : path;
      x = residual(local, x, [&] { return mb_conv(local, x, width, 1, norm); });
    }
    if (stage >= 2) {
      ends[stage - 2] = x;
    }
  }
  return ends;
}

int Network::classifier(int x, int classes) {
  b_.region = Region::kHead;
  x = conv_layer("head.op_list.0", x, size_.head_conv, square(1, 1, 1), Norm::kBatch, Activate::kHardswish,
                 Role::kHead);
  x = b_.unary("head.op_list.1", Op::kGlobalAvgPool, x);
  x = b_.conv("head.op_list.2.linear", x, size_.head_linear, square(1, 1, 1), Role::kHead);
  x = b_.layer_norm("head.op_list.2.norm", x, kNormEps);
  x = b_.unary("head.op_list.2.act", Op::kHardswish, x);
  ConvAttributes last = square(1, 1, 1);
  last.bias = true;
  return b_.conv("head.op_list.3.linear", x, classes, last, Role::kHead);
}

int Network::segmenter(const std::array<int, 3>& features, int classes) {
  b_.region = Region::kHead;
  const int width = size_.seg_width;
  const auto fit = [&](const std::string& path, int x) {
    return conv_layer(path, x, width, square(1, 1, 1), Norm::kBatch, Activate::kNo, Role::kHead);
  };
  const int stage4 =
      b_.resize("head.input_ops.0.op_list.1", fit("head.input_ops.0.op_list.0", features[2]), 4);
  const int stage3 =
      b_.resize("head.input_ops.1.op_list.1", fit("head.input_ops.1.op_list.0", features[1]), 2);
  const int stage2 = fit("head.input_ops.2", features[0]);
  int x = b_.add("head.add", {stage4, stage3, stage2});
  // The MBConvs of the head fuse as those of the backbone do, so they are tagged like them; the block tells
  // where.
  b_.region = Region::kMbConv;
  for (int i = 0; i < size_.seg_depth; ++i) {
    const std::string path = fmt::format("head.middle.op_list.{}", i);
    x = residual(path, x, [&] { return mb_conv(path, x, width, 1, Norm::kBatch); });
  }
  b_.region = Region::kHead;
  x = conv_layer("head.output_ops.0.op_list.0", x, width * kExpansion, square(1, 1, 1), Norm::kBatch,
                 Activate::kHardswish, Role::kHead);
  return conv_layer("head.output_ops.0.op_list.1", x, classes, square(1, 1, 1), Norm::kBias, Activate::kNo,
                    Role::kHead);
}

}  // namespace

Graph build_efficientvit(const std::string& name, int size, Shape input, int classes) {
  Network network(name, kSizes.at(static_cast<size_t>(size)));
  const auto features = network.backbone(input);
  return network.finish(network.classifier(features[2], classes));
}

Graph build_efficientvit_seg(const std::string& name, int size, Shape input, int classes) {
  if (input.h % 32 != 0 || input.w % 32 != 0) {
    fail("network {}: height and width must be multiples of 32, got {}x{}", name, input.h, input.w);
  }
  Network network(name, kSizes.at(static_cast<size_t>(size)));
  const auto features = network.backbone(input);
  return network.finish(network.segmenter(features, classes));
}

}  // namespace tridex::models

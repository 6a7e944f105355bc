#include "models/mobilenet_v2.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "models/builder.h"

namespace tridex::models {

namespace {

struct Group {
  int expansion, channels, repeats, stride;
};

// Table 2 of the MobileNetV2 paper (arXiv 1801.04381).
constexpr std::array<Group, 7> kGroups = {{{1, 16, 1, 1},
                                           {6, 24, 2, 2},
                                           {6, 32, 3, 2},
                                           {6, 64, 4, 2},
                                           {6, 96, 3, 1},
                                           {6, 160, 3, 2},
                                           {6, 320, 1, 1}}};
constexpr int kStemChannels = 32;
constexpr int kLastChannels = 1280;

/// Zeros before and after an extent so that the output has ceil(extent / stride) elements.
std::pair<int, int> same_padding(int extent, int kernel, int stride) {
  const int out = (extent + stride - 1) / stride;
  const int total = std::max((out - 1) * stride + kernel - extent, 0);
  return {total / 2, total - total / 2};
}

ConvAttributes same(Shape in, int kernel, int stride, int groups) {
  ConvAttributes a;
  a.kernel_h = a.kernel_w = kernel;
  a.stride = stride;
  a.groups = groups;
  a.bias = true;
  std::tie(a.pad_top, a.pad_bottom) = same_padding(in.h, kernel, stride);
  std::tie(a.pad_left, a.pad_right) = same_padding(in.w, kernel, stride);
  return a;
}

/// `path` is that of the convolution, `act_path` that of its activation; none when it is empty.
int conv(GraphBuilder& b, const std::string& path, const std::string& act_path, int x, int channels,
         int kernel, int stride, int groups, Role role) {
  x = b.conv(path, x, channels, same(b.shape(x), kernel, stride, groups), role);
  return act_path.empty() ? x : b.unary(act_path, Op::kRelu6, x);
}

int block(GraphBuilder& b, const std::string& path, int x, int expansion, int channels, int stride) {
  const int in = x;
  const bool expanded = expansion > 1;
  b.block = path;
  b.region = expanded ? Region::kMbConv : Region::kStem;
  int index = 0;
  if (expanded) {
    x = conv(b, path + ".conv.0.0", path + ".conv.0.2", x, b.shape(x).c * expansion, 1, 1, 1,
             Role::kPointwise1);
    ++index;
  }
  const int mid = b.shape(x).c;
  x = conv(b, fmt::format("{}.conv.{}.0", path, index), fmt::format("{}.conv.{}.2", path, index), x, mid, 3,
           stride, mid, expanded ? Role::kDepthwise : Role::kDsDepthwise);
  x = conv(b, fmt::format("{}.conv.{}", path, index + 1), "", x, channels, 1, 1, 1,
           expanded ? Role::kPointwise2 : Role::kDsPointwise);
  if (b.shape(x) == b.shape(in)) {
    x = b.add(path + ".add", {in, x});
  }
  b.block.clear();
  return x;
}

}  // namespace

Graph build_mobilenet_v2(const std::string& name, Shape input, int classes) {
  GraphBuilder b(name);
  b.region = Region::kStem;
  int x = conv(b, "features.0.0", "features.0.2", b.input(input), kStemChannels, 3, 2, 1, Role::kStem);
  int index = 1;
  for (const Group& group : kGroups) {
    for (int i = 0; i < group.repeats; ++i, ++index) {
      x = block(b, fmt::format("features.{}", index), x, group.expansion, group.channels,
                i == 0 ? group.stride : 1);
    }
  }
  b.region = Region::kHead;
  x = conv(b, fmt::format("features.{}.0", index), fmt::format("features.{}.2", index), x, kLastChannels, 1,
           1, 1, Role::kHead);
  x = b.unary("pool", Op::kGlobalAvgPool, x);
  return b.finish(conv(b, "classifier.1", "", x, classes, 1, 1, 1, Role::kHead));
}

}  // namespace tridex::models

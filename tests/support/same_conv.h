#pragma once
#include "models/graph.h"

namespace tridex::test {

/// A convolution that keeps the size of its input at stride 1.
inline models::ConvAttributes same_conv(int kernel, int stride, int groups, bool bias) {
  models::ConvAttributes c;
  c.kernel_h = c.kernel_w = kernel;
  c.stride = stride;
  c.groups = groups;
  c.pad_top = c.pad_left = c.pad_bottom = c.pad_right = kernel / 2;
  c.bias = bias;
  return c;
}

}  // namespace tridex::test

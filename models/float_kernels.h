#pragma once
#include "models/graph.h"

namespace tridex::models {

/// Float convolution of one image. `x` is CHW of shape `in`, `weight` [O, I/groups, kh, kw], `bias` [O] or
/// null, `y` CHW of shape `out` and not overlapping `x`. Shapes are those that GraphBuilder::conv accepts and
/// makes.
void float_conv(const ConvAttributes& conv, const Shape& in, const float* x, const float* weight,
                const float* bias, const Shape& out, float* y);

/// Bicubic resize of one plane (a = -0.75, half-pixel centres, no antialias, edges clamped) to any size.
void float_resize_bicubic(const float* x, int in_h, int in_w, float* y, int out_h, int out_w);

/// Bilinear resize of one plane (half-pixel centres, no antialias, edges clamped) to any size.
void float_resize_bilinear(const float* x, int in_h, int in_w, float* y, int out_h, int out_w);

}  // namespace tridex::models

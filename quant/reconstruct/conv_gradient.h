#pragma once
#include "quant/reconstruct/patch.h"

namespace tridex::quant {

/// The window of the input that a window of a convolution's output is computed from.
Window read_window(const models::ConvAttributes& conv, const models::Shape& in, const Window& out);

/// y = conv(x, weights) + bias. weights: O, I/groups, kh, kw; bias: O. x has at least read_window of
/// y.window; outside of the map it is 0. y has its shape.
template <typename T>
void conv_forward(const models::ConvAttributes& conv, const Patch<T>& x, const T* weights, const T* bias,
                  Patch<T>& y);

/// Adds the gradients of a loss whose gradient with respect to y is `y_gradient` (of y's shape): to
/// weight_gradient and bias_gradient, and, unless it is null, to x_gradient (of x's shape).
template <typename T>
void conv_backward(const models::ConvAttributes& conv, const Patch<T>& x, const T* weights,
                   const Patch<T>& y_gradient, T* weight_gradient, T* bias_gradient, Patch<T>* x_gradient);

}  // namespace tridex::quant

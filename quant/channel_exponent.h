#pragma once
#include "quant/activation_pass.h"

namespace tridex::quant {

/// The narrowest channel, as a share of the widest, that keeps the weights into which scales are folded in proportion.
inline constexpr double kLeastFoldedShare = 1.0 / 64;

/// Turns half ranges h_c in map.scale (normalize_channels) into scales max h * (h_c / max h) ^ alpha, and sets
/// map.reach for them where the ranges are clipped. 1: every channel uses all codes; 0: one scale for all.
void raise_channels(double alpha, ChannelMap& map);

/// The exponent of 0, 0.1, ..., 1 with the least expected noise energy at the outputs of the convolutions that
/// read the tensor, all rounding taken as uniform; of equals the largest:
///   sum_c ((D m_c)^2 / 12 + u_c) sum_o W_oc^2  +  sum_o s_o^2 / 12 sum_c var_c / m_c^2
/// with m_c the scales, steps D = 2 max_c(h_c / m_c) / (2^b - 1), s_o = max_c |W_oc m_c| / (2^(b_w - 1) - 1); the second
/// sum is of the dense convolutions, whose weights are multiplied by m_c. u_c is 0 without recipe.headroom. With it, it
/// is what clipping would cost on images that are not among the calibration images, by leaving out one of these after
/// another: the mean squared distance of the channel's values on each image to the range of half width
/// max h (h'_c / max h) ^ alpha around its centre, h'_c and the centre of the other images. Narrow channels of a small
/// exponent have codes to spare for what nobody has seen.
/// `ranges`: of normalize_channels with the same `with_zero` and `least_share`.
double least_noise_exponent(const MapContext& context, const ChannelMap& ranges, bool with_zero,
                            double least_share);

}  // namespace tridex::quant

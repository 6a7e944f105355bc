#pragma once
#include <optional>

#include "quant/activation_pass.h"

namespace tridex::quant {

/// Centres and scales of a tensor's channels from their ranges (normalize_channels; 0 included where a padded
/// convolution reads it): m_c = (h_c / max h) ^ alpha with the half ranges h_c, at least `least_share` of the
/// widest. alpha 1: every channel uses all codes; 0: one scale for all.
///
/// Without `exponent`, alpha is the one of 0, 0.1, ..., 1 with the least expected noise energy where the
/// tensor is read, all rounding taken as uniform; of equals the largest:
///   sum_c ((D m_c)^2 / 12 + u_c) g_c  +  sum_o s_o^2 / 12 sum_ct var_c / m_c^2
/// D = 2 max h / (2^b - 1) is the step of the codes. g_c is sum_ot W_oct^2 over the outputs o and taps t of a
/// convolution that reads the channel, 1 for an addition, a shortcut or a resize; a cast passes on what reads
/// it. The second sum is of dense convolutions, whose weights are multiplied by m_c: s_o = max_ct |W_oct m_c|
/// / (2^(b_w - 1) - 1). u_c is 0 without recipe.headroom. With it, it is what clipping would cost on images
/// that are not among the calibration images, by leaving out one of these after another (nothing, if there is
/// but one): the mean squared distance of the channel's values on each image to the range of half width max h
/// (h'_c / max h) ^ alpha around its centre, h'_c and the centre of the other images. With alpha < 1 a narrow
/// channel has codes to spare for what nobody has seen.
void scale_channels(const MapContext& context, double least_share, std::optional<double> exponent,
                    ChannelMap& map);

}  // namespace tridex::quant

#include <filesystem>

#include "quant/quantize.h"

namespace tridex::quant {

namespace {

constexpr int kMinBits = 2;
constexpr int kMaxBits = 16;
constexpr int kMaxImages = 1 << 20;

std::map<std::string, int> read_role_bits(const Yaml& yaml) {
  std::map<std::string, int> result;
  for (int i = 0; i <= static_cast<int>(Role::kHead); ++i) {
    const std::string name = role_name(static_cast<Role>(i));
    if (const auto bits = yaml.find(name)) {
      result[name] = static_cast<int>(bits->integer(kMinBits, kMaxBits));
    }
  }
  yaml.finish();
  return result;
}

std::optional<int> read_bits(const Yaml& yaml, const char* key) {
  const auto value = yaml.find(key);
  return value ? std::optional(static_cast<int>(value->integer(kMinBits, kMaxBits))) : std::nullopt;
}

LayerWidths read_layer(const Yaml& yaml) {
  LayerWidths layer;
  layer.match = yaml.at("match").text();
  layer.where = yaml.where();
  layer.weight_bits = read_bits(yaml, "weight_bits");
  layer.activation_bits = read_bits(yaml, "activation_bits");
  yaml.finish();
  if (!layer.weight_bits && !layer.activation_bits) {
    yaml.fail("says nothing about the layers it matches: give weight_bits, activation_bits or both");
  }
  return layer;
}

std::vector<double> read_numbers(const Yaml& yaml, double low, double high) {
  std::vector<double> result;
  for (const Yaml& item : yaml.items()) {
    result.push_back(item.real(low, high));
  }
  return result;
}

/// pointwise_migration: 0 to 1, or "search".
double read_exponent(const Yaml& yaml, double otherwise) {
  const auto value = yaml.find("pointwise_migration");
  if (!value) {
    return otherwise;
  }
  const std::string text = value->text();
  if (text == "search") {
    return Recipe::kSearchExponent;
  }
  const bool number = !text.empty() && text.find_first_not_of("+-.0123456789eE") == std::string::npos;
  if (!number) {
    value->fail("expected a number from 0 to 1, or search, got '" + text + "'");
  }
  return value->real(0, 1);
}

}  // namespace

Recipe read_recipe(const Yaml& yaml) {
  Recipe recipe;
  recipe.name = yaml.text("name", std::filesystem::path(yaml.file()).stem().string());
  recipe.text = yaml.dump();
  const auto bits = [&](const char* key, int otherwise) {
    return static_cast<int>(yaml.integer(key, otherwise, kMinBits, kMaxBits));
  };
  const auto range = [&](const char* key, RangeMethod otherwise) {
    return yaml.choice<RangeMethod>(key, otherwise,
                                    {{"min_max", RangeMethod::kMinMax},
                                     {"percentile", RangeMethod::kPercentile},
                                     {"lp", RangeMethod::kLp}});
  };
  recipe.weight_bits = bits("weight_bits", recipe.weight_bits);
  recipe.activation_bits = bits("activation_bits", recipe.activation_bits);
  recipe.attention_bits = bits("attention_bits", recipe.attention_bits);
  recipe.logit_bits = bits("logit_bits", recipe.logit_bits);
  recipe.resize_bits = bits("resize_bits", recipe.resize_bits);
  if (const auto roles = yaml.find("role_weight_bits")) {
    recipe.role_weight_bits = read_role_bits(*roles);
  }
  if (const auto roles = yaml.find("role_activation_bits")) {
    recipe.role_activation_bits = read_role_bits(*roles);
  }
  recipe.division_bits = read_bits(yaml, "division_bits");
  recipe.residual_bits = read_bits(yaml, "residual_bits");
  recipe.first_weight_bits = read_bits(yaml, "first_weight_bits");
  recipe.last_weight_bits = read_bits(yaml, "last_weight_bits");
  recipe.wide_operands = yaml.boolean("wide_operands", recipe.wide_operands);
  if (const auto layers = yaml.find("layers")) {
    for (const Yaml& layer : layers->items()) {
      recipe.layers.push_back(read_layer(layer));
    }
  }
  recipe.symmetric = yaml.boolean("symmetric", recipe.symmetric);
  recipe.weight_zero_point = yaml.boolean("weight_zero_point", recipe.weight_zero_point);
  if (recipe.weight_zero_point && recipe.symmetric) {
    yaml.at("weight_zero_point")
        .fail("symmetric: true has weights without a zero point; leave one of them out");
  }
  recipe.power_of_two_scales = yaml.boolean("power_of_two_scales", recipe.power_of_two_scales);
  recipe.weight_range = range("weight_range", recipe.weight_range);
  recipe.activation_range = range("activation_range", recipe.activation_range);
  recipe.percentile = yaml.real("percentile", recipe.percentile, 50, 100);
  recipe.lp = yaml.real("lp", recipe.lp, 0.5, 10);
  recipe.search_steps = static_cast<int>(yaml.integer("search_steps", recipe.search_steps, 1, 100));
  recipe.calibration_images =
      static_cast<int>(yaml.integer("calibration_images", recipe.calibration_images, 1, kMaxImages));
  recipe.migration = yaml.boolean("migration", recipe.migration);
  recipe.shift = yaml.boolean("shift", recipe.shift);
  recipe.residual_scales = yaml.boolean("residual_scales", recipe.residual_scales);
  recipe.divisor = yaml.choice<Divisor>("divisor", recipe.divisor,
                                        {{"log2_code", Divisor::kLog2Code},
                                         {"log2_paper", Divisor::kLog2Paper},
                                         {"uniform", Divisor::kUniform},
                                         {"exact", Divisor::kExact},
                                         {"reciprocal", Divisor::kReciprocal}});
  recipe.reciprocal_table_bits =
      static_cast<int>(yaml.integer("reciprocal_table_bits", recipe.reciprocal_table_bits, 4, 10));
  recipe.y_window = yaml.choice<ExponentWindow>(
      "y_window", recipe.y_window,
      {{"fixed", ExponentWindow::kFixed}, {"calibrated", ExponentWindow::kCalibrated}});
  recipe.bounded_quotients = yaml.boolean("bounded_quotients", recipe.bounded_quotients);
  recipe.min_code = static_cast<int>(yaml.integer("min_code", recipe.min_code, 0, 65535));
  recipe.y_min = static_cast<int>(yaml.integer("y_min", recipe.y_min, -64, 64));
  recipe.y_max = static_cast<int>(yaml.integer("y_max", recipe.y_max, -64, 64));
  if (recipe.y_min > recipe.y_max) {
    yaml.at("y_min").fail("must not be above y_max");
  }
  recipe.bias_correction = yaml.boolean("bias_correction", recipe.bias_correction);
  recipe.depthwise_scales = yaml.boolean("depthwise_scales", recipe.depthwise_scales);
  recipe.pointwise_migration = read_exponent(yaml, recipe.pointwise_migration);
  recipe.headroom = yaml.boolean("headroom", recipe.headroom);
  recipe.channel_clipping = yaml.boolean("channel_clipping", recipe.channel_clipping);
  if (recipe.headroom && recipe.channel_clipping) {
    yaml.at("headroom").fail("channel_clipping cuts the ranges that headroom widens; leave one of them out");
  }
  recipe.head_scales = yaml.boolean("head_scales", recipe.head_scales);
  recipe.norm_scales = yaml.boolean("norm_scales", recipe.norm_scales);
  recipe.compensation = yaml.boolean("compensation", recipe.compensation);
  if (recipe.compensation && !recipe.bias_correction) {
    yaml.at("bias_correction")
        .fail(
            "compensation fits weights to how values vary and leaves their means to bias_correction; leave "
            "this on");
  }
  recipe.hessian_scales = yaml.boolean("hessian_scales", recipe.hessian_scales);
  recipe.gptq = yaml.boolean("gptq", recipe.gptq);
  recipe.lattice = yaml.boolean("lattice", recipe.lattice);
  recipe.block_search = yaml.boolean("block_search", recipe.block_search);
  recipe.polish_sweeps = static_cast<int>(yaml.integer("polish_sweeps", recipe.polish_sweeps, 0, 100));
  recipe.block_images = static_cast<int>(yaml.integer("block_images", recipe.block_images, 1, 1024));
  recipe.reconstruction_steps =
      static_cast<int>(yaml.integer("reconstruction_steps", recipe.reconstruction_steps, 0, 100000));
  recipe.reconstruction_batch =
      static_cast<int>(yaml.integer("reconstruction_batch", recipe.reconstruction_batch, 1, 1024));
  recipe.reconstruction_rate = yaml.real("reconstruction_rate", recipe.reconstruction_rate, 1e-6, 1);
  recipe.reconstruction_rounding_weight =
      yaml.real("reconstruction_rounding_weight", recipe.reconstruction_rounding_weight, 0, 1e6);
  if (const auto deviation = yaml.find("input_std"); deviation && !yaml.find("input_mean")) {
    deviation->fail("goes with input_mean, which is not there");
  }
  if (const auto mean = yaml.find("input_mean")) {
    recipe.input_mean = read_numbers(*mean, -1e3, 1e3);
    recipe.input_std = read_numbers(yaml.at("input_std"), 1e-6, 1e6);
    if (recipe.input_mean.size() != recipe.input_std.size()) {
      yaml.at("input_std").fail("must have as many numbers as input_mean");
    }
  }
  yaml.finish();
  return recipe;
}

}  // namespace tridex::quant

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

std::vector<double> read_numbers(const Yaml& yaml, double low, double high) {
  std::vector<double> result;
  for (const Yaml& item : yaml.items()) {
    result.push_back(item.real(low, high));
  }
  return result;
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
  recipe.symmetric = yaml.boolean("symmetric", recipe.symmetric);
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
                                         {"exact", Divisor::kExact}});
  recipe.min_code = static_cast<int>(yaml.integer("min_code", recipe.min_code, 0, 65535));
  recipe.y_min = static_cast<int>(yaml.integer("y_min", recipe.y_min, -64, 64));
  recipe.y_max = static_cast<int>(yaml.integer("y_max", recipe.y_max, -64, 64));
  if (recipe.y_min > recipe.y_max) {
    yaml.at("y_min").fail("must not be above y_max");
  }
  recipe.bias_correction = yaml.boolean("bias_correction", recipe.bias_correction);
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

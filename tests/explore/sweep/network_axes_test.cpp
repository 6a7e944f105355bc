#include "explore/sweep/network_axes.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

namespace {

/// The engines of the design take weights of up to 8 bits, and requantize by multipliers.
void check(const std::string& axes, const std::string& recipes = "default") {
  INFO(axes);
  const test::TempFolder folder;
  folder.write("exact.yaml", "divisor: exact\n");
  check_network_axes(read_sweep(folder.write(
      "s.yaml", "design: trio_vit_zcu102\nnetworks:\n  - {model: efficientvit_b0_r64, recipes: [" + recipes +
                    "]}\n" + axes)));
}

void refuses(const std::string& axes, const std::string& place, const std::string& reason) {
  INFO(axes);
  CHECK_THROWS_WITH(check(axes), Contains("s.yaml:" + place) && Contains(reason));
}

}  // namespace

TEST_CASE("a value that a network does not accept is told with its axis' line") {
  CHECK_NOTHROW(check("axes:\n  recipe.weight_bits[*stages.0*]: [4, 8]\n  copies: [1, 2]\n"));
  refuses("axes:\n  copies: [1, 2]\n  recipe.weight_bits: [8, 17]\n",
          "6: axes.recipe.weight_bits: 17: ", "outside 2 to 16");
  refuses("axes:\n  recipe.weight_bits: [4, 8]\n  recipe.weight_bits[*stage.0*]: [4, 8]\n",
          "6: axes.recipe.weight_bits[*stage.0*]: 4: ", "no layer of efficientvit_b0_r64 is named");
  refuses(
      "zip:\n  - copies: [1, 2]\n    recipe.weight_bits: [8, 4]\n    recipe.role_weight_bits.heat: [4, 4]\n",
      "5: zip.0: recipe.weight_bits=8, recipe.role_weight_bits.heat=4: ", "heat");
  refuses("axes:\n  network.model: [efficientvit_b1_r64, efficientvit_b9_r64]\n",
          "5: axes.network.model: efficientvit_b9_r64: ", "efficientvit_b9_r64");
}

TEST_CASE("values that are accepted alone, or beside the first ones, are for the points to say") {
  // 5 is above 0, alone it is not above the recipe's own.
  CHECK_NOTHROW(check("axes:\n  recipe.y_min: [-6, 5]\n  recipe.y_max: [9, 0]\n"));
  CHECK_NOTHROW(check("axes:\n  recipe.y_min: [-6, 5]\n  recipe.y_max: [0, 9]\n"));
}

TEST_CASE("a width that no capabilities are enough for is told before anything is quantized") {
  const std::string width = "axes:\n  recipe.weight_bits[*stages.0*]: [8, 9]\n";
  refuses(width, "5: axes.recipe.weight_bits[*stages.0*]: 9: no point can have this value: ",
          "has weights of 9 bits; the engines of design 'trio_vit_zcu102' take 8");
  refuses(width + "  copies: [4, 8]\n", "5: ", "weights of 9 bits");
  refuses(width + "  capabilities.max_weight_bits: [4, 8]\n", "5: ", "take");
  // Some point can have it: whichever value of the other axis it is, and where they are one axis.
  CHECK_NOTHROW(check(width + "  capabilities.max_weight_bits: [8, 9]\n"));
  CHECK_NOTHROW(check(width + "  capabilities.max_weight_bits: [8, 9, 4]\n"));
  CHECK_NOTHROW(check("zip:\n  - recipe.weight_bits: [8, 9]\n    capabilities.max_weight_bits: [8, 9]\n"));
  refuses("zip:\n  - recipe.weight_bits: [8, 10]\n    capabilities.max_weight_bits: [8, 9]\n",
          "5: zip.0: recipe.weight_bits=10: no point", "take 9");
}

TEST_CASE(
    "values are not at fault where no network can be computed without them, nor where one can be with them") {
  refuses("axes:\n  recipe.weight_bits: [9, 10]\n", "5: axes.recipe.weight_bits: 9: no point",
          "weights of 9 bits");
  // The design has no such divisor; with its own recipe one of the networks can have either value.
  CHECK_NOTHROW(check("axes:\n  recipe.weight_bits: [4, 8]\n", "exact.yaml"));
  CHECK_NOTHROW(check("axes:\n  recipe.weight_bits: [4, 8]\n", "exact.yaml, default"));
  // Shifts alone need scales that are powers of two.
  const std::string shift = "axes:\n  recipe.power_of_two_scales: [false, true]\n  capabilities.requant: ";
  refuses(shift + "[shift]\n", "5: axes.recipe.power_of_two_scales: false: no point",
          "its requantization is no shift");
  CHECK_NOTHROW(check(shift + "[shift, multiplier]\n"));
}

TEST_CASE("a value that some point can have is not refused, whatever it needs of others") {
  // Derived capabilities; a table that only one divisor reads; a design that the first values do not give.
  CHECK_NOTHROW(
      check("axes:\n  copies: [1, 2]\n  recipe.weight_bits[*stages.0*]: [8, 9]\n"
            "derived: {capabilities.max_weight_bits: 7 + copies}\n"));
  CHECK_NOTHROW(
      check("axes:\n  recipe.divisor: [reciprocal, log2_code]\n"
            "  recipe.reciprocal_table_bits: [4, 10]\n  capabilities.reciprocal_table_bits: [4]\n"
            "  capabilities.divisors: ['[reciprocal, log2_code]']\n"));
  CHECK_NOTHROW(
      check("axes:\n  buffers.weight.kib: [127, 128]\nzip:\n"
            "  - recipe.weight_bits: [8, 4]\n    buffers.weight.banks: [4, 128]\n"));
  // A layer that one of two models has.
  CHECK_NOTHROW(
      check("axes:\n  network.model: [efficientvit_b0_r64, efficientvit_b1_r64]\n"
            "  recipe.weight_bits[*stages.1.op_list.2*]: [8, 4]\n"));
  refuses(
      "axes:\n  network.model: [efficientvit_b0_r64, efficientvit_b1_r64]\n"
      "  recipe.weight_bits[*stages.9*]: [8, 4]\n",
      "6: axes.recipe.weight_bits[*stages.9*]: 8: ", "no layer");
}

TEST_CASE("a recipe that its network cannot have is not an axis' fault") {
  const test::TempFolder folder;
  folder.write("own.yaml", "layers:\n  - {match: nolayer.*, weight_bits: 4}\n");
  const auto file = folder.write("s.yaml",
                                 "design: trio_vit_zcu102\nnetworks:\n"
                                 "  - {model: efficientvit_b0_r64, recipes: [own.yaml]}\n"
                                 "axes:\n  recipe.weight_bits: [4, 8]\n");
  CHECK_THROWS_WITH(check_network_axes(read_sweep(file)),
                    Contains("own.yaml:2: layers: no layer") && !Contains("axes."));
}

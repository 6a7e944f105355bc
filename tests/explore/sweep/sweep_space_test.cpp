#include "explore/sweep/sweep_space.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

namespace {

const std::string kNetwork =
    "design: trio_vit_zcu102\nnetworks:\n  - {model: efficientvit_b0_r64, recipes: [default]}\n";

struct Case {
  explicit Case(const std::string& text, const std::string& head = kNetwork)
      : sweep(read_sweep(folder.write("s.yaml", head + text))) {}
  test::TempFolder folder;
  Sweep sweep;
};

SweepPoints points(const std::string& text, const std::string& head = kNetwork) {
  return expand(Case(text, head).sweep);
}

std::set<std::string> values(const SweepPoints& points, const std::string& key) {
  std::set<std::string> result;
  for (const auto& point : points.points) {
    result.insert(points.settings(point).at(key));
  }
  return result;
}

void fails(const std::string& text, const std::string& a, const std::string& b) {
  INFO(text);
  CHECK_THROWS_WITH(points(text), Contains("s.yaml") && Contains(a) && Contains(b));
}

}  // namespace

TEST_CASE("ranges and powers of two are axes, alone and zipped") {
  const auto all = points(
      "axes:\n  copies: {powers_of_two: [1, 16]}\nzip:\n  - buffers.input.kib: {from: 512, to: 1024, step: "
      "256}\n"
      "    buffers.output.kib: [256, 512, 512]\n");
  REQUIRE(all.points.size() == 15);
  CHECK(all.designs[14].design->copies == 16);
  CHECK(all.settings(all.points[14]).at("buffers.input.kib") == "1024");
  CHECK(all.settings(all.points[14]).at("buffers.output.kib") == "512");
}

TEST_CASE("constraints take points away before anything runs, over axes and over keys of the design") {
  // The design has 8 lanes and 200 MHz.
  const auto all = points(
      "axes:\n  copies: [4, 8, 16, 32]\n  engines.0.inputs: [4, 8]\n"
      "constraints:\n  - copies * engines.0.lanes <= 128\n  - engines.0.inputs < 8 or clock_mhz < 200\n");
  CHECK(values(all, "copies") == std::set<std::string>{"4", "8", "16"});  // 16 x 8 = 128: tight
  CHECK(values(all, "engines.0.inputs") == std::set<std::string>{"4"});
  CHECK(all.points.size() == 3);
  CHECK(all.designs.size() == 3);
  CHECK(all.excluded == 5);
}

TEST_CASE("constraints read keys below what an axis sets as a whole, words and truth values") {
  const auto all = points(
      "axes:\n  buffers.input: [{kib: 256, banks: 16, width_bits: 128}, {kib: 512, banks: 16, width_bits: "
      "128}]\n"
      "  mapping.objective: [latency, traffic]\n  memory.ideal: [true, false]\n"
      "constraints:\n  - buffers.input.kib > 256\n  - mapping.objective == 'traffic' and not memory.ideal\n");
  REQUIRE(all.points.size() == 1);
  CHECK(all.designs[0].design->input_buffer.bytes == 512 * 1024);
}

TEST_CASE("derived values are settings, and may read those before them") {
  const auto all = points(
      "axes:\n  copies: [4, 8]\n"
      "derived:\n  buffers.input.kib: copies * 64\n  buffers.output.kib: buffers.input.kib / 2 + 128\n"
      "  mapping.search: if(copies > 4, 'fast', 'none')\n"
      "constraints: [buffers.output.kib != 300]\n");
  REQUIRE(all.points.size() == 2);
  CHECK(all.settings(all.points[1]) == Settings{{"buffers.input.kib", "512"},
                                                {"buffers.output.kib", "384"},
                                                {"copies", "8"},
                                                {"mapping.search", "fast"}});
  CHECK(all.designs[0].design->input_buffer.bytes == 256 * 1024);
}

TEST_CASE("axes over keys of the recipe make networks, each once") {
  const auto all = points(
      "axes:\n  copies: [4, 8]\n  recipe.weight_bits: [4, 6]\n  recipe.weight_bits[*stem.*]: [8, 5]\n"
      "  recipe.role_weight_bits.head: [7]\nconstraints:\n  - recipe.weight_bits[*stem.*] > "
      "recipe.weight_bits\n"
      "  - recipe.activation_bits == 8\n");
  // 4 and 5 to 8 of the stem: 8 > 4, 5 > 4, 8 > 6.
  CHECK(all.points.size() == 6);
  CHECK(all.designs.size() == 2);
  REQUIRE(all.networks.size() == 3);
  const auto& recipe = all.networks[2].recipe;
  CHECK(recipe.weight_bits == 6);
  CHECK(recipe.role_weight_bits.at("head") == 7);
  REQUIRE(recipe.layers.size() == 1);
  CHECK(recipe.layers[0].match == "*stem.*");
  CHECK(recipe.layers[0].weight_bits == 8);
  CHECK(all.networks[0].recipe.text != all.networks[1].recipe.text);
  CHECK(all.settings(all.points[5]).at("recipe.weight_bits[*stem.*]") == "8");
}

TEST_CASE("entries of a recipe's layers stay before those of axes") {
  const test::TempFolder folder;
  folder.write("own.yaml", "layers:\n  - match: '*.0.*'\n    weight_bits: 3\n    activation_bits: 6\n");
  const auto file =
      folder.write("s.yaml",
                   "design: trio_vit_zcu102\nnetworks:\n"
                   "  - {model: efficientvit_b0_r64, recipes: [own.yaml]}\n"
                   "axes:\n  recipe.activation_bits[*.1.*]: [4]\n  recipe.weight_bits[head.*]: [5]\n");
  const auto all = expand(read_sweep(file));
  REQUIRE(all.networks.size() == 1);
  const auto& layers = all.networks[0].recipe.layers;
  REQUIRE(layers.size() == 3);
  CHECK(layers[0].match == "*.0.*");
  CHECK(layers[0].weight_bits == 3);
  CHECK(layers[0].activation_bits == 6);
  CHECK(layers[1].match == "*.1.*");
  CHECK(layers[1].activation_bits == 4);
  CHECK_FALSE(layers[1].weight_bits);
  CHECK(layers[2].weight_bits == 5);
}

TEST_CASE("axes over the network: its model and its resolution") {
  const auto all = points(
      "axes:\n  network.resolution: [64, 96x128]\n  network.model: [efficientvit_b0_r64, "
      "efficientvit_b1_r64]\n"
      "constraints: [\"network.model == 'efficientvit_b0_r64' or network.resolution == 64\"]\n");
  REQUIRE(all.networks.size() == 3);
  CHECK(all.networks[0].model.name == "efficientvit_b0_r64");
  CHECK(all.networks[1].model.name == "efficientvit_b1_r64");
  CHECK(all.networks[2].model.name == "efficientvit_b0_r96x128");
  fails("axes:\n  network.size: [1]\n", "network.size", "there are: model, resolution");
  fails("axes:\n  network.data: [scenes-test]\n", "network.data", "need weights");
  fails("axes:\n  network.images: [many]\n", "network.images=many", "whole number");
  fails("axes:\n  network.model: [tiny_cnn]\n  network.resolution: [64]\n", "network.resolution=64",
        "tiny_cnn");
}

TEST_CASE("a sample is of networks and axes") {
  const std::string axes =
      "axes:\n  copies: {from: 1, to: 16}\n  engines.0.lanes: {from: 1, to: 16}\n"
      "  ports.count: [1, 2, 4]\n  clock_mhz: {from: 100, to: 300, count: 101}\n"
      "  recipe.weight_bits: {from: 2, to: 8}\n  vector.lanes: {from: 1, to: 64}\n";  // 34,744,320 points
  const auto all = points(axes + "sample: {method: latin_hypercube, points: 32, seed: 7}\n");
  CHECK(all.points.size() == 32);
  CHECK(values(all, "copies").size() == 16);
  CHECK(all.networks.size() == 7);
  const auto some = points(axes + "sample: {method: random, points: 32}\nconstraints: [copies <= 4]\n");
  CHECK(some.points.size() == 32);
  CHECK(values(some, "copies").size() <= 4);
  fails(axes, "more than 1000000 points", "sample");
  fails("axes:\n  copies: [1, 2]\nsample: {method: random, points: 3}\n", "sample", "there are only 2");
  fails("sample: {method: sobol, points: 3}\n", "sample.method", "random, latin_hypercube");
  fails("sample: {method: random}\n", "sample", "points");
}

TEST_CASE("the example of a space is one") {
  const auto all = expand(read_sweep(TRIDEX_SOURCE_DIR "/configs/sweeps/trio_zcu102_space.yaml"));
  CHECK(all.points.size() == 1000);
  CHECK(all.networks.size() == 3);
  size_t readable = 0;
  for (const auto& design : all.designs) {
    readable += design.design.has_value();
  }
  CHECK(readable == all.designs.size());
}

TEST_CASE("points do not depend on the number of threads") {
  const Case one("axes:\n  copies: {from: 0, to: 9}\n  clock_mhz: {from: 100, to: 300, count: 11}\n");
  const auto expected = expand(one.sweep, 1);
  for (const unsigned threads : {2U, 3U, 200U}) {
    const auto found = expand(one.sweep, threads);
    REQUIRE(found.designs.size() == 110);
    for (size_t i = 0; i < 110; ++i) {
      CHECK(found.designs[i].settings == expected.designs[i].settings);
      CHECK(found.designs[i].reason == expected.designs[i].reason);
      REQUIRE(found.designs[i].design.has_value() == expected.designs[i].design.has_value());
      CHECK((!found.designs[i].design || found.designs[i].design->text == expected.designs[i].design->text));
    }
  }
}

TEST_CASE("errors of expressions name the line and the values") {
  const std::string axes = "axes:\n  copies: [4, 0]\n";
  fails(axes + "constraints: [copys < 4]\n", "s.yaml:6: constraints.0", "did you mean 'copies'?");
  fails(axes + "constraints: [fps > 100]\n", "s.yaml:6: constraints.0",
        "'fps' is a figure of a point that has run");
  fails(axes + "constraints: [copies <]\n", "s.yaml:6: constraints.0", "character 9");
  fails(axes + "constraints: [copies * 2]\n", "s.yaml:6: constraints.0",
        "a constraint is true or false, this one 8");
  fails(axes + "constraints: [16 / copies > 1]\n", "16 / 0", "(copies=0)");
  fails(axes + "constraints: [copies > 4]\n", "constraints leave none of 2", "points");
  fails(axes + "constraints: [recipe.weight_bitz > 4]\n", "recipe.weight_bitz", "recipes or networks");
  fails(axes + "derived: {copies: 3 + 1}\n", "derived.copies", "already");
  fails(axes + "derived: {ports.count: clock_mhz, clock_mhz: copies}\n", "derived.ports.count", "move it up");
  fails(axes + "derived: {ports.count: 1 +}\n", "s.yaml:6: derived.ports.count", "character 4");
  fails("axes:\n  recipe.weight_bits: [1]\n", "s.yaml:5: axes.recipe.weight_bits: 1:", "outside 2 to 16");
  fails("axes:\n  recipe.weight_bitz: [4]\n", "weight_bitz", "did you mean 'weight_bits'?");
  fails("axes:\n  recipe.weight_bits[]: [4]\n", "recipe.weight_bits[]", "names of layers");
  fails("budget: {}\n", "budget", "points, minutes");
  fails("budget: {points: 0}\n", "budget.points", "outside 1");
}

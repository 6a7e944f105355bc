#include "explore/search/search_space.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "explore/search/search_spec.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;

namespace {

const std::string kMachine =
    "design: trio_vit_zcu102\nnetworks:\n  - {model: efficientvit_b0_r64, recipes: [default, w4a8]}\n";
const std::string kWanted = "objectives: [{maximize: fps}, {minimize: dsp}]\n";

Search searched(const std::string& more) {
  const test::TempFolder folder;
  return read_search(folder.write("search.yaml", kMachine + kWanted + more));
}

}  // namespace

TEST_CASE("a search's space may have more points than a sweep can cross") {
  const std::string axes =
      "axes:\n  copies: {from: 1, to: 1000}\n  vector.lanes: {from: 1, to: 1000}\n"
      "  buffers.input.kib: {from: 1, to: 1000}\n";
  const Search search = searched(axes);
  SearchSpace space(search.sweep);
  CHECK(space.points() == 2'000'000'000);
  CHECK(space.network_count() == 2);
  CHECK(space.design({1, 11, 63, 255}).design->copies == 12);
  const test::TempFolder folder;
  CHECK_THROWS_WITH(read_sweep(folder.write("sweep.yaml", kMachine + axes)),
                    Contains("cross to more than 1000000 points"));
}

TEST_CASE(
    "axes over recipes and networks make a search's networks; a row of a point leads back to its choice") {
  const Search search = searched(
      "axes:\n  copies: [8, 16]\n  network.resolution: [64, 96, 128]\n"
      "zip:\n  - recipe.weight_bits: [4, 8]\n    ports.count: [2, 4]\n"
      "derived:\n  buffers.weight.kib: copies * 48\n");
  SearchSpace space(search.sweep);
  CHECK(space.sizes() == std::vector<size_t>{2, 2, 3, 2});
  CHECK(space.ordered() == std::vector<bool>{false, true, true, true});
  CHECK(space.network_count() == 12);
  CHECK(space.all_networks().size() == 12);
  std::vector<size_t> uses(12);
  Choice choice(4, 0);
  do {
    const Settings settings = space.settings(choice);
    const size_t index = space.network(choice);
    REQUIRE(index < 12);
    ++uses[index];
    const NetworkVariant& network = space.networks().variants()[index];
    CHECK(network.model.name == "efficientvit_b0_r" + settings.at("network.resolution"));
    CHECK(network.recipe_name == (choice[0] == 0 ? "default" : "w4a8"));
    CHECK(std::to_string(network.recipe.weight_bits) == settings.at("recipe.weight_bits"));
    const DesignVariant variant = space.design(choice);
    REQUIRE(variant.design);
    CHECK(variant.settings.count("recipe.weight_bits") + variant.settings.count("network.resolution") == 0);
    CHECK(variant.settings.at("buffers.weight.kib") == (choice[1] == 0 ? "384" : "768"));
    PointRow row;
    row.model = network.model.name;
    row.recipe = network.recipe_name;
    row.settings = settings;
    CHECK(space.choice_of(row) == choice);
    row.model = "another";
    CHECK_FALSE(space.choice_of(row));
  } while (to_next(choice, space.sizes()));
  CHECK(uses == std::vector<size_t>(12, 2));
}

TEST_CASE("a search may have any number of networks, and makes those that it asks for") {
  const Search search = searched(
      "axes:\n  recipe.calibration_images: {from: 1, to: 100}\n  recipe.search_steps: {from: 1, to: 100}\n");
  SearchSpace space(search.sweep);
  CHECK(space.network_count() == 20'000);
  CHECK(space.networks().variants().empty());
  const size_t network = space.network({1, 8, 9});
  CHECK(space.networks().variants()[network].recipe.calibration_images == 9);
  CHECK(space.networks().variants()[network].recipe.search_steps == 10);
  CHECK(space.networks().variants()[network].recipe_name == "w4a8");
  CHECK(space.network({1, 8, 9}) == network);
  CHECK(space.networks().variants().size() == 1);
  CHECK_THROWS_WITH(
      SearchSpace(searched("axes: {copies: [4, 8]}\nderived: {recipe.weight_bits: copies}\n").sweep),
      Contains("search.yaml:6: derived.recipe.weight_bits") && Contains("zip"));
}

TEST_CASE("settings of a network that are refused together are not allowed, and the reason is kept") {
  const Search search =
      searched("axes:\n  recipe.y_min: [-6, 5]\n  recipe.y_max: [9, 0]\n  copies: [4, 8]\n");
  SearchSpace space(search.sweep);  // each value is accepted with the first one of the other
  CHECK(space.allowed({0, 1, 0, 0}));
  CHECK(space.allowed({0, 0, 1, 0}));
  CHECK(space.refused().empty());
  CHECK_FALSE(space.allowed({0, 1, 1, 1}));
  CHECK_THAT(space.refused(), Contains("recipe.y_max=0, recipe.y_min=5"));
  const std::string first = space.refused();
  CHECK_FALSE(space.allowed({1, 1, 1, 0}));
  CHECK(space.refused() == first);
  CHECK(space.all_networks().size() == 2 * 3);
  CHECK(space.network_steps({0, 1, 0, 0}).size() == 2 + 1 + 1);
}

TEST_CASE("constraints over keys are tested on choices, those over figures on results") {
  const Search search = searched(
      "axes:\n  copies: [4, 8, 16]\n  ports.count: [1, 2, 4]\n"
      "constraints: [copies * ports.count <= 16, dsp <= 1700, recipe.weight_bits == 8 or copies > 4, "
      "fits]\n");
  REQUIRE(search.constraints.size() == 2);
  CHECK(search.constraints[0].name == "dsp");
  CHECK(search.constraints[1].name == "fits");
  REQUIRE(search.sweep.constraints.size() == 2);
  SearchSpace space(search.sweep);
  CHECK(space.allowed({0, 0, 2}));        // 4 * 4
  CHECK_FALSE(space.allowed({0, 1, 2}));  // 8 * 4
  CHECK(space.allowed({1, 1, 1}));        // w4a8 with 8 copies
  CHECK_FALSE(space.allowed({1, 0, 0}));  // w4a8 with 4
  CHECK_THROWS_WITH(searched("axes: {copies: [4, 8]}\nconstraints: [copies * 2 <=]\n"),
                    Contains("search.yaml:6: constraints.0"));
}

#include <catch2/catch.hpp>

#include "quant/ablation.h"
#include "support/temp_folder.h"
#include "support/zoo.h"

using namespace tridex;
using namespace tridex::quant;
using tridex::test::Zoo;

/// The network that ships does what its card says (models/zoo/README.md), on 1,600 of its 10,000 test images:
/// the bounds leave three standard errors of such a sample.
TEST_CASE("zoo: EfficientViT-B0 for the scenes, in float and quantized") {
  const Zoo zoo;
  const tridex::test::TempFolder folder;
  const auto test = models::open_dataset(
      folder.write(
          "test.yaml",
          "task: classification\nlayout: generated\nscenes: {split: test, images: 1600}\nresize: {mode: "
          "none}\nnormalize: {divide: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}\n"),
      zoo.graph.node(zoo.graph.input).shape);
  std::vector<Recipe> recipes;
  for (const char* name : {"vanilla", "trio_paper", "default"}) {
    recipes.push_back(
        read_recipe(Yaml::load(zoo.source / "configs" / "quant" / (std::string(name) + ".yaml"))));
  }
  const auto rows = run_ablation(zoo.graph, zoo.weights, recipes, *zoo.scenes("calib"), *test);
  REQUIRE(rows.size() == 4);
  for (const AblationRow& row : rows) {
    REQUIRE(row.error.empty());
  }
  CHECK(rows[0].top1 > 93);
  // The same images, so that differences are surer than either figure.
  CHECK(rows[1].top1 < rows[2].top1 - 15);
  CHECK(rows[1].sqnr_db < rows[2].sqnr_db - 5);
  CHECK(rows[3].top1 > rows[0].top1 - 3);
}

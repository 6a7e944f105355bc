#include <catch2/catch.hpp>

#include "models/builder.h"
#include "quant/ablation.h"
#include "support/data.h"

using namespace tridex;
using namespace tridex::quant;

/// Seg-B0 on CamVid 480x352 by the integer executor. Bounds: the project's mark (trio_paper 57.5, default
/// 59), and the reference's fake-quantized figures less 1.5 (shared/reference/ptq/README.md: both 60.33, log2
/// code 56.44).
TEST_CASE("Seg-B0 on CamVid", "[camvid]") {
  TRIDEX_SHARED_OR_SKIP(weights_file, "data/efficientvit_seg_b0_cityscapes.safetensors");
  TRIDEX_SHARED_OR_SKIP(data, "data/camvid");
  const models::Graph graph = models::build_network("efficientvit_seg_b0_r352x480");
  const auto weights =
      models::match_weights(graph, models::read_safetensors(weights_file), weights_file.string());
  const std::filesystem::path configs = std::filesystem::path(TRIDEX_SOURCE_DIR) / "configs";
  const auto calibration =
      models::open_dataset(configs / "datasets" / "camvid-calib.yaml", graph.node(0).shape);
  const auto test = models::open_dataset(configs / "datasets" / "camvid-test.yaml", graph.node(0).shape);
  struct Expected {
    const char* recipe;
    double at_least, at_most;
  };
  constexpr double kCollapsed = 10;
  const std::vector<Expected> expected = {{"default", 59, 100},           {"trio_paper", 57.5, 100},
                                          {"trio_code", 54.94, 100},      {"both", 58.83, 100},
                                          {"vanilla", 0, kCollapsed},     {"shift", 0, kCollapsed},
                                          {"both_uniform", 0, kCollapsed}};
  std::vector<Recipe> recipes;
  for (const Expected& e : expected) {
    recipes.push_back(read_recipe(Yaml::load(configs / "quant" / (std::string(e.recipe) + ".yaml"))));
  }
  const auto rows = run_ablation(graph, weights, recipes, *calibration, *test);
  REQUIRE(rows.size() == expected.size() + 1);
  CHECK(rows[0].miou == Approx(62.66).margin(0.1));
  for (size_t i = 0; i < expected.size(); ++i) {
    const AblationRow& row = rows[i + 1];
    INFO(row.recipe << ": mIoU " << row.miou << ", SQNR " << row.sqnr_db << " dB " << row.error);
    CHECK(row.error.empty());
    CHECK(row.miou >= expected[i].at_least);
    CHECK(row.miou <= expected[i].at_most);
  }
}

#include "explore/experiment.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/file.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::explore;
using Catch::Matchers::Contains;
using tridex::test::TempFolder;

namespace {

constexpr const char* kSpec = R"(title: Two rows
rows:
  - vanilla
  - {name: w4, recipe: vanilla, set: {weight_bits: 4}}
  - {name: mine, recipe: {weight_bits: 6, divisor: exact}}
networks:
  - name: scenes
    model: efficientvit_b0_r64
    weights: efficientvit_b0_scenes.safetensors
    calib: scenes-calib
    data: scenes-test
    images: 16
    set: {calibration_images: 2, weight_range: min_max, activation_range: min_max}
    rows: [vanilla, w4]
    reference:
      float: {top1: 94.86, source: "the card, all | images"}
      w4: {top1: 90, sqnr_db: 9.5, agreement: 92, source: "nobody, really"}
  - name: absent
    model: efficientvit_b0_r64
    weights: nowhere.safetensors
    calib: scenes-calib
    data: scenes-test
)";

/// The spec with one text replaced.
std::string changed(const std::string& from, const std::string& to) {
  std::string text = kSpec;
  text.replace(text.find(from), from.size(), to);
  return text;
}

}  // namespace

TEST_CASE("experiment: rows, overrides, references, what is missing") {
  const TempFolder folder;
  const Experiment e = read_experiment(folder.write("e.yaml", kSpec));
  CHECK(e.title == "Two rows");
  REQUIRE(e.networks.size() == 2);
  REQUIRE(e.networks[0].recipes.size() == 2);
  CHECK(e.networks[0].missing.empty());
  CHECK(e.networks[0].recipes[1].name == "w4");
  CHECK(e.networks[0].recipes[1].weight_bits == 4);
  CHECK(e.networks[0].recipes[1].calibration_images == 2);
  CHECK(e.networks[0].references.at("w4").values.at("sqnr_db") == 9.5);
  CHECK_THAT(e.networks[1].missing, Contains("nowhere.safetensors"));
  REQUIRE(e.networks[1].recipes.size() == 3);
  CHECK(e.networks[1].recipes[2].weight_bits == 6);
  CHECK(e.networks[1].recipes[2].divisor == quant::Divisor::kExact);
}

TEST_CASE("experiment: errors name the line and the key") {
  const TempFolder folder;
  const auto error = [&](const std::string& from, const std::string& to) {
    try {
      (void)read_experiment(folder.write("e.yaml", changed(from, to)));
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("none");
  };
  CHECK_THAT(error("- vanilla\n", "- vanila\n"), Contains("e.yaml:3") && Contains("vanilla"));
  CHECK_THAT(error("weight_bits: 4", "weight_bit: 4"), Contains("e.yaml:4") && Contains("weight_bits"));
  CHECK_THAT(error("rows: [vanilla, w4]", "rows: [vanilla, w5]"), Contains("'w5'") && Contains("w4"));
  CHECK_THAT(error("top1: 90", "top2: 90"), Contains("top2"));
  CHECK_THAT(error("name: w4", "name: vanilla"), Contains("twice"));
  CHECK_THAT(error("name: w4", "name: ../w4"), Contains("file's name"));
  CHECK_THAT(error(", source: \"nobody, really\"", ""), Contains("source"));
  CHECK_THAT(error("efficientvit_b0_r64", "efficientvit_b0"), Contains("none") || Contains("efficientvit"));
}

TEST_CASE("experiment: what is measured is kept until something that it depends on changes") {
  const TempFolder folder;
  ExperimentOptions options;
  options.folder = folder.path() / "out";
  options.program = "one";
  std::vector<std::string> measured;
  options.progress = [&](const std::string& network, const quant::AblationProgress& p) {
    if (p.step == "images" && p.done == p.total) {
      measured.push_back(network + "/" + p.recipe);
    }
  };
  const auto run = [&](const std::string& text) {
    measured.clear();
    return run_experiment(read_experiment(folder.write("e.yaml", text)), options);
  };
  const auto first = run(kSpec);
  CHECK(measured == std::vector<std::string>{"scenes/float", "scenes/vanilla", "scenes/w4"});
  const auto& rows = first["networks"][0]["rows"];
  REQUIRE(rows.size() == 3);
  CHECK(rows[0]["top1"].get<double>() > 60);
  CHECK(rows[2]["calibration_images"] == 2);
  CHECK(rows[2]["reference"]["top1"] == 90);
  CHECK(rows[2]["needs"].size() > 3);
  CHECK(rows[2]["difference_from_float"]["low"].get<double>() <=
        rows[2]["difference_from_float"]["points"].get<double>());
  CHECK_FALSE(rows[1].contains("reference"));
  CHECK(first["networks"][1]["skipped"].is_string());

  CHECK(run(kSpec) == first);
  CHECK(measured.empty());
  // Reference figures are no input of a row; a width is. The float network is run again to compare with.
  CHECK(run(changed("top1: 90", "top1: 91"))["networks"][0]["rows"][2]["reference"]["top1"] == 91);
  CHECK(measured.empty());
  (void)run(changed("weight_bits: 4", "weight_bits: 5"));
  CHECK(measured == std::vector<std::string>{"scenes/float", "scenes/w4"});
  // A cut or foreign file is measured again.
  folder.write("out/rows/scenes/vanilla.json", "{\"key\": ");
  (void)run(changed("weight_bits: 4", "weight_bits: 5"));
  CHECK(measured == std::vector<std::string>{"scenes/float", "scenes/vanilla"});
  options.program = "two";
  (void)run(kSpec);
  CHECK(measured.size() == 3);

  const std::string markdown = experiment_markdown(first), csv = experiment_csv(first);
  CHECK_THAT(markdown, Contains("# Two rows") && Contains("| w4 |") && Contains("| 90.00 |") &&
                           Contains("all \\| images") && Contains("* w4: ") && Contains("Skipped: nowhere"));
  CHECK_THAT(csv,
             Contains("\"scenes\",\"efficientvit_b0_r64\",16,\"w4\",") && Contains("\"nobody, really\""));
  options.only = {"scens"};
  CHECK_THROWS_WITH(run(kSpec), Contains("scens") && Contains("scenes"));
}

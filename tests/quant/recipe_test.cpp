#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/registry.h"
#include "quant/activation_pass.h"
#include "quant/quantize.h"
#include "quant/range.h"

using namespace tridex;
using namespace tridex::quant;
namespace fs = std::filesystem;

namespace {

Recipe parse(const std::string& text) {
  return read_recipe(Yaml::parse(text, "r.yaml"));
}

/// Stems of quant/PREFIX*.cpp without the prefix.
std::vector<std::string> files_with(const std::string& prefix, const std::string& except) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(TRIDEX_SOURCE_DIR) / "quant")) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() == ".cpp" && stem.rfind(prefix, 0) == 0 && stem != except) {
      names.push_back(stem.substr(prefix.size()));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("every recipe of the tree is read and named after its file", "[recipe]") {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(TRIDEX_SOURCE_DIR) / "configs" / "quant")) {
    const Recipe recipe = read_recipe(Yaml::load(entry.path()));
    CHECK(recipe.name == entry.path().stem().string());
    ++count;
  }
  CHECK(count >= 12);
}

TEST_CASE("default.yaml explains every key, with the value it has when left out", "[recipe]") {
  std::ifstream file(fs::path(TRIDEX_SOURCE_DIR) / "configs" / "quant" / "default.yaml");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text = text.substr(text.find("# Every key"));
  std::set<std::string> known;  // "... (known: a, b, c)"
  try {
    (void)parse("no such key: 1\n");
  } catch (const Error& e) {
    const std::string message = e.what();
    const size_t from = message.find("(known: ") + 8;
    std::istringstream names(message.substr(from, message.find(')', from) - from));
    for (std::string name; std::getline(names >> std::ws, name, ',');) {
      known.insert(name);
    }
  }
  REQUIRE(known.size() > 40);
  // Two spaces and more divide a line of the comment; "a, b: value" are two keys.
  std::set<std::string> explained;
  std::string values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    size_t end = 0;
    for (size_t at = 1; at < line.size(); at = end) {
      end = std::min(line.find("  ", at), line.size());
      const std::string part = line.substr(at, end - at);
      const size_t colon = part.find(": ");
      if (colon != std::string::npos &&
          part.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789, ") == colon) {
        const std::string value = part.substr(colon + 2, part.find(' ', colon + 2) - colon - 2);
        std::istringstream names(part.substr(0, colon));
        for (std::string name; std::getline(names >> std::ws, name, ',');) {
          INFO(name);
          CHECK(explained.insert(name).second);
          values += value[0] == '(' ? "" : name + ": " + value + "\n";
        }
      }
      end = std::min(line.find_first_not_of(' ', end), line.size());
    }
  }
  CHECK(explained == known);
  Recipe written = parse(values);
  Recipe left_out = parse("name: r\n");
  written.text = left_out.text = "";
  CHECK(written == left_out);
  CHECK(std::count(values.begin(), values.end(), '\n') > 35);
}

TEST_CASE("mistakes in a recipe are told with file, line and key", "[recipe]") {
  CHECK_THROWS_WITH(parse("weight_bits: 8\nweigth_range: lp\n"), Catch::Contains("r.yaml:2") &&
                                                                     Catch::Contains("weigth_range") &&
                                                                     Catch::Contains("weight_range"));
  CHECK_THROWS_WITH(parse("weight_bits: eight\n"),
                    Catch::Contains("r.yaml:1") && Catch::Contains("weight_bits"));
  CHECK_THROWS_WITH(parse("\nweight_bits: 17\n"), Catch::Contains("r.yaml:2") && Catch::Contains("16"));
  CHECK_THROWS_WITH(parse("divisor: log3\n"), Catch::Contains("log2_paper") && Catch::Contains("divisor"));
  CHECK_THROWS_WITH(parse("migration: 3\n"), Catch::Contains("migration"));
  CHECK_THROWS_WITH(parse("role_weight_bits: {depthwize: 8}\n"),
                    Catch::Contains("depthwize") && Catch::Contains("depthwise"));
  CHECK_THROWS_WITH(parse("y_min: 5\ny_max: 4\n"), Catch::Contains("r.yaml:1") && Catch::Contains("y_min"));
  CHECK_THROWS_WITH(parse("input_std: [0.5]\n"),
                    Catch::Contains("r.yaml:1") && Catch::Contains("input_mean"));
  CHECK_THROWS_WITH(parse("pointwise_migration: serach\n"),
                    Catch::Contains("r.yaml:1") && Catch::Contains("or search") && Catch::Contains("serach"));
  CHECK_THROWS_WITH(parse("pointwise_migration: 2\n"), Catch::Contains("pointwise_migration"));
  CHECK_THROWS_WITH(parse("input_mean: [0.5]\n"), Catch::Contains("input_std"));
  CHECK_THROWS_WITH(parse("reconstruction_steps: -1\n"),
                    Catch::Contains("r.yaml:1") && Catch::Contains("reconstruction_steps"));
  CHECK_THROWS_WITH(parse("channel_clipping: true\nheadroom: true\n"),
                    Catch::Contains("r.yaml:2") && Catch::Contains("headroom"));
  CHECK_THROWS_WITH(parse("compensation: true\nbias_correction: false\n"),
                    Catch::Contains("r.yaml:2") && Catch::Contains("bias_correction"));
  CHECK_THROWS_WITH(parse("block_images: 0\n"), Catch::Contains("block_images"));
}

TEST_CASE("values of a recipe", "[recipe]") {
  const Recipe recipe = parse(
      "name: x\nrole_weight_bits: {stem: 8, depthwise: 6}\nweight_bits: 4\ndivisor: uniform\nmin_code: 1\n"
      "division_bits: 9\n");
  CHECK(recipe.name == "x");
  CHECK(recipe.weight_bits == 4);
  CHECK(recipe.role_weight_bits == std::map<std::string, int>{{"stem", 8}, {"depthwise", 6}});
  CHECK(recipe.divisor == Divisor::kUniform);
  CHECK(recipe.min_code == 1);
  CHECK(recipe.division_bits == 9);
}

TEST_CASE("widths of layers and of the residual stream", "[recipe]") {
  const Recipe recipe = parse(
      "residual_bits: 12\nfirst_weight_bits: 8\nlast_weight_bits: 6\nwide_operands: true\n"
      "role_activation_bits: {stem: 10}\n"
      "layers:\n  - {match: \"stages.2.*\", weight_bits: 4}\n  - {match: head, activation_bits: 9}\n");
  CHECK(recipe.residual_bits == 12);
  CHECK(recipe.first_weight_bits == 8);
  CHECK(recipe.last_weight_bits == 6);
  CHECK(recipe.wide_operands);
  CHECK(recipe.role_activation_bits.at("stem") == 10);
  REQUIRE(recipe.layers.size() == 2);
  CHECK(recipe.layers[0].weight_bits == 4);
  CHECK_FALSE(recipe.layers[0].activation_bits);
  CHECK(recipe.layers[1].where == "r.yaml:8");
  CHECK_THROWS_WITH(parse("layers:\n  - {match: a}\n"),
                    Catch::Contains("r.yaml:2") && Catch::Contains("weight_bits"));
  CHECK_THROWS_WITH(parse("layers:\n  - {match: a, weight_bit: 3}\n"),
                    Catch::Contains("layers.0.weight_bit") && Catch::Contains("weight_bits"));
  CHECK_THROWS_WITH(parse("residual_bits: 1\n"), Catch::Contains("residual_bits"));
}

TEST_CASE("what registers itself is what has a file", "[recipe]") {
  CHECK(Registry<RangeFinder>::names() == files_with("range_", "range"));
  CHECK(Registry<ActivationPass>::names() == files_with("activation_", "activation_pass"));
}

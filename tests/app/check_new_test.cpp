#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "arch/design/starter.h"
#include "base/file.h"
#include "command_line.h"
#include "explore/check.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

const fs::path kConfigs = fs::path(TRIDEX_SOURCE_DIR) / "configs";

std::vector<fs::path> presets(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kConfigs / folder)) {
    files.push_back(entry.path());
  }
  REQUIRE_FALSE(files.empty());
  return files;
}

}  // namespace

TEST_CASE("check: what a preset is, by its folder and by its keys alone") {
  const TempFolder elsewhere;
  for (const auto& [folder, kind] : {std::pair{"designs", "design"},
                                     {"devices", "device"},
                                     {"memories", "memory"},
                                     {"quant", "recipe"},
                                     {"datasets", "dataset"},
                                     {"networks", "network"},
                                     {"sweeps", "sweep"},
                                     {"searches", "search"}}) {
    for (const fs::path& file : presets(folder)) {
      CAPTURE(file);
      CHECK(explore::kind_of_file(file) == kind);
      CHECK(explore::kind_of_file(elsewhere.write("x.yaml", read_text(file))) == kind);
    }
  }
  CHECK(explore::kind_of_file(fs::path(TRIDEX_SOURCE_DIR) / "experiments" / "ptq" / "ptq.yaml") ==
        "experiment");
}

TEST_CASE("check: presets are valid") {
  for (const char* folder : {"designs", "devices", "memories", "quant", "networks", "searches"}) {
    std::vector<std::string> arguments{"check"};
    for (const fs::path& file : presets(folder)) {
      arguments.push_back(file);
    }
    const Result result = run_tridex(arguments);
    CAPTURE(folder, result.err);
    CHECK(result.status == 0);
  }
}

TEST_CASE("check: the fault of each file, its line and its key; all files are looked at") {
  const TempFolder folder;
  const std::string design = read_text(kConfigs / "designs" / "trio_vit_zcu102.yaml");
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = design;
    return text.replace(text.find(from), from.size(), to);
  };
  const std::string key = folder.write("key.yaml", changed("copies: 16", "copeis: 16"));
  const std::string value = folder.write("value.yaml", changed("copies: 16", "copies: many"));
  const std::string good = folder.write("good.yaml", design);
  const std::string recipe = folder.write("recipe.yaml", "weight_bits: 8\nactivation_bits: 99\n");
  const std::string device = folder.write("device.yaml", "name: d\npart: p\nlut: -1\nff: 1\n");
  const std::string memory = folder.write("memory.yaml", "name: m\ntck_ns: 1\nbus_bits: 64\n");
  const std::string sweep = folder.write(
      "sweep.yaml", "design: trio_vit_zcu102\nnetworks:\n  - {model: efficientvit_b0_r32, recipes: [x]}\n");
  const std::string axis = folder.write("axis.yaml",
                                        "design: trio_vit_zcu102\naxes: {copeis: [1]}\nnetworks:\n"
                                        "  - {model: efficientvit_b0_r32, recipes: [default]}\n");
  const std::string search_text =
      "design: trio_vit_zcu102\nnetworks:\n  - {model: efficientvit_b0_r32, recipes: [default]}\n";
  const std::string figure = folder.write(
      "figure.yaml",
      search_text + "axes: {copies: [1, 2]}\nobjectives:\n  - maximize: fsp\n  - minimize: dsp\n");
  const std::string search_axis =
      folder.write("search_axis.yaml",
                   search_text + "axes: {copeis: [1, 2]}\nobjectives: [{maximize: fps}, {minimize: dsp}]\n");
  const std::string network = folder.write("network.yaml", "tridex_network: 1\nnodes: []\n");
  const std::string dataset = folder.write("dataset.yaml", "task: sorting\nlayout: generated\n");
  const std::string broken = folder.write("broken.yaml", "a: [1\n");
  const std::string empty = folder.write("empty.yaml", "");
  const std::string list = folder.write("list.yaml", "- 1\n");
  const std::string strange = folder.write("strange.yaml", "colour: red\n");
  const Result result =
      run_tridex({"check", key, value, good, recipe, device, memory, sweep, axis, figure, search_axis,
                  network, dataset, broken, empty, list, strange, "nowhere.yaml"});
  CHECK(result.status == 1);
  CHECK(result.out == good + ": design, valid\n");
  const auto line_of = [&](const std::string& text) {
    return std::to_string(1 + std::count(design.begin(), design.begin() + design.find(text), '\n'));
  };
  CHECK_THAT(result.err, Contains("value.yaml:" + line_of("copies: 16") + ": copies: "));
  for (const char* part :
       {"did you mean 'copies'?", "recipe.yaml:2: activation_bits: ", "device.yaml:3: lut: ", "memory.yaml",
        "sweep.yaml:3: networks.0.recipes.0: ", "axis.yaml:2: axes.copeis: ",
        "figure.yaml:6: objectives.0.maximize: ", "search_axis.yaml:4: axes.copeis: ", "network.yaml",
        "dataset.yaml:1: task: ", "broken.yaml", "not valid YAML", "empty.yaml", "list.yaml",
        "list.yaml: expected a YAML map", "strange.yaml: its keys (colour)", "nowhere.yaml"}) {
    CHECK_THAT(result.err, Contains(part));
  }
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') >= 16);

  const Result as_json = run_tridex({"check", good, value, "--json", "-"});
  CHECK(as_json.status == 1);
  const json found = json::parse(as_json.out);
  CHECK(found["valid"] == false);
  CHECK(found["files"][0] ==
        json{{"file", good}, {"kind", "design"}, {"error", nullptr}, {"contents", nullptr}});
  CHECK_THAT(found["files"][1]["error"].get<std::string>(), Contains("copies"));

  const Result forced = run_tridex({"check", "--kind", "recipe", good});
  CHECK(forced.status == 1);
  const Result unknown = run_tridex({"check", "--kind", "desing", good});
  CHECK(unknown.status == 1);
  CHECK_THAT(unknown.err, Contains("unknown kind of file 'desing', did you mean 'design'?"));
}

TEST_CASE("check: how many points and networks there are") {
  const TempFolder folder;
  const std::string points =
      "design: trio_vit_zcu102\n"
      "networks:\n  - {model: efficientvit_b0_r32, recipes: [default, w4a8]}\n"
      "axes: {copies: [4, 8, 9999], ports.count: [1, 2]}\nconstraints: [copies > 4 or ports.count > 1]\n";
  const std::string sweep = folder.write("sweep.yaml", points);
  const std::string search =
      folder.write("search.yaml", points + "objectives: [{maximize: fps}, {minimize: dsp}]\n");
  const Result result = run_tridex({"check", sweep, search});
  INFO(result.err);
  CHECK(result.status == 0);
  CHECK(result.out ==
        sweep +
            ": sweep, valid: 10 points of 2 networks, 2 more excluded by constraints; 4 of them "
            "have no valid design and will fail\n" +
            search + ": search, valid: a space of 12 points of 2 networks, excluded ones among them\n");
  const Result as_json = run_tridex({"check", search, "--json", "-"});
  CHECK(json::parse(as_json.out)["files"][0]["contents"] ==
        "a space of 12 points of 2 networks, excluded ones among them");
}

TEST_CASE("new: a starter says what the design it is from says, with every key of every preset") {
  const TempFolder folder;
  for (const fs::path& file : presets("designs")) {
    CAPTURE(file);
    const arch::DesignPoint from = arch::read_design(file);
    const std::string text = arch::starter_text(from, "mine");
    const arch::DesignPoint read = arch::read_design(Yaml::parse(text, "mine.yaml"));
    CHECK(read.name == "mine");
    CHECK(arch::starter_text(read, "mine") == text);
    CHECK(read.peak_macs() == from.peak_macs());
    CHECK(read.dram.channels == from.dram.channels);
    CHECK(read.weight_buffer.bytes == from.weight_buffer.bytes);
    const Yaml written = Yaml::parse(text, "mine.yaml"), given = Yaml::load(file);
    for (const auto& key : given.keys()) {
      REQUIRE(written.has(key));
      if (given.at(key).is_map()) {
        for (const auto& inner : given.at(key).keys()) {
          CHECK(written.at(key).has(inner));
        }
      }
    }
    const auto engines = written.at("engines").items(), wanted = given.at("engines").items();
    REQUIRE(engines.size() == wanted.size());
    for (size_t i = 0; i < wanted.size(); ++i) {
      for (const auto& key : wanted[i].keys()) {
        REQUIRE(engines[i].has(key));
        CHECK(engines[i].at(key).text() == wanted[i].at(key).text());
      }
    }
  }
}

TEST_CASE("new: writes a design that check accepts and run runs, and overwrites nothing") {
  const TempFolder folder;
  const std::string file = folder.path() / "mine.yaml";
  for (const auto& [options, device] : {std::pair{std::vector<std::string>{}, "zcu102"},
                                        {{"--device", "u50"}, "u50"},
                                        {{"--from", "systolic_zcu102"}, "zcu102"},
                                        {{"--from", "systolic_zcu102", "--device", "zcu104"}, "zcu104"}}) {
    CAPTURE(options);
    std::vector<std::string> arguments{"new", file};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Result made = run_tridex(arguments);
    CAPTURE(made.err);
    REQUIRE(made.status == 0);
    CHECK(arch::read_design(fs::path(file)).device.name == device);
    CHECK(run_tridex({"check", file}).status == 0);
    CHECK(run_tridex({"run", file, "--model", "efficientvit_b0_r32", "--frames", "1"}).status == 0);
    const std::string before = read_text(file);
    const Result again = run_tridex(arguments);
    CHECK(again.status == 1);
    CHECK_THAT(again.err, Contains("mine.yaml: is there already"));
    CHECK(read_text(file) == before);
    fs::remove(file);
  }
  fs::create_symlink("nowhere", file);
  CHECK(run_tridex({"new", file}).status == 1);
  CHECK(fs::is_symlink(file));
  const auto refused = [](const std::vector<std::string>& arguments, const std::string& said) {
    const Result result = run_tridex(arguments);
    CHECK(result.status == 1);
    CHECK_THAT(result.err, Contains(said));
  };
  const std::string other = folder.path() / "other.yaml";
  refused({"new", folder.path() / "mine.txt"}, "ends in .yaml");
  refused({"new", other, "--device", "u5"}, "tridex: error: 'u5' is neither");
  refused({"new", other, "--device", "u5"}, "did you mean 'u50'?");
  refused({"new", other, "--from", "trio"}, "'trio'");
  refused({"new", folder.path() / "no" / "mine.yaml"}, "cannot be written");
  CHECK_FALSE(fs::exists(other));
}

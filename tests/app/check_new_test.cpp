#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "arch/design/starter.h"
#include "base/file.h"
#include "command_line.h"
#include "explore/check.h"
#include "explore/store/store.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
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
  const std::string begin = "design: trio_vit_zcu102\nnetworks:\n  - {model: efficientvit_b0_r32, recipes: ";
  const std::string points = begin + "[default, w4a8]}\naxes: {copies: [4, 8, 9999], ports.count: [1, 2]}\n";
  const std::string constraint = "constraints: [copies > 4 or ports.count > 1]\n";
  const std::string objectives = "objectives: [{maximize: fps}, {minimize: dsp}]\n";
  int number = 0;
  const auto contents = [&](const std::string& text) {
    const std::string file = folder.write(std::to_string(++number) + ".yaml", text);
    const Result result = run_tridex({"check", file});
    INFO(result.err);
    CHECK(result.status == 0);
    const Result as_json = run_tridex({"check", file, "--json", "-"});
    const json found = json::parse(as_json.out)["files"][0];
    CHECK(result.out == file + ": " + found["kind"].get<std::string>() +
                            ", valid: " + found["contents"].get<std::string>() + "\n");
    return found["contents"].get<std::string>();
  };
  CHECK(contents(begin + "[default]}\n") == "up to 1 point of 1 network");
  CHECK(contents(begin + "[default, default]}\naxes: {copies: [4, 8]}\n") == "up to 2 points of 1 network");
  CHECK(contents(begin + "[default]}\naxes: {copies: [4, 8]}\nbudget: {points: 1}\n") ==
        "up to 2 points of 1 network; the budget takes 1");
  const std::string all = contents(points + constraint);
  CHECK_THAT(all, StartsWith("up to 10 points of 2 networks; 4 without a valid design, which will fail: ") &&
                      Contains("copies: 9999 is outside") &&
                      EndsWith("; 2 combinations excluded by constraints"));
  CHECK(contents(points + objectives) == "a space of 12 points of 2 networks");
  CHECK(contents(points + objectives + constraint) ==
        "a space of 12 points of 2 networks, those that constraints exclude among them");
  std::string huge = begin + "[default]}\naxes:\n";
  for (const char* key : {"copies", "ports.count", "engines.0.lanes", "engines.0.inputs", "engines.1.lanes",
                          "engines.1.inputs", "vector.lanes"}) {
    huge += std::string("  ") + key + ": {from: 1, to: 1000}\n";
  }
  CHECK(contents(huge + objectives) == "a space of more than 10^19 points of 1 network");
  std::string large = read_text(kConfigs / "designs" / "trio_vit_zcu102.yaml");
  large.replace(large.find("copies: 16"), 10, "copies: 800");
  CHECK_THAT(contents(large),
             StartsWith("does not fit its device: ") && Contains("dsp: needs 73728, xczu9eg has 2520"));

  const std::string typo = folder.write("typo.yaml",
                                        "design: trio_vit_zcu102\nnetworks:\n"
                                        "  - {model: efficientvit_b0_r6, recipes: [default]}\n");
  CHECK_THAT(run_tridex({"check", typo}).err,
             Contains("typo.yaml:3: networks.0.model: ") && Contains("got 6"));
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

TEST_CASE("new: a point whose device or memory is its own") {
  const TempFolder folder;
  const auto written = [&](const fs::path& name, const std::string& text) {
    fs::create_directories((folder.path() / name).parent_path());
    return folder.write(name, text);
  };
  const auto changed = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  written("own/devices/mine.yaml",
          changed(read_text(kConfigs / "devices" / "zcu102.yaml"), "name: zcu102", "name: mine"));
  written("own/memories/ddr4_2400_x64.yaml",
          changed(read_text(kConfigs / "memories" / "ddr4_2400_x64.yaml"), "\ncl: 17", "\ncl: 30"));
  const std::string design = read_text(kConfigs / "designs" / "trio_vit_zcu102.yaml");
  written("own/designs/memory.yaml", design);
  written("own/designs/device.yaml", changed(design, "device: zcu102", "device: mine"));
  const auto point_of = [&](const std::string& name) {
    const std::string sweep =
        written("own/" + name + ".yaml", "design: designs/" + name +
                                             ".yaml\nframes: 1\nnetworks:\n"
                                             "  - {model: efficientvit_b0_r32, recipes: [w4a8]}\n");
    const auto out = folder.path() / ("out_" + name);
    REQUIRE(run_tridex({"sweep", sweep, "-o", out}).status == 0);
    return out.string() + "#" + explore::Store(out / "store.sqlite").rows().front().hash;
  };
  const std::string memory = point_of("memory"), device = point_of("device");
  const auto made = [&](const fs::path& file, const std::string& from) {
    return run_tridex({"new", folder.path() / file, "--from", from});
  };
  const std::string run = " --model efficientvit_b0_r32 --recipe w4a8 --frames 1\n";
  const Result beside = made("own/designs/a.yaml", memory);
  CHECK(beside.status == 0);
  CHECK(beside.err.empty());
  CHECK_THAT(beside.out, EndsWith(run));
  CHECK_THAT(read_text(folder.path() / "own/designs/a.yaml"),
             StartsWith("# From " + memory + ". It ran --model efficientvit_b0_r32 --recipe w4a8 "));
  const Result elsewhere = made("b.yaml", memory);
  CHECK(elsewhere.status == 0);
  CHECK_THAT(elsewhere.err, Contains("warning: ") && Contains("memory ddr4_2400_x64") &&
                                Contains("another than the point ran with"));
  CHECK(made("own/designs/c.yaml", device).err.empty());
  const Result without = made("d.yaml", device);
  CHECK(without.status == 1);
  CHECK_THAT(without.err, Contains("cannot be read in that place: ") && Contains("'mine'"));
  CHECK_FALSE(fs::exists(folder.path() / "d.yaml"));
  const Result copied = made("e.yaml", folder.path() / "own/designs/device.yaml");
  CHECK(copied.status == 1);
  CHECK_THAT(copied.err, Contains("e.yaml: cannot be read in that place: "));
  // A sweep's own recipe makes the network, and the folder has not kept it.
  const Result kept = run_tridex({"new", folder.path() / "f 1.yaml", "--from", memory, "--device", "zcu104"});
  CHECK(kept.status == 0);
  CHECK_THAT(kept.err, Contains("memory, ports and clock are still those of ") && Contains("for zcu102"));
  CHECK_THAT(kept.out, Contains("Next: tridex run '" + (folder.path() / "f 1.yaml").string() + "' --model "));
  const auto refused = [&](const std::string& from, const std::string& said) {
    const Result result = made("g.yaml", from);
    CHECK(result.status == 1);
    CHECK_THAT(result.err, Contains(said));
  };
  refused(folder.path() / "out_memory", "is a folder; one of its points is");
  refused((folder.path() / "out_memory").string() + "#", "the beginning of a point's hash is missing");
  refused((folder.path() / "out_memory").string() + "#x", "no point of the store begins with 'x'");
  refused(folder.path().string() + "#x", "is not the output folder of a sweep");
  refused("#x", "'#x' is neither a file nor a name");
  CHECK_THAT(run_tridex({"run", memory, "--model", "efficientvit_b0_r32"}).err,
             Contains("tridex new NAME.yaml --from '" + memory + "'"));
  // A file may have # in its name.
  fs::copy_file(kConfigs / "designs" / "trio_vit_zcu102.yaml", folder.path() / "x#1.yaml");
  CHECK(made("h.yaml", folder.path() / "x#1.yaml").status == 0);
}

TEST_CASE("new: from a point that failed, and from one whose network is not known") {
  const TempFolder folder;
  const std::string sweep = folder.write("s.yaml",
                                         "design: trio_vit_zcu102\nnetworks:\n"
                                         "  - {model: efficientvit_b0_r64, recipes: [default]}\n"
                                         "axes: {recipe.weight_bits: [5], buffers.input.kib: [1, 256], "
                                         "copies: [8, -1]}\n");
  const auto out = folder.path() / "out";
  REQUIRE(run_tridex({"sweep", sweep, "-o", out}).status == 0);
  int ok = 0, failed = 0;
  for (const auto& row : explore::Store(out / "store.sqlite").rows()) {
    const std::string file = folder.path() / (row.hash + ".yaml");
    const Result made = run_tridex({"new", file, "--from", out.string() + "#" + row.hash});
    INFO(made.err);
    if (row.settings.at("copies") == "-1") {
      CHECK(made.status == 1);
      CHECK_THAT(made.err, Contains("its design could not be read either: ") && Contains("outside"));
      continue;
    }
    (row.status == "ok" ? ok : failed) += 1;
    CHECK(made.status == 0);
    CHECK_THAT(made.out, Contains("The network that it ran is not in its folder.\nNext: tridex check "));
    CHECK(arch::read_design(fs::path(file)).input_buffer.bytes ==
          std::stoi(row.settings.at("buffers.input.kib")) * 1024);
  }
  CHECK(ok == 1);
  CHECK(failed == 1);
}

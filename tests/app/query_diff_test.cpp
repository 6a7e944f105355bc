#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"
#include "command_line.h"
#include "explore/store/store.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::string kModel = "efficientvit_b0_r32";

/// A store of four points, of which one cannot be read.
std::string small_store(const TempFolder& folder) {
  const std::string sweep = folder.write("s.yaml",
                                         "design: trio_vit_zcu102\nfidelity: timed\nframes: 2\nnetworks:\n"
                                         "  - {model: efficientvit_b0_r32, recipes: [default]}\n"
                                         "axes: {copies: [4, 8, 16, -1]}\n");
  const std::string out = folder.path() / "out";
  REQUIRE(run_tridex({"sweep", sweep, "-o", out, "--jobs", "1"}).status == 0);
  return out;
}

json asked(const std::vector<std::string>& arguments) {
  const Result result = run_tridex(arguments);
  INFO(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

size_t longest_line(const std::string& text) {
  size_t most = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    most = std::max(most, line.size());
  }
  return most;
}

/// Of what diff wrote: the layers and their causes are the frame's cycles, and each module's causes its own;
/// every module was there for as long as the others.
void check_sums(const json& diff) {
  for (const char* side : {"a", "b"}) {
    CAPTURE(side);
    int64_t layers = 0;
    for (const auto& layer : diff["layers"]) {
      int64_t causes = 0;
      for (const auto& [cause, cycles] : layer["causes"].items()) {
        causes += cycles[side].get<int64_t>();
      }
      CHECK(causes == layer[side]);
      layers += causes;
    }
    CHECK(layers == diff["frame"][side]);
    CHECK(layers == diff[side]["cycles"]);
    REQUIRE(diff["modules"].size() >= 3);
    for (const auto& module : diff["modules"]) {
      CHECK(module[side] == diff["modules"][0][side]);
    }
  }
  CHECK(diff["frame"]["difference"] ==
        diff["b"]["cycles"].get<int64_t>() - diff["a"]["cycles"].get<int64_t>());
}

}  // namespace

TEST_CASE("tables say how many images accuracies are of, and their standard error") {
  const TempFolder folder;
  const std::string out = small_store(folder);
  const auto said = [&](const std::string& metric, double value, int64_t images, bool some = true) {
    {
      explore::Store store(fs::path(out) / "store.sqlite");
      const std::string network = store.rows().front().network_hash;
      store.set_dataset(network, metric + std::to_string(images), "");
      store.put_accuracy(network, metric + std::to_string(images), {metric, value, images, "test"});
    }
    std::string lines;
    for (const auto& command : {std::vector<std::string>{"query", out},
                                {"query", out, "--columns", some ? "fps,accuracy" : "fps,dsp"},
                                {"report", out}}) {
      const Result result = run_tridex(command);
      INFO(result.err);
      REQUIRE(result.status == 0);
      std::istringstream text(result.out);
      for (std::string line; std::getline(text, line);) {
        lines += line.rfind("accuracy: ", 0) == 0 ? line + "\n" : "";
      }
    }
    return lines;
  };
  const auto thrice = [](const std::string& line) { return line + "\n" + line + "\n" + line + "\n"; };
  // p = 322 / 404: 100 sqrt(p (1 - p) / 404) = 2.0; p = 9992 / 10004: 0.035; p = 3 / 5: 21.9
  CHECK(said("top1", 80, 400) == thrice("accuracy: top-1 of 400 images (standard error up to 2)"));
  CHECK(said("top1", 99.9, 10000) == thrice("accuracy: top-1 of 10000 images (standard error up to 0.035)"));
  CHECK(said("top1", 100, 1) == thrice("accuracy: top-1 of 1 image (standard error up to 22)"));
  CHECK(said("miou", 80, 400) == thrice("accuracy: mIoU of 400 images"));
  const std::string line = "accuracy: mIoU of 400 images\n";
  CHECK(said("miou", 80, 400, false) == line + line);

  const auto table = [&] { return run_tridex({"report", out}).out; };
  CHECK_THAT(table(), !Contains("which share the folder"));
  {
    explore::Store store(fs::path(out) / "store.sqlite");
    auto row = store.rows().front();
    row.hash = "0" + row.hash.substr(1);
    row.sweep = "another";
    store.put(row);
  }
  CHECK_THAT(table(), Contains("(of another, s, which share the folder)\n"));
}

TEST_CASE("tables: widths by layer are one column, whole and in one order") {
  const TempFolder folder;
  const std::string text =
      "design: trio_vit_zcu102\nfidelity: analytic\nframes: 1\nnetworks:\n"
      "  - {model: efficientvit_b0_r32, recipes: [default]}\naxes:\n"
      "  recipe.weight_bits[*stages.3*]: [4]\n  recipe.weight_bits[*stages.0*]: [8]\n"
      "zip:\n  - recipe.weight_bits[*stages.2*]: [7, 5]\n    copies: [4, 16]\n";
  const std::string out = folder.path() / "out";
  const Result sweep = run_tridex({"sweep", folder.write("s.yaml", text), "-o", out, "--jobs", "1"});
  REQUIRE(sweep.status == 0);
  const std::string search =
      folder.write("search.yaml", text +
                                      "objectives: [{maximize: fps}, {minimize: dsp}]\n"
                                      "algorithm: {name: exhaustive}\n");
  const Result found = run_tridex({"search", search, "-o", out});
  REQUIRE(found.status == 0);
  const Result query = run_tridex({"query", out, "--front", "fps, dsp:min,dram_read_bytes"});
  REQUIRE(query.status == 0);
  for (const std::string& table : {sweep.out, found.out, query.out}) {
    INFO(table);
    CHECK_THAT(table, Contains("recipe.weight_bits[...]") && Contains("8 5 4") && !Contains("weight_bits[*"));
    CHECK_THAT(table, Contains("recipe.weight_bits[...]: *stages.0*, *stages.2*, *stages.3*\n"));
  }
  CHECK_THAT(query.out, Contains("dram_read_bytes"));  // no usual column, but one of the front's
  const std::string hash = asked({"query", out, "--json", "-"})["rows"][0]["hash"];
  CHECK(asked({"query", out, "--where", "hash=" + hash.substr(0, 8), "--json", "-"})["rows"].size() == 1);
  CHECK(asked({"query", out, "--where", "hash!=" + hash.substr(0, 8), "--json", "-"})["rows"].size() == 1);
}

TEST_CASE("query: filters, sorts and exports a store") {
  const TempFolder folder;
  const std::string out = small_store(folder);
  const json all = asked({"query", out, "--json", "-"});
  CHECK(all["points"] == 4);
  CHECK(all["rows"].size() == 4);
  const json some = asked({"query", out, "--where", "copies >= 8", "--where", "status=ok", "--sort", "fps",
                           "--columns", "copies,fps", "--json", "-"});
  REQUIRE(some["rows"].size() == 2);
  CHECK(some["columns"] == json{"copies", "fps"});
  CHECK(some["rows"][0]["fps"].get<double>() >= some["rows"][1]["fps"].get<double>());

  const std::string csv = folder.path() / "p.csv";
  const Result table =
      run_tridex({"query", out, "--where", "copies=8", "--columns", "copies,status", "--csv", csv});
  CHECK(table.status == 0);
  CHECK(read_text(csv) == "copies,status\n8,ok\n");
  CHECK(run_tridex({"query", out, "--where", "copies=8", "--columns", "copies,status", "--csv", "-"}).out ==
        "copies,status\n8,ok\n");
  refuses({"query", out, "--csv", "-", "--json", "-"}, {"--csv - and --json -"});
  CHECK_THAT(table.out, Contains("1 of 4 points") && Contains("copies"));
  const Result usual = run_tridex({"query", out});
  CHECK_THAT(usual.out, Contains("fps") && Contains("4 of 4 points") && Contains("error"));
  CHECK(longest_line(usual.out) <= 100);
  CHECK_THAT(usual.out, Contains("the same in all rows: model=efficientvit_b0_r32, recipe=default\n"));
  const Result fits = run_tridex({"query", out, "--where", "status=ok"});
  CHECK_THAT(fits.out, Contains("status=ok") && Contains("uram=0") && !Contains("copies="));
  CHECK_THAT(run_tridex({"query", out, "--list-columns"}).out, Contains("\ndsp\n") && Contains("\ncopies\n"));

  refuses({"query", out, "--where", "dsps < 3"}, {"did you mean 'dsp'?"});
  refuses({"query", out, "--where", "dsp"}, {"--where \"dsp\"", "expected a column"});
  refuses({"query", out, "--limit", "0"}, {"--limit"});
  refuses({"query", folder.path()}, {"store.sqlite"});
  refuses({"query", out, "--csv", "/dev/full"}, {"/dev/full"});
}

TEST_CASE("diff: two designs, the files of their runs and points of a store") {
  const TempFolder folder;
  const std::string a = folder.path() / "a.json";
  REQUIRE(run_tridex({"run", "trio_vit_zcu102", "--model", kModel, "--frames", "2", "--set", "copies=4",
                      "--json", a})
              .status == 0);
  const json ran = asked({"diff", a, "trio_vit_zcu102", "--model", kModel, "--frames", "2", "--json", "-"});
  check_sums(ran);
  CHECK(ran["frame"]["difference"].get<int64_t>() < 0);
  REQUIRE(ran["keys"].size() == 1);
  CHECK(ran["keys"][0] == json{{"key", "copies"}, {"a", "4"}, {"b", "16"}});

  const std::string out = small_store(folder);
  const auto hash = [&](const std::string& copies) {
    return asked({"query", out, "--where", "copies=" + copies, "--json", "-"})["rows"][0]["hash"]
        .get<std::string>();
  };
  const json stored = asked({"diff", out + "#" + hash("4"), out + "#" + hash("16"), "--json", "-"});
  check_sums(stored);
  CHECK(stored["frame"] == ran["frame"]);
  CHECK(stored["layers"] == ran["layers"]);
  CHECK(stored["modules"] == ran["modules"]);

  const Result text = run_tridex({"diff", "trio_vit_zcu102", "trio_vit_zcu102", "--model", kModel, "--set-b",
                                  "clock_mhz=100", "--frames", "1"});
  CHECK(text.status == 0);
  CHECK_THAT(text.out, Contains("A is ") && Contains("times as fast") && Contains("clock_mhz") &&
                           Contains("At A's clock B would take"));
  CHECK(longest_line(text.out) <= 100);
  const Result same = run_tridex({"diff", a, a});
  CHECK(same.status == 0);
  CHECK_THAT(same.out, Contains("no key differs") && Contains("the same time"));
  CHECK(
      run_tridex({"diff", "trio_vit_zcu102", "trio_vit_zcu102", "--model", kModel, "--fidelity", "analytic"})
          .status == 0);

  refuses({"diff", out + "#" + hash("-1"), a}, {"has no result"});
  refuses({"diff", out + "#", a}, {"the beginning of a point's hash is missing after #"});
  refuses({"diff", out + "#zzz", a}, {"no point of the store begins with 'zzz'"});
  explore::Store store(fs::path(out) / "store.sqlite");
  auto row = store.rows().front();
  const std::string begin = row.hash.substr(0, 10);
  row.hash = begin + "x";
  store.put(row);
  refuses({"diff", out + "#" + begin, a}, {"two points or more begin with '" + begin + "'", begin + "x"});
}

TEST_CASE("diff: what cannot be compared is refused by name") {
  const TempFolder folder;
  const std::string text = folder.write("t.json", "no JSON"), list = folder.write("l.json", "[1, 2]"),
                    map = folder.write("m.json", "{\"cycles\": \"many\", \"layers\": 3}");
  refuses({"diff", text, text}, {"t.json", "is not the JSON of a run"});
  refuses({"diff", list, text}, {"l.json", "is not the JSON of a run"});
  refuses({"diff", map, map}, {"m.json", "is not the result of a run"});
  refuses({"diff", "nowhere.json", map}, {"nowhere.json"});
  refuses({"diff", map, map, "--model", kModel}, {"--model", "neither"});
  refuses({"diff", map, map, "--set-a", "copies=4"}, {"--set-a copies=4", "m.json is not a design"});
  refuses({"diff", "trio_vit_zcu102", "trio_vit_zcu104"}, {"--model", "--net"});
  refuses({"diff", "trio_vit_zcu120", "trio_vit_zcu104", "--model", kModel}, {"did you mean"});
  refuses({"diff", "trio_vit_zcu102", "trio_vit_zcu104", "--model", kModel, "--fidelity", "functional"},
          {"--fidelity functional", "timed or analytic"});
  refuses({"diff", "trio_vit_zcu102", "trio_vit_zcu102", "--model", kModel, "--set-b", "buffers.input.kib=1",
           "--set-b", "buffers.weight.kib=1", "--set-b", "buffers.output.kib=1"},
          {"trio_vit_zcu102", "no tile fits"});
  refuses({"diff", "trio_vit_zcu102"}, {"b is required"});
}

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "command_line.h"
#include "models/builder.h"
#include "models/weights.h"
#include "support/safetensors_bytes.h"
#include "support/temp_folder.h"

// Whatever is wrong: the message names it, the status is 1, and nothing half-written stays behind.

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;

namespace {

const std::string kModel = "efficientvit_b0_r32";

/// The preset design with one line changed.
std::string design_with(const std::string& from, const std::string& to) {
  std::string text = read_text(TRIDEX_SOURCE_DIR "/configs/designs/trio_vit_zcu102.yaml");
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

void refuses_design(const std::string& from, const std::string& to, const std::vector<std::string>& said) {
  const TempFolder folder;
  std::vector<std::string> all = said;
  all.push_back("d.yaml");
  const std::string design = folder.write("d.yaml", design_with(from, to));
  const std::string json = folder.path() / "r.json";
  refuses({"run", design, "--model", kModel, "--json", json}, all);
  CHECK(files_in(folder.path()) == std::vector<std::string>{"d.yaml"});
}

/// A checkpoint of the model with random weights, changed by `change`.
std::string checkpoint(const TempFolder& folder, const std::function<void(models::Weights&)>& change) {
  models::Weights weights = models::random_weights(models::build_network(kModel, {10}), 1);
  change(weights);
  return folder.write("w.safetensors", safetensors_bytes(weights));
}

void refuses_weights(const std::string& weights, const TempFolder& folder,
                     const std::vector<std::string>& said) {
  folder.write("images/labels.csv", "a.png,1\n");
  const std::string out = folder.path() / "net.tdx";
  refuses({"quantize", "default", "--model", kModel, "--weights", weights, "--calib",
           folder.path() / "images", "-o", out},
          said);
  CHECK_FALSE(std::filesystem::exists(out));
}

}  // namespace

TEST_CASE("command line") {
  refuses({}, {"subcommand"});
  refuses({"swep"}, {"unknown command 'swep'", "did you mean 'sweep'?"});
  refuses({"run"}, {"design is required", "tridex run --help"});
  refuses({"run", "trio_vit_zcu102", "--model", kModel, "--frames", "-1"}, {"--frames", "-1"});
  refuses({"run", "trio_vit_zcu102", "--model", kModel, "--no-such"}, {"--no-such"});
  refuses({"run", "trio_vit_zcu102"}, {"--model", "--net"});
  refuses({"run", "trio_vit_zcu102", "--model", kModel, "--fidelity", "exact"}, {"exact", "timed"});
  refuses({"run", "trio_vit_zcu102", "--model", "efficientvit_b9_r224"},
          {"efficientvit_b9_r224", "efficientvit_b0"});
  refuses({"run", "trio_vit_zcu102", "--model", kModel, "--weights", "w.safetensors"},
          {"--weights", "tridex quantize", "--net"});
  refuses({"run", "trio_vit_zcu102", "--model", kModel, "--image", "0"}, {"--image", "functional"});
  refuses({"run", "trio_vit_zcu102", "--model", kModel, "--image", "0", "--fidelity", "functional"},
          {"--image", "--data"});
  refuses({"describe", "efficientvit_b1_r-5"}, {"efficientvit_b1_r-5"});
  refuses({"describe", "efficientvit_b1_r99999999999"}, {"efficientvit_b1_r99999999999"});
  refuses({"evaluate", "--data", "x"}, {"--net", "--model"});
  refuses({"evaluate", "--data", "x", "--model", kModel}, {"--weights"});
}

TEST_CASE("designs") {
  refuses_design("copies: 16", "copeis: 16", {":", "copeis", "did you mean 'copies'?"});
  refuses_design("copies: 16", "copies: many", {"copies", "whole number", "'many'"});
  refuses_design("copies: 16", "copies: -16", {"copies", "-16", "outside"});
  refuses_design("copies: 16", "copies: 99999999999999999999", {"copies"});
  refuses_design("clock_mhz: 200", "clock_mhz: .nan", {"clock_mhz", "number"});
  refuses_design("kind: rmac", "kind: simd", {"kind", "simd", "rmac"});
  refuses_design("device: zcu102", "device: zcu120", {"zcu120", "zcu102"});
  refuses_design("engines:", "engines: []\nold:", {"engines"});
  refuses_design("copies: 16", "copies: [16", {"not valid YAML"});
  refuses({"run", "nowhere.yaml", "--model", kModel}, {"nowhere.yaml"});
  refuses({"run", "trio_vit_zcu102", "--model", kModel, "--set", "copies"}, {"copies", "key=value"});
  refuses({"run", "trio_vit_zcu102", "--model", kModel, "--set", "engines.7.lanes=8"},
          {"engines.7.lanes=8", "index"});
  refuses({"run", "trio_vit_zcu102", "--model", kModel, "--set", "clock_mhz=250", "--set", "copies=abc"},
          {"error: --set copies=abc: ", "whole number"});
  refuses({"sweep", "trio_zcu102_b1", "-o", "/proc/out", "--set", "frames=abc"},
          {"error: --set frames=abc: ", "whole number"});
  const TempFolder folder;
  const std::string broken = folder.write("d.yaml", design_with("copies: 16", "copies: many"));
  const Result result = run_tridex({"run", broken, "--model", kModel, "--set", "clock_mhz=250"});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, !Contains("--set"));  // the file's fault
}

TEST_CASE("a design that does not fit its device runs, with a warning first") {
  const Result result = run_tridex({"run", "trio_vit_zcu102", "--model", kModel, "--set", "copies=64"});
  CHECK(result.status == 0);
  CHECK_THAT(result.err,
             Catch::Matchers::StartsWith("tridex: warning: trio_vit") && Contains("does not fit"));
}

TEST_CASE("a design that no tile fits") {
  refuses({"run", "trio_vit_zcu102", "--model", "efficientvit_b1_r224", "--set", "buffers.input.kib=1",
           "--set", "buffers.weight.kib=1", "--set", "buffers.output.kib=1"},
          {"no tile fits", "buffer", "trio_vit_zcu102"});
}

TEST_CASE("a network that needs more than the design's units can") {
  refuses({"run", "trio_vit_zcu102", "--model", kModel, "--recipe", "exact_bc"},
          {"trio_vit_zcu102", "max_activation_bits"});
}

TEST_CASE("weights") {
  const TempFolder folder;
  refuses_weights("nowhere.safetensors", folder, {"nowhere.safetensors", "no such file"});
  if (std::getenv("TRIDEX_DATA") == nullptr) {
    refuses_weights("nowhere.safetensors", folder, {"TRIDEX_DATA is not set"});
  }
  refuses_weights(folder.write("t.safetensors", "this is text, not tensors"), folder, {"t.safetensors"});
  refuses_weights(folder.write("e.safetensors", ""), folder, {"e.safetensors"});
  const std::string whole = read_text(checkpoint(folder, [](models::Weights&) {}));
  for (const size_t size : {size_t{4}, size_t{100}, whole.size() / 2, whole.size() - 1}) {
    refuses_weights(folder.write("cut.safetensors", whole.substr(0, size)), folder, {"cut.safetensors"});
  }
  const std::string name = models::random_weights(models::build_network(kModel, {10}), 1).begin()->first;
  const auto bad = [&](const std::function<void(models::Tensor&)>& change) {
    return checkpoint(folder, [&](models::Weights& weights) { change(weights.at(name)); });
  };
  refuses_weights(bad([](models::Tensor& t) { t.data[0] = std::nanf(""); }), folder, {"w.safetensors", name});
  refuses_weights(bad([](models::Tensor& t) {
                    t.data.resize(3);
                    t.dims = {3};
                  }),
                  folder, {"w.safetensors", name});
  refuses_weights(checkpoint(folder, [&](models::Weights& w) { w.erase(name); }), folder,
                  {"w.safetensors", name});
}

TEST_CASE("data sets") {
  const TempFolder folder;
  const std::string weights = checkpoint(folder, [](models::Weights&) {});
  const auto refuses_data = [&](const std::string& data, const std::vector<std::string>& said) {
    refuses({"evaluate", "--model", kModel, "--weights", weights, "--data", data}, said);
  };
  refuses_data("nowhere", {"nowhere"});
  folder.write("empty/labels.csv", "file,class_index\n");
  refuses_data(folder.path() / "empty", {"empty"});
  folder.write("text/labels.csv", "file,class_index\na.png,1\n");
  folder.write("text/a.png", "this is text, not an image");
  refuses_data(folder.path() / "text", {"a.png"});
  folder.write("pixels/image/a.png", "no image");
  folder.write("pixels/label/a.png", "no image");
  refuses_data(folder.path() / "pixels", {"is for segmentation; this network does classification"});
  folder.write("gone/labels.csv", "file,class_index\nb.png,1\n");
  refuses_data(folder.path() / "gone", {"b.png"});
}

TEST_CASE("networks") {
  const TempFolder folder;
  refuses({"run", "trio_vit_zcu102", "--net", "nowhere.tdx"}, {"nowhere.tdx", "no such file"});
  refuses({"run", "trio_vit_zcu102", "--net", folder.write("t.tdx", "text")}, {"t.tdx"});
  refuses({"evaluate", "--net", folder.write("u.tdx", "text"), "--data", "x"}, {"u.tdx"});
}

TEST_CASE("a full disk") {
  const TempFolder folder;
  const std::string file = folder.path() / "d.json";
  const Result result = run_tridex({"describe", "efficientvit_b1_r224", "--json", file}, {4096});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("d.json") && Contains("cannot be written"));
  CHECK(files_in(folder.path()).empty());

  write_file(folder.path() / "d.json", "old");
  CHECK(run_tridex({"describe", "efficientvit_b1_r224", "--json", file}, {4096}).status == 1);
  CHECK(read_text(file) == "old");
}

TEST_CASE("a device is written to, never replaced") {
  const Result result = run_tridex({"describe", "efficientvit_b1_r224", "--json", "/dev/full"});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("/dev/full") && Contains("No space left"));
  CHECK(std::filesystem::is_character_file("/dev/full"));
}

TEST_CASE("a sweep on a full disk") {
  const TempFolder folder;
  const std::string sweep = folder.write("s.yaml",
                                         "design: trio_vit_zcu102\nfidelity: analytic\nnetworks:\n"
                                         "  - {model: efficientvit_b0_r32, recipes: [default]}\n");
  const Result result = run_tridex({"sweep", sweep, "-o", folder.path() / "out"}, {8192});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("store.sqlite"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "out" / "points.csv"));
}

TEST_CASE("output folders that cannot be") {
  const TempFolder folder;
  const std::string file = folder.write("file", "x");
  const std::string sweep = folder.write("s.yaml",
                                         "design: trio_vit_zcu102\nfidelity: analytic\nnetworks:\n"
                                         "  - {model: efficientvit_b0_r32, recipes: [default]}\n");
  refuses({"sweep", sweep, "-o", file + "/out"}, {file + "/out"});
  refuses({"sweep", sweep, "-o", "/proc/out"}, {"/proc/out"});
  refuses({"describe", kModel, "--json", file + "/d.json"}, {"d.json", "cannot be written"});
  refuses({"describe", kModel, "--json", folder.path() / "no" / "d.json"}, {"d.json", "cannot be written"});
  refuses({"report", folder.path()}, {"store.sqlite"});
  refuses({"sweep", sweep, "-o", folder.path() / "o", "--launcher", "pbs"},
          {"unknown launcher 'pbs'", "local"});
  refuses({"sweep", sweep, "-o", folder.path() / "o", "--shard", "3/2"}, {"3/2", "k/n"});
  CHECK(files_in(folder.path()) == std::vector<std::string>{"file", "s.yaml"});
}

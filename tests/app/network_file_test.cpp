#include <catch2/catch.hpp>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "command_line.h"
#include "models/network_file.h"
#include "models/weights.h"
#include "support/safetensors_bytes.h"
#include "support/temp_folder.h"

// Networks of one's own through every command that takes --model.

using namespace tridex;
using namespace tridex::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const std::string kTiny = TRIDEX_SOURCE_DIR "/configs/networks/tiny_cnn.yaml";
const std::string kDesign = "trio_vit_zcu102";

/// No role, no tag: what somebody writes who knows none.
const std::string kPlain =
    "tridex_network: 1\nname: plain\ninput: {shape: [3, 32, 32]}\noutput: fc\nnodes:\n"
    "  - {name: conv1, op: conv, inputs: [input], channels: 8, kernel: 3, padding: 1, bias: true}\n"
    "  - {name: relu1, op: relu, inputs: [conv1]}\n"
    "  - {name: conv2, op: conv, inputs: [relu1], channels: 16, kernel: 3, stride: 2, padding: 1, bias: "
    "true}\n"
    "  - {name: relu2, op: relu, inputs: [conv2]}\n"
    "  - {name: pool, op: global_avg_pool, inputs: [relu2]}\n"
    "  - {name: fc, op: conv, inputs: [pool], channels: 10, kernel: 1, bias: true}\n";

Result run_ok(const std::vector<std::string>& arguments) {
  const Result result = run_tridex(arguments);
  CAPTURE(arguments, result.err);
  REQUIRE(result.status == 0);
  return result;
}

/// Random values under the names that checkpoints of the graph have.
std::string checkpoint(const TempFolder& folder, const models::Graph& graph) {
  models::Weights weights = models::random_weights(graph, 1);
  for (const auto& node : graph.nodes) {
    for (const auto& [parameter, tensor] : node.tensor_names) {
      auto moved = weights.extract(node.name + "." + parameter);
      moved.key() = tensor;
      weights.insert(std::move(moved));
    }
  }
  return folder.write("w.safetensors", safetensors_bytes(weights));
}

/// Eight noisy images of 32 x 32 in CIFAR-10's format.
std::string images(const TempFolder& folder) {
  std::string bytes;
  uint32_t state = 1;
  for (int i = 0; i < 8; ++i) {
    bytes += static_cast<char>(i);
    for (int k = 0; k < 3 * 32 * 32; ++k) {
      state = state * 1664525 + 1013904223;
      bytes += static_cast<char>(state >> 24);
    }
  }
  folder.write("images.bin", bytes);
  return folder.write(
      "images.yaml",
      "task: classification\nlayout: cifar10\nroot: images.bin\n"
      "classes: [a, b, c, d, e, f, g, h, i, j]\nresize: {mode: exact, filter: bilinear_float}\n"
      "normalize: {divide: 255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}\n");
}

json run_json(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--json", "-"});
  return json::parse(run_ok(arguments).out);
}

}  // namespace

TEST_CASE("describe --yaml: a built-in network as a file is described as itself") {
  const TempFolder folder;
  const std::string file = folder.path() / "mine.yaml";
  for (const std::string model :
       {"efficientvit_b0_r64", "efficientvit_seg_b0_r352x480", "mobilenet_v2_r224"}) {
    CAPTURE(model);
    const std::string shown = run_ok({"describe", model, "--yaml", file}).out;
    CHECK_THAT(shown, Contains("MACs"));
    CHECK(run_ok({"describe", model, "--yaml", "-"}).out == read_text(file));
    CHECK(run_ok({"describe", file}).out == shown);
    CHECK(run_json({"describe", file}) == run_json({"describe", model}));
  }
  run_ok({"describe", "efficientvit_b0_r64", "--classes", "10", "--yaml", file});
  CHECK(run_json({"describe", file})["layers"].back()["output"] == json({10, 1, 1}));
  refuses({"describe", file, "--classes", "12"}, {"efficientvit_b0_r64", "its file says its channels"});
  refuses({"describe", file, "--yaml", "-", "--json", "-"}, {"--yaml", "--json"});
  refuses({"describe", file, "--yaml", folder.path() / "no" / "x.yaml"}, {"x.yaml", "cannot be written"});
  CHECK(files_in(folder.path()) == std::vector<std::string>{"mine.yaml"});
}

TEST_CASE("network files that are none") {
  const TempFolder folder;
  refuses({"describe", folder.path() / "none.yaml"}, {"none.yaml: no such network file"});
  refuses({"describe", folder.path()}, {"unknown network", "efficientvit_b0_rN", ".yaml"});
  refuses({"run", kDesign, "--model", TRIDEX_SOURCE_DIR "/configs/quant/default.yaml"},
          {"default.yaml", "this is no network", "tridex_network"});
  std::string text = kPlain;
  text.replace(text.find("kernel"), 6, "kernal");
  refuses({"run", kDesign, "--model", folder.write("n.yaml", text)},
          {"n.yaml:6: ", "nodes.0.kernal", "did you mean 'kernel'?"});
}

TEST_CASE("a network file runs at every fidelity, by path and by name") {
  const TempFolder folder;
  const std::string plain = folder.write("plain.yaml", kPlain);
  for (const std::string& model : {kTiny, std::string("tiny_cnn"), plain}) {
    for (const std::string fidelity : {"analytic", "timed", "functional"}) {
      CAPTURE(model, fidelity);
      const json r = run_json({"run", kDesign, "--model", model, "--fidelity", fidelity, "--frames", "1"});
      CHECK(r["model"] == (model == plain ? "plain" : "tiny_cnn"));
      CHECK(r["fps"] > 0);
      CHECK((fidelity != "functional" || r["comparison"]["equal"] == true));
    }
  }
}

TEST_CASE("a network file is quantized, evaluated and run with its weights") {
  const TempFolder folder;
  const std::string data = images(folder);
  for (const std::string& model : {kTiny, folder.write("plain.yaml", kPlain).string()}) {
    const std::string weights = checkpoint(folder, models::read_network(model));
    const std::string name = model == kTiny ? "tiny_cnn" : "plain";
    for (const std::string recipe : {"default", "vanilla"}) {
      CAPTURE(model, recipe);
      const std::string net = folder.path() / "net.tdx";
      const json q =
          run_json({"quantize", recipe, "--model", model, "--weights", weights, "--calib", data, "-o", net});
      CHECK(q["model"] == name);
      const json e =
          run_json({"evaluate", "--net", net, "--model", model, "--weights", weights, "--data", data});
      CHECK(e["model"] == name);
      CHECK(e["logits_sqnr_db"] > 15);
      CHECK(run_json({"run", kDesign, "--net", net, "--frames", "1"})["fps"] > 0);
      CHECK(run_json({"run", kDesign, "--net", net, "--fidelity", "functional", "--frames",
                      "1"})["comparison"]["equal"] == true);
    }
    const json rows = run_json(
        {"ablation", "vanilla", "--model", model, "--weights", weights, "--calib", data, "--data", data});
    CHECK(rows["model"] == name);
    CHECK_FALSE(rows["rows"][1].contains("error"));
  }
}

TEST_CASE("weights that do not fit a network file") {
  const TempFolder folder;
  const std::string weights = checkpoint(folder, models::parse_network(kPlain, "plain.yaml"));
  refuses({"quantize", "default", "--model", kTiny, "--weights", weights, "--calib", images(folder), "-o",
           folder.path() / "net.tdx"},
          {"w.safetensors", "do not fit network tiny_cnn", "classifier.weight: no tensor 'fc/kernel'"});
  CHECK_FALSE(std::filesystem::exists(folder.path() / "net.tdx"));
}

TEST_CASE("networks that the quantizer or the machine cannot do are refused by name") {
  const TempFolder folder;
  const auto refuses_net = [&](const std::string& nodes, const std::vector<std::string>& fidelities,
                               const std::vector<std::string>& said) {
    const std::string file = folder.write(
        "odd.yaml", "tridex_network: 1\ninput: {shape: [8, 16, 16]}\noutput: last\nnodes:\n" + nodes);
    CAPTURE(nodes);
    CHECK(run_tridex({"describe", file}).status == 0);  // a network it is
    for (const auto& fidelity : fidelities) {
      refuses({"run", kDesign, "--model", file, "--fidelity", fidelity}, said);
    }
  };
  const auto unquantizable = [&](const std::string& nodes, const std::vector<std::string>& said) {
    refuses_net(nodes, {"analytic", "timed", "functional"}, said);
  };
  // A bound maps nothing, so it can be had.
  const auto unmappable = [&](const std::string& nodes, const std::vector<std::string>& said) {
    refuses_net(nodes, {"timed", "functional"}, said);
  };
  unquantizable("  - {name: last, op: relu, inputs: [input]}\n", {"last", "must follow a convolution"});
  unquantizable(
      "  - {name: a, op: relu, inputs: [input]}\n  - {name: last, op: batch_norm, inputs: [a], eps: 0.001}\n",
      {"last", "can only be folded into a convolution"});
  unquantizable("  - {name: last, op: resize, inputs: [input], factor: 3}\n", {"last", "factor 2 or 4"});
  unquantizable("  - {name: last, op: concat, inputs: [input, input]}\n",
                {"last", "quantizer of this concat"});
  unquantizable("  - {name: last, op: conv, inputs: [input], channels: 8, kernel: 65, padding: 32}\n",
                {"last", "1 to 64"});
  unquantizable(
      "  - {name: qkv, op: conv, inputs: [input], channels: 24, kernel: 1}\n"
      "  - {name: q, op: head_slice, inputs: [qkv], heads: 2, part: 0}\n"
      "  - {name: last, op: conv, inputs: [q], channels: 8, kernel: 1}\n",
      {"last", "only matrix products can read a part of the heads"});
  unmappable(
      "  - {name: k, op: conv, inputs: [input], channels: 8, kernel: 1}\n"
      "  - {name: kk, op: matmul_tokens, inputs: [k, k], heads: 2}\n"
      "  - {name: last, op: conv, inputs: [kk], channels: 8, kernel: 1}\n",
      {"kk", "lite-MSA form only"});
  unmappable(
      "  - {name: a, op: conv, inputs: [input], channels: 4, kernel: 1}\n"
      "  - {name: b, op: conv, inputs: [input], channels: 4, kernel: 1}\n"
      "  - {name: c, op: concat, inputs: [a, b]}\n"
      "  - {name: last, op: conv, inputs: [c], channels: 8, kernel: 1}\n",
      {"c", "cannot be mapped", "multiple of 8"});
}

#include "models/network_file.h"

#include <catch2/catch.hpp>
#include <sstream>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "models/builder.h"
#include "models/network_schema.h"
#include "models/tensor_names.h"
#include "support/random.h"
#include "support/temp_folder.h"

using namespace tridex;
using namespace tridex::models;
using Catch::Matchers::Contains;

namespace {

const std::string kHead = "tridex_network: 1\nname: small\ninput: {shape: [4, 8, 8]}\noutput: last\nnodes:\n";
const std::string kConv = "  - {name: last, op: conv, inputs: [input], channels: 6, kernel: 3}\n";

Graph read(const std::string& text) {
  return parse_network(text, "net.yaml");
}

void refuses(const std::string& text, const std::vector<std::string>& said) {
  CAPTURE(text);
  std::string message;
  try {
    static_cast<void>(read(text));
  } catch (const Error& error) {
    message = error.what();
  }
  REQUIRE_FALSE(message.empty());
  CHECK_THAT(message, Catch::Matchers::StartsWith("net.yaml:"));
  for (const auto& part : said) {
    CHECK_THAT(message, Contains(part));
  }
}

/// The only node, or the last of several, is line 6 + the number of those before.
void refuses_nodes(const std::string& nodes, const std::vector<std::string>& said) {
  refuses(kHead + nodes, said);
}

}  // namespace

TEST_CASE("network file: every built-in network is the same graph after it is written and read") {
  for (const char* name :
       {"efficientvit_b0_r64", "efficientvit_b0_r224", "efficientvit_b1_r224", "efficientvit_b2_r96x160",
        "efficientvit_b3_r224", "efficientvit_seg_b0_r352x480", "mobilenet_v2_r224", "mobilenet_v2_r225"}) {
    CAPTURE(name);
    const Graph built = build_network(name);
    const std::string text = network_text(built);
    const Graph again = read(text);
    REQUIRE(again.nodes.size() == built.nodes.size());
    for (size_t i = 0; i < built.nodes.size(); ++i) {
      CAPTURE(built.nodes[i].name, again.nodes[i].name);
      CHECK(again.nodes[i] == built.nodes[i]);
    }
    CHECK(again == built);
    const auto ours = again.parameters(), theirs = built.parameters();
    REQUIRE(ours.size() == theirs.size());
    for (size_t i = 0; i < ours.size(); ++i) {
      CHECK(ours[i].name == theirs[i].name);
      CHECK(ours[i].dims == theirs[i].dims);
    }
    CHECK(network_text(again) == text);
  }
}

TEST_CASE("network file: a written node is one line that says what differs from the defaults") {
  const std::string text = network_text(build_network("efficientvit_b0_r64", {10}));
  for (const char* line :
       {"\ntridex_network: 1\nname: efficientvit_b0_r64\ninput: {shape: [3, 64, 64]}\n"
        "output: head.op_list.3.linear\nnodes:\n",
        "\n  - {name: backbone.input_stem.op_list.0.conv, op: conv, inputs: [input], channels: 8, kernel: 3, "
        "stride: 2, padding: 1, role: stem, region: stem}\n",
        "\n  - {name: backbone.input_stem.op_list.0.norm, op: batch_norm, "
        "inputs: [backbone.input_stem.op_list.0.conv], eps: 1e-05, region: stem}\n",
        "\n  - {name: head.op_list.3.linear, op: conv, inputs: [head.op_list.2.act], channels: 10, kernel: "
        "1, "
        "bias: true, role: head, region: head}\n"}) {
    CHECK_THAT(text, Contains(line));
  }
  std::istringstream lines(text);
  size_t nodes = 0;
  for (std::string line; std::getline(lines, line);) {
    nodes += line.rfind("  - {name: ", 0) == 0 ? 1 : 0;
    CHECK(line.size() < 320);
  }
  CHECK(nodes == build_network("efficientvit_b0_r64").nodes.size() - 1);
}

TEST_CASE("network file: the example of the schema") {
  const Graph graph = read_network(TRIDEX_SOURCE_DIR "/configs/networks/tiny_cnn.yaml");
  CHECK(graph.name == "tiny_cnn");
  CHECK(graph.node(graph.output).shape == Shape{10, 1, 1});
  CHECK(graph.node(graph.output).tensor_names ==
        std::map<std::string, std::string>{{"weight", "fc/kernel"}, {"bias", "fc/bias"}});
  CHECK(read(network_text(graph)) == graph);
  // The example says what there is: every operator, role and region.
  const std::string text = read_text(TRIDEX_SOURCE_DIR "/configs/networks/tiny_cnn.yaml");
  for (const OpSchema& schema : op_schemas()) {
    CHECK_THAT(text, Contains(op_name(schema.op)));
    for (const auto& key : schema.keys) {
      CHECK_THAT(text, Contains(key));
    }
  }
  for (const auto& [word, role] : role_words()) {
    CHECK_THAT(text, Contains(word));
  }
  for (const auto& [word, region] : region_words()) {
    CHECK_THAT(text, Contains(word));
  }
}

TEST_CASE("network file: every operator but the input has a schema") {
  CHECK(op_schemas().size() == static_cast<size_t>(Op::kResize));
}

TEST_CASE("network file: defaults") {
  const test::TempFolder folder;
  const Graph graph = read_network(folder.write("my_net.yaml",
                                                "tridex_network: 1\ninput: {shape: [4, 8, 9]}\noutput: a\n"
                                                "nodes:\n  - {name: a, op: conv, inputs: [input], "
                                                "channels: 6, kernel: [3, 2], shape: [6, 6, 8]}\n"));
  CHECK(graph.name == "my_net");
  const Node& node = graph.node(graph.output);
  CHECK(node.shape == Shape{6, 6, 8});
  CHECK(node.role == Role::kNone);
  CHECK(node.region == Region::kStem);
  CHECK_FALSE(node.conv.bias);
  CHECK(node.conv == ConvAttributes{3, 2, 1, 1, 0, 0, 0, 0, false});
  CHECK_THROWS_WITH(
      read_network(folder.write("my net.yaml", "tridex_network: 1\ninput: {shape: [4, 8, 9]}\n")),
      Contains("give the network a name"));
  CHECK_THROWS_WITH(read_network(folder.path() / "none.yaml"), Contains("none.yaml: no such file"));
}

TEST_CASE("network file: what is wrong is said with its line and key") {
  read(kHead + kConv);
  refuses("name: x\n", {"this is no network", "tridex_network"});
  refuses("tridex_network: 2\n", {"net.yaml:1: tridex_network", "version '2'", "reads version 1"});
  refuses("outptu: x\n" + kHead + kConv, {"net.yaml:1: unknown key 'outptu'", "did you mean 'output'?"});
  refuses("tridex_network: 1\nname: ../x\n", {"net.yaml:2: name", "letters, digits"});
  refuses("tridex_network: 1\nname: x\noutput: y\nnodes: []\n", {"the key 'input' is missing"});
  refuses("tridex_network: 1\ninput: {shape: [3, 8]}\n",
          {"net.yaml:2: input.shape", "expected 3 numbers, got 2"});
  refuses("tridex_network: 1\ninput: {shape: [3, 8, 0]}\n", {"input.shape.2", "outside 1 to 1048576"});
  refuses("tridex_network: 1\ninput: {shape: [4096, 1048576, 1048576]}\n",
          {"input.shape", "more than 2147483648"});
  refuses("tridex_network: 1\ninput: {shape: [3, 8, 8]}\noutput: y\nnodes: []\n",
          {"net.yaml:4: nodes", "1 to"});
  refuses("tridex_network: 1\ninput: {shape: [3, 8, 8]}\noutput:\nnodes:\n" + kConv, {"'output' is missing"});
  refuses("tridex_network: 1\ninput: {shape: [3, 8, 8]}\noutput: lost\nnodes:\n" + kConv,
          {"net.yaml:3: output", "no node is called 'lost'", "did you mean 'last'?"});
  refuses("tridex_network: 1\ninput: {shape: [3, 8, 8]}\noutput: input\nnodes:\n" + kConv,
          {"net.yaml:3: output"});
}

TEST_CASE("network file: nodes that cannot be") {
  const auto conv = [](const std::string& keys) {
    return "  - {name: last, op: conv, inputs: [input], " + keys + "}\n";
  };
  const auto node = [](const std::string& rest) { return "  - {name: last, " + rest + "}\n"; };
  refuses_nodes(node("op: convolution, inputs: [input]"), {"net.yaml:6: nodes.0.op", "unknown name", "conv"});
  refuses_nodes(node("op: input, inputs: []"), {"nodes.0.op", "unknown name 'input'"});
  refuses_nodes(node("inputs: [input]"), {"net.yaml:6: nodes.0", "the key 'op' is missing"});
  refuses_nodes("  - {op: relu, inputs: [input]}\n", {"net.yaml:6: nodes.0", "the key 'name' is missing"});
  refuses_nodes("  - relu\n", {"net.yaml:6: nodes.0", "expected a map"});
  refuses_nodes("  - {name: input, op: relu, inputs: [input]}\n", {"nodes.0.name"});
  refuses_nodes("  - {name: a b, op: relu, inputs: [input]}\n", {"nodes.0.name", "letters"});
  refuses_nodes(kConv + kConv, {"net.yaml:7: nodes.1.name", "two nodes are called 'last'", "net.yaml:6"});
  refuses_nodes(conv("kernel: 3"), {"net.yaml:6: nodes.0", "'channels' is missing"});
  refuses_nodes(conv("channels: 3"), {"net.yaml:6: nodes.0", "'kernel' is missing"});
  refuses_nodes(conv("channels: 3, kernal: 3"), {"net.yaml:6", "nodes.0.kernal", "did you mean 'kernel'?"});
  refuses_nodes(conv("channels: 3, kernel: 3, heads: 3"),
                {"net.yaml:6: nodes.0", "conv has no 'heads'", "divide"});
  refuses_nodes(conv("channels: 3, kernel: 3, groups: 3"),
                {"net.yaml:6: nodes.0", "3 groups do not divide 4"});
  refuses_nodes(conv("channels: 3, kernel: 9"), {"net.yaml:6: nodes.0", "a kernel of 9 does not fit"});
  refuses_nodes(conv("channels: 3, kernel: [3, 3, 3]"), {"nodes.0.kernel", "expected 2 numbers, got 3"});
  refuses_nodes(conv("channels: 3, kernel: 3, padding: [1, 1]"), {"nodes.0.padding", "expected 4 numbers"});
  refuses_nodes(conv("channels: 3, kernel: 3, padding: -1"), {"nodes.0.padding", "outside 0 to"});
  refuses_nodes(conv("channels: 3, kernel: 3, stride: 0"), {"nodes.0.stride", "outside 1 to"});
  refuses_nodes(conv("channels: 3, kernel: 3, bias: 2"), {"nodes.0.bias", "true or false"});
  refuses_nodes(conv("channels: 3, kernel: 3, role: deepwise"),
                {"nodes.0.role", "did you mean 'depthwise'?"});
  refuses_nodes(conv("channels: 3, kernel: 3, region: body"), {"nodes.0.region", "stem, mbconv"});
  refuses_nodes(conv("channels: 3, kernel: 3, block: '*'"), {"nodes.0.block"});
  refuses_nodes(conv("channels: 3, kernel: 3, shape: [3, 8, 8]"),
                {"nodes.0.shape", "says [3, 8, 8]", "[3, 6, 6]"});
  refuses_nodes(conv("channels: 3, kernel: 3, tensors: {wieght: a}"),
                {"nodes.0.tensors.wieght", "did you mean 'weight'?"});
  refuses_nodes(conv("channels: 3, kernel: 3, tensors: {bias: a}"), {"nodes.0.tensors.bias", "weight"});
  refuses_nodes(conv("channels: 3, kernel: 3, tensors: {weight: ''}"), {"nodes.0.tensors.weight", "letters"});
  refuses_nodes(node("op: relu, inputs: [input], role: head"),
                {"relu has no 'role', which belongs to: conv"});
  refuses_nodes(node("op: relu, inputs: [input, input]"),
                {"net.yaml:6: nodes.0.inputs", "reads 1 input, got 2"});
  refuses_nodes(node("op: add, inputs: [input]"), {"nodes.0.inputs", "reads 2 to 256 inputs, got 1"});
  refuses_nodes(node("op: concat, inputs: []"), {"nodes.0.inputs", "got 0"});
  refuses_nodes(node("op: relu, inputs: input"), {"nodes.0.inputs", "expected a list"});
  refuses_nodes(node("op: relu, inputs: [inptu]"), {"nodes.0.inputs.0", "no node", "did you mean 'input'?"});
  refuses_nodes(node("op: relu, inputs: [last]"), {"nodes.0.inputs.0", "does not stand before"});
  refuses_nodes("  - {name: a, op: relu, inputs: [last]}\n  - {name: last, op: relu, inputs: [a]}\n",
                {"net.yaml:6: nodes.0.inputs.0", "'last' (net.yaml:7) does not stand before"});
  refuses_nodes("  - {name: a, op: relu, inputs: [input]}\n  - {name: last, op: relu, inputs: [input]}\n",
                {"net.yaml:6: nodes.0", "nothing reads 'a'"});
  refuses_nodes("  - {name: last, op: relu, inputs: [input]}\n  - {name: a, op: relu, inputs: [last]}\n",
                {"net.yaml:7: nodes.1", "nothing reads 'a'"});
  refuses_nodes(
      "  - {name: a, op: batch_norm, inputs: [input], eps: 0.1, tensors: {bias: b.weight}}\n"
      "  - {name: b, op: conv, inputs: [a], channels: 1, kernel: 1}\n"
      "  - {name: last, op: relu, inputs: [b]}\n",
      {"net.yaml:7: nodes.1", "are both the tensor 'b.weight'"});
  refuses_nodes(node("op: batch_norm, inputs: [input]"), {"nodes.0", "'eps' is missing"});
  refuses_nodes(node("op: batch_norm, inputs: [input], eps: -1"), {"nodes.0.eps", "outside"});
  refuses_nodes(node("op: head_slice, inputs: [input], heads: 2, part: 1"),
                {"net.yaml:6: nodes.0", "cannot be cut"});
  refuses_nodes(node("op: head_slice, inputs: [input], heads: 2, part: 3"),
                {"nodes.0.part", "outside 0 to 2"});
  refuses_nodes(node("op: resize, inputs: [input], factor: 100"), {"net.yaml:6: nodes.0", "1 to 64"});
}

TEST_CASE("network file: sizes that overflow") {
  const auto conv = [](const std::string& keys) {
    return "  - {name: last, op: conv, inputs: [input], " + keys + "}\n";
  };
  refuses_nodes(conv("channels: 99999999999999999999, kernel: 3"), {"nodes.0.channels", "whole number"});
  refuses_nodes(conv("channels: 2147483647, kernel: 3"), {"nodes.0.channels", "outside 1 to 1048576"});
  refuses_nodes(conv("channels: 2, kernel: 3, padding: 1048576"), {"nodes.0", "extent"});
  refuses_nodes(conv("channels: 2, kernel: 3, padding: 500000"),
                {"nodes.0", "more than 2147483648 elements"});
  refuses_nodes(conv("channels: 1048576, kernel: 60000, padding: 30000"), {"nodes.0", "weights"});
  std::string doubled = "  - {name: a0, op: conv, inputs: [input], channels: 1048576, kernel: 8}\n";
  refuses_nodes(doubled + "  - {name: last, op: concat, inputs: [a0, a0]}\n",
                {"net.yaml:7: nodes.1", "channels"});
  std::string many;
  for (int i = 0; i <= 10'000; ++i) {
    many += "  - {name: a" + std::to_string(i) + "}\n";
  }
  refuses_nodes(many, {"net.yaml:6: nodes", "got 10001"});
}

TEST_CASE("network file: names that a file cannot have are not written") {
  const auto named = [](const std::string& network, const std::string& node) {
    GraphBuilder b(network);
    return network_text(b.finish(b.unary(node, Op::kRelu, b.input({1, 1, 1}))));
  };
  CHECK_NOTHROW(named("a", "b/c"));
  CHECK_THROWS_WITH(named("a/b", "c"), Contains("'a/b'"));
  CHECK_THROWS_WITH(named("a", "null"), Contains("'null'"));
  CHECK_THROWS_WITH(named("a", "b: c"), Contains("'b: c'"));
}

TEST_CASE("network file: tensors under other names") {
  const Graph graph =
      read(kHead +
           "  - {name: a, op: conv, inputs: [input], channels: 4, kernel: 1, tensors: {weight: "
           "last.weight}}\n"
           "  - {name: last, op: conv, inputs: [a], channels: 4, kernel: 1, bias: true, tensors: "
           "{weight: a.weight, bias: 'b \"\\: 0'}}\n");
  CHECK(read(network_text(graph)) == graph);
  const Weights weights = random_weights(graph, 1);
  Weights other{{"a.weight", weights.at("last.weight")},
                {"last.weight", weights.at("a.weight")},
                {"b \"\\: 0", weights.at("last.bias")}};
  const Weights matched = match_weights(graph, rename_tensors(graph, other, "file"), "file");
  for (const auto& [name, tensor] : weights) {
    CHECK(matched.at(name).data == tensor.data);
  }
  other.erase("a.weight");
  CHECK_THROWS_WITH(rename_tensors(graph, other, "file"),
                    Contains("file") && Contains("last.weight: no tensor 'a.weight'"));
  other["a.weight"] = weights.at("last.weight");
  other["last.bias"] = weights.at("last.bias");
  CHECK_THROWS_WITH(rename_tensors(graph, other, "file"),
                    Contains("last.bias: the checkpoint has a tensor of this name"));
}

TEST_CASE("network file: a file with any damage is a network or an Error") {
  test::Random random("network file");
  std::vector<std::string> lines;
  std::istringstream in(network_text(build_network("efficientvit_b0_r64")));
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  const std::vector<std::string> words = {"0",     "-1",     "1048576", "99999999999", "1e300", ".nan",
                                          "null",  "[]",     "{}",      "&a",          "*a",    "!!binary x",
                                          "input", "\"",     "'",       ": ",          "heads", "\xff",
                                          "add",   "[1, 1]", "concat",  "~",           "|",     "\t"};
  const auto any = [&](size_t count) {
    return static_cast<size_t>(random.integer(0, static_cast<int>(count) - 1));
  };
  int networks = 0, errors = 0;
  for (int round = 0; round < 400; ++round) {
    std::vector<std::string> damaged = lines;
    for (int i = random.integer(1, 3); i > 0; --i) {
      const size_t at = any(damaged.size());
      std::string& line = damaged[at];
      const size_t begin = any(line.size() + 1);
      switch (random.integer(0, 7)) {
        case 0:
          damaged.erase(damaged.begin() + static_cast<long>(at));
          break;
        case 1:
          std::swap(line, damaged[any(damaged.size())]);
          break;
        case 2:
          line = damaged[any(damaged.size())];
          break;
        case 3:
          line.resize(begin);
          break;
        case 4:
          line.insert(begin, words[any(words.size())]);
          break;
        case 5:
          line.erase(begin, static_cast<size_t>(random.integer(1, 6)));
          break;
        case 6: {  // a value
          const size_t colon = line.find(": ", begin);
          if (colon != std::string::npos) {
            line.replace(colon + 2, line.find_first_of(",}", colon) - colon - 2, words[any(words.size())]);
          }
          break;
        }
        default:
          if (begin < line.size()) {
            line[begin] = static_cast<char>(random.integer(1, 255));
          }
      }
    }
    std::string text;
    for (const auto& line : damaged) {
      text += line + "\n";
    }
    try {
      const Graph graph = read(text);
      CHECK(read(network_text(graph)) == graph);
      ++networks;
    } catch (const Error& error) {
      CHECK_FALSE(std::string(error.what()).empty());
      ++errors;
    } catch (const std::exception& error) {
      FAIL("round " << round << ": " << error.what() << "\n" << text);
    }
  }
  CHECK(networks > 0);
  CHECK(errors > 0);
}

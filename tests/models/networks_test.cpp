#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "models/builder.h"

using namespace tridex::models;

namespace {

struct Counted {
  const char* name;
  int64_t params;
  int64_t macs;
};

const Node& find(const Graph& graph, const std::string& name) {
  for (const Node& node : graph.nodes) {
    if (node.name == name) {
      return node;
    }
  }
  throw std::runtime_error("no node " + name);
}

}  // namespace

TEST_CASE("networks: parameters and MACs of EfficientViT to the last digit") {
  // Counted from the definitions of mit-han-lab/efficientvit; its README prints the MACs as 0.52/0.68/0.86 G.
  const std::vector<Counted> networks = {{"efficientvit_b0_r224", 3'410'008, 100'233'216},
                                         {"efficientvit_b1_r224", 9'102'024, 519'214'592},
                                         {"efficientvit_b1_r256", 9'102'024, 676'915'712},
                                         {"efficientvit_b1_r288", 9'102'024, 855'643'648}};
  for (const Counted& network : networks) {
    CAPTURE(network.name);
    const Graph graph = build_network(network.name);
    CHECK(graph.parameter_count() == network.params);
    CHECK(graph.macs() == network.macs);
  }
}

TEST_CASE("networks: parameters of B2 and B3 to the last digit, MACs to the printed digits") {
  struct Printed {
    const char* name;
    int64_t params;
    double gmacs;
  };
  // Counted from the definitions of mit-han-lab/efficientvit; its README prints 1.6/2.1/2.6 and 4.0/5.2/6.5
  // G.
  const std::vector<Printed> networks = {
      {"efficientvit_b2_r224", 24'330'712, 1.5849}, {"efficientvit_b2_r256", 24'330'712, 2.0675},
      {"efficientvit_b2_r288", 24'330'712, 2.6145}, {"efficientvit_b3_r224", 48'646'056, 3.9538},
      {"efficientvit_b3_r256", 48'646'056, 5.1616}, {"efficientvit_b3_r288", 48'646'056, 6.5304}};
  for (const Printed& network : networks) {
    CAPTURE(network.name);
    const Graph graph = build_network(network.name);
    CHECK(graph.parameter_count() == network.params);
    CHECK(std::abs(static_cast<double>(graph.macs()) / 1e9 - network.gmacs) <= 0.5e-4 + 1e-9);
  }
}

TEST_CASE("networks: the segmentation models on Cityscapes") {
  // Counted from the definitions of mit-han-lab/efficientvit at 1024 x 2048; B2 and B3 are given with fewer
  // digits.
  const Graph b0 = build_network("efficientvit_seg_b0_r1024x2048");
  CHECK(b0.parameter_count() == 706'691);
  CHECK(std::abs(static_cast<double>(b0.macs()) / 1e9 - 4.39) <= 0.005);
  CHECK(b0.node(b0.output).shape == Shape{19, 128, 256});
  const Graph b1 = build_network("efficientvit_seg_b1_r1024x2048");
  CHECK(b1.parameter_count() == 4'803'443);
  CHECK(std::abs(static_cast<double>(b1.macs()) / 1e9 - 25.1) <= 0.05);
  const Graph b2 = build_network("efficientvit_seg_b2_r1024x2048");
  CHECK(std::abs(static_cast<double>(b2.parameter_count()) / 1e6 - 15.32) <= 0.005);
  CHECK(std::abs(static_cast<double>(b2.macs()) / 1e9 - 73.6) <= 0.05);
  const Graph b3 = build_network("efficientvit_seg_b3_r1024x2048");
  CHECK(std::abs(static_cast<double>(b3.parameter_count()) / 1e6 - 39.60) <= 0.005);
  CHECK(std::abs(static_cast<double>(b3.macs()) / 1e9 - 179.2) <= 0.05);
}

TEST_CASE("networks: MACs of B1-R224 by kind of layer") {
  // Counted from the definitions of mit-han-lab/efficientvit, in millions; the products include the ones
  // column.
  const Graph graph = build_network("efficientvit_b1_r224");
  std::map<std::string, double> sums;
  for (const Node& node : graph.nodes) {
    const bool product =
        node.op == Op::kMatMulTokens || node.op == Op::kTokenSum || node.op == Op::kMatMulHeads;
    sums[product ? "matmul" : role_name(node.role)] += static_cast<double>(node.macs(graph.nodes)) / 1e6;
  }
  CHECK(sums["depthwise"] + sums["ds_depthwise"] == Approx(16.93).margin(0.005));
  CHECK(sums["pointwise2"] + sums["ds_pointwise"] == Approx(157.35).margin(0.005));
  CHECK(sums["stem"] == Approx(5.42).margin(0.005));
  CHECK(sums["pointwise1"] == Approx(179.83).margin(0.005));
  CHECK(sums["qkv"] == Approx(67.44).margin(0.005));
  CHECK(sums["aggregate_depthwise"] == Approx(9.41).margin(0.005));
  CHECK(sums["aggregate_pointwise"] == Approx(6.02).margin(0.005));
  CHECK(sums["matmul"] == Approx(8.53).margin(0.005));
  CHECK(sums["projection"] == Approx(44.96).margin(0.005));
  CHECK(sums["head"] == Approx(23.33).margin(0.005));
}

TEST_CASE("networks: MobileNetV2") {
  // torchvision counts 3,504,872 parameters with 34,112 batch norm weights and biases; folding leaves a bias
  // for each of the 17,056 channels.
  const Graph graph = build_network("mobilenet_v2_r224");
  CHECK(graph.parameter_count() == 3'504'872 - 34'112 + 17'056);
  CHECK(graph.macs() == 300'774'272);  // torchvision's table prints 0.30 GFLOPS
  const ConvAttributes& stem = find(graph, "features.0.0").conv;
  CHECK(stem.pad_top == 0);
  CHECK(stem.pad_bottom == 1);  // SAME padding of an even map, stride 2
  CHECK(find(graph, "features.17.conv.2").shape == Shape{320, 7, 7});
}

TEST_CASE("networks: names, roles, regions and blocks follow the vocabulary") {
  const Graph graph = build_network("efficientvit_b0_r64", {10});
  CHECK(graph.name == "efficientvit_b0_r64");
  CHECK(graph.node(graph.input).shape == Shape{3, 64, 64});
  CHECK(graph.node(graph.output).name == "head.op_list.3.linear");
  CHECK(graph.node(graph.output).shape == Shape{10, 1, 1});
  const Node& qkv = find(graph, "backbone.stages.2.op_list.1.context_module.main.qkv.conv");
  CHECK(qkv.role == Role::kQkv);
  CHECK(qkv.region == Region::kAttention);
  CHECK(qkv.block == "stages.2.op_list.1.context_module");
  CHECK_FALSE(qkv.conv.bias);
  const Node& depthwise = find(graph, "backbone.stages.3.op_list.2.local_module.main.depth_conv.conv");
  CHECK(depthwise.role == Role::kDepthwise);
  CHECK(depthwise.region == Region::kMbConv);
  CHECK(depthwise.conv.bias);  // "fewer norm"
  CHECK(depthwise.conv.groups == depthwise.shape.c);
  const Node& concat = find(graph, "backbone.stages.2.op_list.1.context_module.main.concat");
  CHECK(concat.inputs.size() == 2);
  CHECK(concat.shape.c == 2 * 64);
  CHECK(find(graph, "backbone.input_stem.op_list.0.conv").role == Role::kStem);
  CHECK(find(graph, "backbone.input_stem.op_list.1.main.depth_conv.conv").role == Role::kDsDepthwise);
  CHECK(find(graph, "head.op_list.0.conv").region == Region::kHead);
  for (const Node& node : graph.nodes) {
    for (const int from : node.inputs) {
      CHECK(from < node.id);
    }
  }
}

TEST_CASE("networks: any resolution, and the names that are none") {
  CHECK(build_network("efficientvit_b0_r96x160").node(0).shape == Shape{3, 96, 160});
  CHECK(build_network("efficientvit_b1_r225").node(0).shape == Shape{3, 225, 225});
  CHECK(build_network("efficientvit_seg_b0_r352x480").node(0).shape == Shape{3, 352, 480});
  const auto error_of = [](const std::string& name) -> std::string {
    try {
      build_network(name);
    } catch (const tridex::Error& error) {
      return error.what();
    }
    return "";
  };
  for (const char* name :
       {"", "resnet50", "efficientvit_b4_r224", "efficientvit_b0", "efficientvit_b0_r",
        "efficientvit_b0_r224x", "efficientvit_b0_r224x224x3", "efficientvit_b0_r-224",
        "efficientvit_b0_r99999999999999999999", "efficientvit_bx_r224", "mobilenet_v2_r22a"}) {
    CAPTURE(name);
    CHECK(error_of(name).find("efficientvit_b0_rN") != std::string::npos);
  }
  CHECK(error_of("efficientvit_b0_r16").find("32 to 8192") != std::string::npos);
  CHECK(error_of("efficientvit_seg_b0_r100x200").find("multiples of 32") != std::string::npos);
  CHECK_THROWS_AS(build_network("efficientvit_b0_r224", {0}), tridex::Error);
}

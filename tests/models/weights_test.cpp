#include "models/weights.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "models/builder.h"

using namespace tridex::models;

namespace {

std::string error_of(const Graph& graph, const Weights& weights) {
  try {
    match_weights(graph, weights, "file.safetensors");
  } catch (const tridex::Error& error) {
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The checkpoint under the names that timm/models/efficientvit_mit.py gives.
std::string timm_name(std::string name) {
  const auto replace = [&](const std::string& from, const std::string& to) {
    const size_t at = name.find(from);
    if (at == std::string::npos) {
      return false;
    }
    name.replace(at, from.size(), to);
    return true;
  };
  replace("backbone.input_stem.op_list.0.", "stem.in_conv.");
  replace("backbone.input_stem.op_list.1.", "stem.res0.");
  if (replace("backbone.stages.", "stages.")) {
    replace(".op_list.", ".blocks.");
  }
  replace("head.op_list.0.", "head.in_conv.");
  replace("head.op_list.2.linear.", "head.classifier.0.");
  replace("head.op_list.2.norm.", "head.classifier.1.");
  replace("head.op_list.3.linear.", "head.classifier.4.");
  return name;
}

}  // namespace

TEST_CASE("weights: random ones are finite, seeded, He-scaled and match their network") {
  const Graph graph = build_network("efficientvit_b0_r64");
  const Weights weights = random_weights(graph, 7);
  CHECK(error_of(graph, weights).empty());
  CHECK(random_weights(graph, 7).at("head.op_list.3.linear.weight").data ==
        weights.at("head.op_list.3.linear.weight").data);
  CHECK(random_weights(graph, 8).at("head.op_list.3.linear.weight").data !=
        weights.at("head.op_list.3.linear.weight").data);
  // The generator's numbers are part of the contract: the same on every platform.
  CHECK(weights.begin()->first == "backbone.input_stem.op_list.0.conv.weight");
  double squares = 0;
  const Tensor& linear = weights.at("head.op_list.3.linear.weight");
  for (const float w : linear.data) {
    squares += double{w} * w;
  }
  CHECK(squares / static_cast<double>(linear.data.size()) == Approx(2.0 / 1280).epsilon(0.01));
  CHECK(classes_of(weights) == 1000);
}

TEST_CASE("weights: MIT and timm names, matrices of linear layers, counters of batches") {
  const Graph graph = build_network("efficientvit_b0_r64", {10});
  const Weights weights = random_weights(graph, 1);
  Weights timm;
  for (const auto& [name, tensor] : weights) {
    Tensor copy = tensor;
    if (name.find("linear.weight") != std::string::npos) {
      copy.dims = {copy.dims[0], copy.dims[1]};
    }
    timm[timm_name(name)] = copy;
  }
  timm["stem.in_conv.norm.num_batches_tracked"] = {{}, {1}};
  CHECK(timm.count("stages.2.blocks.1.context_module.main.qkv.conv.weight") == 1);
  CHECK(classes_of(timm) == 10);
  const Weights matched = match_weights(graph, timm, "timm");
  CHECK(matched.size() == weights.size());
  for (const auto& [name, tensor] : weights) {
    CHECK(matched.at(name).dims == tensor.dims);
    CHECK(matched.at(name).data == tensor.data);
  }
}

TEST_CASE("weights: one error lists everything that is wrong") {
  const Graph graph = build_network("efficientvit_b0_r64", {10});
  Weights weights = random_weights(graph, 1);
  weights.erase("head.op_list.0.conv.weight");
  weights["head.surplus.weight"] = {{1}, {0}};
  weights["head.op_list.3.linear.bias"].dims = {11};
  weights["head.op_list.2.norm.weight"].data[3] = std::numeric_limits<float>::quiet_NaN();
  weights["head.op_list.2.norm.bias"].data[0] = std::numeric_limits<float>::infinity();
  weights["head.op_list.0.norm.running_var"].data[5] = -1;
  weights["head.op_list.3.linear.weight"].data.pop_back();
  weights["stem.in_conv.conv.weight"] = weights["backbone.input_stem.op_list.0.conv.weight"];
  const std::string error = error_of(graph, weights);
  INFO(error);
  CHECK(has(error, "file.safetensors"));
  CHECK(has(error, "head.op_list.0.conv.weight: missing"));
  CHECK(has(error, "head.surplus.weight: left over"));
  CHECK(has(error, "head.op_list.3.linear.bias: shape [11], the network needs [10]"));
  CHECK(has(error, "head.op_list.2.norm.weight: value 3 is not a finite number"));
  CHECK(has(error, "head.op_list.2.norm.bias: value 0"));
  CHECK(has(error, "running_var: variance 5 is negative"));
  CHECK(has(error, "head.op_list.3.linear.weight: 12799 values"));
  CHECK(has(error, "the same parameter as"));
}

TEST_CASE("weights: another network's checkpoint is named, and the error is short") {
  const Graph b1 = build_network("efficientvit_b1_r224");
  const std::string error = error_of(b1, random_weights(build_network("efficientvit_b0_r64"), 1));
  INFO(error);
  CHECK(has(error, "do not fit network efficientvit_b1_r224; they look like those of efficientvit_b0_rN"));
  CHECK(has(error, "more missing"));
  CHECK(has(error, "more that are wrong"));
  CHECK(std::count(error.begin(), error.end(), '\n') <= 33);
  const std::string other = error_of(b1, random_weights(build_network("mobilenet_v2_r224"), 1));
  CHECK(has(other, "mobilenet_v2_rN"));
  CHECK(has(other, "more left over"));
  Weights damaged = random_weights(b1, 1);
  damaged.erase(damaged.begin());
  CHECK_FALSE(has(error_of(b1, damaged), "look like"));
}

TEST_CASE("weights: a checkpoint without a known last layer") {
  CHECK_THROWS_WITH(classes_of({}), Catch::Contains("none of the known last layers"));
}

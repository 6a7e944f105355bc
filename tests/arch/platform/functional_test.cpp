// Three executors, one truth: what the modelled machine computes, from the bytes in its buffers, is what the
// integer reference computes, on every layer; and it takes exactly the cycles of the timed run.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "arch/platform/run.h"
#include "models/dataset.h"
#include "support/data.h"
#include "support/disagreement.h"
#include "support/monitored_run.h"
#include "support/zoo.h"

using namespace tridex;
using namespace tridex::test;

namespace {

arch::DesignPoint trio_vit(const std::vector<std::string>& overrides = {}) {
  return arch::read_design(arch::find_config("trio_vit_zcu102", "designs"), overrides);
}

}  // namespace

TEST_CASE("functional: a small EfficientViT on many machines") {
  const Prepared prepared = prepare_random("efficientvit_b0_r64");
  const std::vector<std::vector<std::string>> machines = {
      {},
      {"schedule.inter_layer_pipeline=false"},
      {"schedule.intra_layer_pipeline=false"},
      {"schedule.double_buffer=false"},
      {"copies=1", "spread=pixels"},
      {"copies=3", "spread=channels"},
      {"engines.0.lanes=16", "engines.1.inputs=4"},
      {"buffers.input.kib=24", "buffers.output.kib=40", "buffers.weight.kib=48"},
      {"ports.count=1", "ports.width_bits=32"},
      {"ports.outstanding=1"},
      {"memory.controller=fcfs"},
      {"memory.controller=fr_fcfs", "memory.page=closed", "memory.channels=2", "memory.write_queue=8",
       "memory.mapping=row column:4 bank group column"},
      {"memory.ideal=true", "ports.count=1", "ports.outstanding=1"},
      {"memory.ideal=true", "copies=1"},   // tiles of whole groups, shares of rows
      {"engines.0.lanes=16", "copies=1"},  // heads in the intra-layer pipeline, one of them divided by rows
  };
  for (const auto& machine : machines) {
    INFO((machine.empty() ? "as it is" : machine[0]));
    CHECK(disagreement(trio_vit(machine), prepared) == "");
  }
  CHECK(disagreement(arch::read_design(arch::find_config("mat_only_zcu102", "designs")), prepared) == "");
}

TEST_CASE("functional: two separable branches side by side, each fused") {
  models::GraphBuilder b("branches");
  const int input = b.input({3, 24, 20});
  const int stem = b.conv("stem", input, 16, {3, 3, 2, 1, 1, 1, 1, 1, true});
  const models::ConvAttributes depthwise{5, 5, 1, 16, 2, 2, 2, 2, true};
  const models::ConvAttributes pointwise{1, 1, 1, 1, 0, 0, 0, 0, true};
  const int dw_a = b.conv("dw_a", stem, 16, depthwise);
  const int dw_b = b.conv("dw_b", stem, 16, depthwise);
  const int pw_a = b.conv("pw_a", dw_a, 24, pointwise);
  const int pw_b = b.conv("pw_b", dw_b, 24, pointwise);
  CHECK(disagreement(trio_vit(), prepare_random(b.finish(b.concat("both", {pw_a, pw_b})))) == "");
}

TEST_CASE("functional: blocks of weights and tiles of rows in either order of loops") {
  models::GraphBuilder b("loops");
  const models::ConvAttributes pointwise{1, 1, 1, 1, 0, 0, 0, 0, true};
  const models::ConvAttributes strided{3, 3, 2, 1, 1, 1, 1, 1, true};
  const models::ConvAttributes grouped{3, 3, 1, 4, 1, 1, 1, 1, true};
  int x = b.conv("stem", b.input({8, 26, 22}), 64, strided);
  const int wide = b.conv("wide", x, 128, pointwise);
  x = b.add("add", {b.conv("narrow", wide, 64, pointwise), x});
  x = b.conv("grouped", x, 64, grouped);
  const Prepared prepared = prepare_random(b.finish(b.conv("last", x, 72, strided)));
  for (const std::string order : {"weights", "inputs", "best"}) {
    INFO(order);
    const arch::DesignPoint machine =
        trio_vit({"buffers.input.kib=7", "buffers.output.kib=16", "buffers.weight.kib=12",
                  "mapping.keep_tensors=false", "mapping.search=none", "mapping.loop_order=" + order});
    CHECK(disagreement(machine, prepared) == "");
    CHECK(run_in_child([&] {
            arch::RunOptions options = functional(prepared);
            options.frames = 3;
            options.poison = true;
            const arch::Run run = arch::run(machine, prepared.graph, options);
            int inputs = 0;
            for (const arch::MappedLayer& layer : run.result.mapping.layers) {
              inputs += layer.loop_order == "inputs" && layer.blocks > 1 && layer.tiles > 1 ? 1 : 0;
            }
            const bool as_asked = order == "best" || (inputs > 1) == (order == "inputs");
            return run.difference ? run.difference->layer
                   : as_asked     ? std::string("equal")
                                  : to_json(run.result)["mapping"]["layers"].dump();
          }) == "equal");
  }
}

TEST_CASE("functional: frames behind one another read nothing before it is written, nor after it is gone") {
  const Prepared prepared = prepare_random("efficientvit_b0_r64");
  for (const auto& machine : std::vector<std::vector<std::string>>{
           {},
           {"buffers.input.kib=24", "buffers.output.kib=40", "buffers.weight.kib=48"},
           {"ports.count=16"},
           {"memory.controller=fcfs"}}) {
    CHECK(run_in_child([&] {
            arch::RunOptions options = functional(prepared);
            options.frames = 3;
            options.poison = true;
            const arch::Run run = monitored_run(trio_vit(machine), prepared.graph, options);
            return run.difference ? run.difference->layer : std::string("equal");
          }) == "equal");
  }
}

TEST_CASE("functional: widths, divisors, symmetry") {
  for (const int weight_bits : {2, 4, 6, 8}) {
    quant::Recipe recipe;
    recipe.weight_bits = weight_bits;
    recipe.activation_bits = weight_bits == 4 ? 8 : weight_bits;
    recipe.attention_bits = recipe.activation_bits;
    recipe.symmetric = weight_bits == 6;
    recipe.y_max = 30;  // random weights make larger divisors than trained ones
    recipe.divisor = weight_bits == 8 ? quant::Divisor::kLog2Code : quant::Divisor::kLog2Paper;
    INFO(weight_bits);
    CHECK(disagreement(trio_vit(), prepare_random("efficientvit_b0_r64", recipe)) == "");
  }
  quant::Recipe uniform;
  uniform.divisor = quant::Divisor::kUniform;
  uniform.min_code = 1;
  CHECK(disagreement(trio_vit({"capabilities.divisors=[uniform]"}),
                     prepare_random("efficientvit_b0_r64", uniform)) == "");
  quant::Recipe wide;
  wide.weight_bits = wide.activation_bits = 16;
  wide.attention_bits = 16;
  wide.divisor = quant::Divisor::kExact;
  CHECK(disagreement(trio_vit({"capabilities.divisors=[exact]", "capabilities.max_activation_bits=16",
                               "capabilities.max_weight_bits=16"}),
                     prepare_random("efficientvit_b0_r64", wide)) == "");
}

TEST_CASE("functional: a wide residual stream, weights with a zero point, a table of reciprocals, shifts") {
  quant::Recipe recipe;
  recipe.residual_bits = 12;
  recipe.weight_zero_point = true;
  recipe.divisor = quant::Divisor::kReciprocal;
  const std::vector<std::string> machine = {"capabilities.divisors=[reciprocal]",
                                            "capabilities.max_weight_bits=9"};
  CHECK(disagreement(trio_vit(machine), prepare_random("efficientvit_b0_r64", recipe)) == "");
  quant::Recipe shifts;
  shifts.power_of_two_scales = true;
  shifts.residual_bits = 16;
  shifts.wide_operands = true;
  CHECK(disagreement(trio_vit({"capabilities.requant=shift", "capabilities.max_activation_bits=16"}),
                     prepare_random("efficientvit_b0_r64", shifts)) == "");
}

TEST_CASE("functional: EfficientViT-B1 at 224 with random weights") {
  CHECK(disagreement(trio_vit(), prepare_random("efficientvit_b1_r224")) == "");
}

TEST_CASE("functional: Seg-B0 with its real weights on a real image") {
  TRIDEX_SHARED_OR_SKIP(weights_file, "data/efficientvit_seg_b0_cityscapes.safetensors");
  TRIDEX_SHARED_OR_SKIP(images, "data/camvid/test");
  const models::Weights checkpoint = models::read_safetensors(weights_file);
  const models::Graph graph =
      models::build_network("efficientvit_seg_b0_r352x480", {models::classes_of(checkpoint)});
  const models::Weights weights = models::match_weights(graph, checkpoint, weights_file.string());
  const auto dataset =
      models::open_dataset(arch::find_config("camvid-test", "datasets"), graph.node(graph.input).shape);
  const models::Activation image = dataset->load(3).image;
  for (const char* recipe : {"default", "w8a8_reciprocal", "w4a4_reciprocal"}) {
    INFO(recipe);
    const quant::IntegerGraph integer = quant::quantize(
        graph, weights, quant::read_recipe(Yaml::load(arch::find_config(recipe, "quant"))), {image});
    CHECK(disagreement(trio_vit({"capabilities.divisors=[log2_paper, reciprocal]"}),
                       prepare(integer, quant::quantize_input(integer, image))) == "");
  }
}

TEST_CASE("functional: MobileNetV2 with its real weights on a real image") {
  TRIDEX_SHARED_OR_SKIP(weights_file, "data/mobilenet_v2_1.0_224_bnfolded.safetensors");
  TRIDEX_SHARED_OR_SKIP(images, "data/imagenet-sample");
  const models::Weights checkpoint = models::read_safetensors(weights_file);
  const models::Graph graph = models::build_network("mobilenet_v2_r224", {models::classes_of(checkpoint)});
  const models::Weights weights = models::match_weights(graph, checkpoint, weights_file.string());
  const auto dataset = models::open_dataset(arch::find_config("imagenet-sample-mobilenet", "datasets"),
                                            graph.node(graph.input).shape);
  const models::Activation image = dataset->load(0).image;
  const quant::IntegerGraph integer = quant::quantize(graph, weights, {}, {image});
  CHECK(disagreement(trio_vit(), prepare(integer, quant::quantize_input(integer, image))) == "");
}

TEST_CASE("functional: the network that ships, on 20 images") {
  const Zoo zoo;
  const auto calibration = zoo.scenes("calib"), test = zoo.scenes("test");
  std::vector<models::Activation> images;
  for (size_t i = 0; i < 32; ++i) {
    images.push_back(calibration->load(i).image);
  }
  const quant::IntegerGraph integer = quant::quantize(
      zoo.graph, zoo.weights, quant::read_recipe(Yaml::load(arch::find_config("default", "quant"))), images);
  for (size_t i = 0; i < 20; ++i) {
    INFO("image " << i);
    CHECK(disagreement(trio_vit(), prepare(integer, quant::quantize_input(integer, test->load(i).image))) ==
          "");
  }
}

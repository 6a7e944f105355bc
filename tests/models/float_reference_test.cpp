// The float executor against outputs of PyTorch 1.13 (reference/float in the shared folder).
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>

#include "models/builder.h"
#include "models/float_executor.h"
#include "models/preprocess.h"
#include "support/data.h"
#include "support/npy.h"

using namespace tridex::models;

namespace {

float worst_difference(const Activation& got, const std::vector<float>& wanted) {
  REQUIRE(got.data.size() == wanted.size());
  float worst = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const float difference = std::abs(got.data[i] - wanted[i]);
    worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
  }
  return worst;
}

}  // namespace

TEST_CASE("float reference: EfficientViT-Seg-B0 features and logits") {
  TRIDEX_SHARED_OR_SKIP(reference, "reference/float");
  TRIDEX_SHARED_OR_SKIP(file, "data/efficientvit_seg_b0_cityscapes.safetensors");
  const Weights checkpoint = read_safetensors(file);
  const Graph graph = build_network("efficientvit_seg_b0_r352x480", {classes_of(checkpoint)});
  const Weights weights = match_weights(graph, checkpoint, file.string());
  const FloatExecutor executor(graph, weights);
  for (const std::string name : {"0001TP_008550", "Seq05VD_f01800"}) {
    CAPTURE(name);
    const auto read = [&](const std::string& what) {
      return tridex::test::read_npy<float>(reference / ("seg_b0_" + name + "_" + what + ".npy"), "<f4");
    };
    Preprocess how;
    how.fit = Preprocess::Fit::kNone;
    const Image image{
        480, 352, 3,
        tridex::test::read_npy<uint8_t>(reference / ("seg_b0_" + name + "_input_u8_hwc.npy"), "|u1")};
    float stage2 = -1;
    float stage4 = -1;
    const Activation logits = executor.run(
        preprocess(image, how, graph.node(graph.input).shape, name), [&](int id, const Activation& output) {
          const std::string& node = graph.node(id).name;
          if (node == "backbone.stages.1.op_list.1.add") {
            stage2 = worst_difference(output, read("stage2"));
          } else if (node == "backbone.stages.3.op_list.2.local_module.add") {
            stage4 = worst_difference(output, read("stage4"));
          }
        });
    const float difference = worst_difference(logits, read("logits"));
    std::printf("%s: largest differences from PyTorch: stage 2 %.2g, stage 4 %.2g, logits %.2g\n",
                name.c_str(), static_cast<double>(stage2), static_cast<double>(stage4),
                static_cast<double>(difference));
    CHECK(stage2 >= 0);
    CHECK(stage2 <= 1e-3f);
    CHECK(stage4 >= 0);
    CHECK(stage4 <= 1e-3f);
    CHECK(difference <= 1e-3f);
  }
}

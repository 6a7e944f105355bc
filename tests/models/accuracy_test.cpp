// FP32 accuracies of the shared weights on the shared images, against figures measured with PyTorch 1.13
// (data/README.md of the shared folder).
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

#include "models/builder.h"
#include "models/dataset.h"
#include "support/data.h"

using namespace tridex::models;

namespace {

Score evaluate(const std::string& network, const std::filesystem::path& file,
               const std::string& dataset_name) {
  setenv("TRIDEX_DATA", tridex::test::shared_folder(TRIDEX_SOURCE_DIR).c_str(), 1);
  const Weights checkpoint = read_safetensors(file);
  const Graph graph = build_network(network, {classes_of(checkpoint)});
  const Weights weights = match_weights(graph, checkpoint, file.string());
  const FloatExecutor executor(graph, weights);
  const auto dataset =
      open_dataset(std::filesystem::path(TRIDEX_SOURCE_DIR) / "configs/datasets" / dataset_name,
                   graph.node(graph.input).shape);
  Score score(dataset->info());
  for (size_t i = 0; i < dataset->size(); ++i) {
    const Sample sample = dataset->load(i);
    score.add(executor.run(sample.image), sample.label);
  }
  std::printf("%s on %s: %lld images, top-1 %.3f, top-5 %.3f, pixel accuracy %.3f, mIoU %.3f\n",
              network.c_str(), dataset_name.c_str(), static_cast<long long>(score.images()), score.top1(),
              score.top5(), score.pixel_accuracy(), score.miou());
  return score;
}

}  // namespace

TEST_CASE("accuracy: EfficientViT-Seg-B0 on CamVid") {
  TRIDEX_SHARED_OR_SKIP(weights, "data/efficientvit_seg_b0_cityscapes.safetensors");
  const Score test = evaluate("efficientvit_seg_b0_r352x480", weights, "camvid-test.yaml");
  CHECK(test.images() == 78);
  CHECK(test.pixel_accuracy() == Approx(89.54).margin(0.05));
  CHECK(test.miou() == Approx(62.66).margin(0.05));
  const Score calib = evaluate("efficientvit_seg_b0_r352x480", weights, "camvid-calib.yaml");
  CHECK(calib.pixel_accuracy() == Approx(88.97).margin(0.05));
  CHECK(calib.miou() == Approx(52.19).margin(0.05));
}

TEST_CASE("accuracy: EfficientViT-B0 on CIFAR-10") {
  TRIDEX_SHARED_OR_SKIP(weights, "data/efficientvit_b0_cifar10_r64.safetensors");
  const Score score = evaluate("efficientvit_b0_r64", weights, "cifar10-test.yaml");
  CHECK(score.images() == 3000);
  CHECK(score.top1() == Approx(88.07).margin(0.2));
}

TEST_CASE("accuracy: MobileNetV2 on ImageNet photos") {
  TRIDEX_SHARED_OR_SKIP(weights, "data/mobilenet_v2_1.0_224_bnfolded.safetensors");
  const Score sample = evaluate("mobilenet_v2_r224", weights, "imagenet-sample-mobilenet.yaml");
  CHECK(sample.images() == 500);
  CHECK(sample.top1() == Approx(87.0).margin(0.2));
  CHECK(sample.top5() == Approx(97.8).margin(0.2));
  const Score val = evaluate("mobilenet_v2_r224", weights, "imagenet-val1300-mobilenet.yaml");
  CHECK(val.images() == 650);
  CHECK(val.top1() == Approx(78.0).margin(0.2));
  CHECK(val.top5() == Approx(94.9).margin(0.2));
}

#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/image.h"

namespace tridex::models {

/// "scenes": the labelled images that this project draws itself, so that accuracy can be measured where no
/// data set is at hand. A large figure lies on a ground, among clutter, partly hidden, under uneven light
/// and in an exposure from full down to a fifth, seen by a noisy 8-bit sensor. The class is the figure's
/// outline (disc, triangle, star, cross), its texture (stripes, dots) and the ground (ripples, tiles);
/// colours, poses, sizes and frequencies are random and say nothing about it.
constexpr int kSceneSide = 64;
constexpr int kSceneClasses = 16;

/// Streams that never share an image.
enum class SceneSplit : uint8_t { kTrain, kCalibration, kTest };

struct Scene {
  Image image;  ///< kSceneSide x kSceneSide, RGB
  int class_index = 0;
};

/// Image `index` of a split; its class is index modulo kSceneClasses. A function of its arguments alone: only
/// operations that IEEE 754 rounds exactly are used, so that every compiler draws the same bytes.
Scene draw_scene(uint64_t seed, SceneSplit split, uint64_t index);

/// "star.stripes.tiles", and all of them in the order of the classes.
std::string scene_class_name(int class_index);
std::vector<std::string> scene_class_names();

/// Part of a split.
struct SceneSet {
  SceneSplit split = SceneSplit::kTest;
  uint64_t seed = 1;
  int64_t images = 0;  ///< 0 .. images - 1
};
constexpr int64_t kMaxScenes = 1'000'000'000;

/// What `tridex dataset --records` writes and models/zoo/train reads: a byte with the class, then R, G, B of
/// each pixel, row by row.
std::vector<uint8_t> scene_record(const Scene& scene);

}  // namespace tridex::models

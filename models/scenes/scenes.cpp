#include "models/scenes/scenes.h"

#include <algorithm>

#include "models/scenes/canvas.h"
#include "models/scenes/outline.h"

namespace tridex::models {

namespace {

using namespace scenes;

enum class Texture : uint8_t { kStripes, kDots };
enum class Ground : uint8_t { kRipples, kTiles };

struct SceneKind {
  scenes::Shape shape;
  Texture texture;
  Ground ground;
  explicit SceneKind(int class_index)
      : shape(static_cast<scenes::Shape>(class_index / 4)),
        texture(static_cast<Texture>(class_index / 2 % 2)),
        ground(static_cast<Ground>(class_index % 2)) {}
};

/// Mixes the words of a key, so that keys that differ in one bit start unrelated streams.
uint64_t stream_of(uint64_t seed, SceneSplit split, uint64_t index) {
  uint64_t key = SplitMix(seed).next();
  key = SplitMix(key ^ (static_cast<uint64_t>(split) + 1)).next();
  return SplitMix(key ^ index).next();
}

/// A pattern of light and dark, -1 to 1, over the plane.
class Ripples {
 public:
  explicit Ripples(SplitMix& random)
      : rotation_(random.unit()),
        along_(1 / random.between(8, 14)),
        across_(1 / random.between(18, 32)),
        swing_(random.between(0.12, 0.3)),
        phase_(random.unit()),
        swing_phase_(random.unit()) {}
  [[nodiscard]] double operator()(const Point& p) const {
    const Point q = rotation_(p);
    return wave(q.x * along_ + swing_ * wave(q.y * across_ + swing_phase_) + phase_);
  }

 private:
  Rotation rotation_;
  double along_, across_, swing_, phase_, swing_phase_;
};

class Tiles {
 public:
  explicit Tiles(SplitMix& random)
      : rotation_(random.unit()),
        height_(random.between(9, 15)),
        width_(height_ * random.between(1.2, 2)),
        joint_(random.between(0.8, 1.6)),
        shift_{random.between(0, 16), random.between(0, 16)} {}
  [[nodiscard]] double operator()(const Point& p) const {
    const Point q = rotation_(p);
    const double y = (q.y + shift_.y) / height_, row = std::floor(y);
    const double x = (q.x + shift_.x) / width_ + row * 0.5, column = std::floor(x);
    const double from_joint =
        std::min(std::min(y - row, 1 - (y - row)) * height_, std::min(x - column, 1 - (x - column)) * width_);
    return 2 * clamp01(from_joint - joint_ + 0.5) - 1;
  }

 private:
  Rotation rotation_;
  double height_, width_, joint_;
  Point shift_;
};

template <typename Pattern>
void lay_ground(Canvas& canvas, const Pattern& pattern, SplitMix& random) {
  const Colour light = random_colour(random);
  const Colour dark = contrasting(light, random.between(0.25, 0.7));
  const Colour other = random_colour(random);  // the ground changes its colour towards one side
  const Rotation side(random.unit());
  const double change = random.between(0, 0.5);
  for (int y = 0; y < canvas.side(); ++y) {
    for (int x = 0; x < canvas.side(); ++x) {
      const Point p{x + 0.5, y + 0.5};
      const Colour here = mix(dark, light, 0.5 + 0.5 * pattern(p));
      canvas.at(x, y) = mix(here, other, change * clamp01(0.5 + side(p).x / canvas.side()));
    }
  }
}

void lay_ground(Canvas& canvas, Ground ground, SplitMix& random) {
  if (ground == Ground::kRipples) {
    lay_ground(canvas, Ripples(random), random);
  } else {
    lay_ground(canvas, Tiles(random), random);
  }
}

/// A small plain figure of any outline, or a bar: neither its shape nor its place tells the class.
void draw_clutter(Canvas& canvas, const Point& centre, double radius, SplitMix& random) {
  const Colour colour = random_colour(random);
  const double turns = random.unit();
  const int kind = random.below(5);
  if (kind == 4) {
    const Rotation rotation(turns);
    const double length = radius * 2, width = random.between(1, 2.2);
    canvas.fill(
        centre, length,
        [&](const Point& p) {
          const Point q = rotation(p);
          return std::max(std::abs(q.x) - length, std::abs(q.y) - width);
        },
        [&](const Point&) { return colour; });
    return;
  }
  const Outline outline(static_cast<scenes::Shape>(kind), radius, turns, random.between(0.6, 1));
  canvas.fill(
      centre, radius, [&](const Point& p) { return outline.distance(p); },
      [&](const Point&) { return colour; });
}

struct Figure {
  Point centre;
  double radius;
};

Figure draw_figure(Canvas& canvas, const SceneKind& kind, SplitMix& random) {
  const double middle = canvas.side() / 2.0;
  const Figure figure{{middle + random.between(-7, 7), middle + random.between(-7, 7)},
                      random.between(18, 27)};
  const double turns = random.unit(), flatness = random.between(0.7, 1);
  const Outline outline(kind.shape, figure.radius, turns, flatness);
  const Colour base = random_colour(random);
  const Colour mark = contrasting(base, random.between(0.4, 0.9));
  const Rotation rotation(random.unit());
  const double period = random.between(6, 11), share = random.between(0.35, 0.6);
  const Point shift{random.between(0, 11), random.between(0, 11)};
  const auto stripes = [&](const Point& p) {
    const double at = (rotation(p).x + shift.x) / period;
    const double from_middle = std::abs(at - std::floor(at) - 0.5) * period;
    return clamp01(share * period / 2 - from_middle + 0.5);
  };
  const auto dots = [&](const Point& p) {
    const Point q = rotation(p);
    const double x = (q.x + shift.x) / period, y = (q.y + shift.y) / period;
    const double dx = (x - std::floor(x) - 0.5) * period, dy = (y - std::floor(y) - 0.5) * period;
    return clamp01(share * period * 0.62 - std::sqrt(dx * dx + dy * dy) + 0.5);
  };
  canvas.fill(
      figure.centre, figure.radius, [&](const Point& p) { return outline.distance(p); },
      [&](const Point& p) {
        return mix(base, mark, kind.texture == Texture::kStripes ? stripes(p) : dots(p));
      });
  return figure;
}

/// Uneven light, exposure, and a sensor with shot and read noise.
Image expose(Canvas& canvas, SplitMix& random) {
  const Rotation side(random.unit());
  const double fall = random.between(0, 0.6);
  const double dark = random.unit();
  const double exposure = 1 / (1 + 4 * dark * dark);
  const Colour cast{random.between(0.8, 1), random.between(0.8, 1), random.between(0.8, 1)};
  const double read_noise = random.between(0.002, 0.006), shot_noise = random.between(0.0002, 0.0008);
  const auto sense = [&](double light) {
    // The sum of four numbers of 16 bits: nearly normal, of variance 1 / 3.
    const uint64_t bits = random.next();
    const auto sum =
        static_cast<double>((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
    const double normal = (sum / 65536 - 2) * 1.7320508075688772;
    const double value = light + normal * std::sqrt(read_noise * read_noise + shot_noise * light);
    return static_cast<uint8_t>(clamp01(value) * 255 + 0.5);
  };
  Image image{canvas.side(), canvas.side(), 3, {}};
  image.pixels.reserve(static_cast<size_t>(canvas.side()) * static_cast<size_t>(canvas.side()) * 3);
  for (int y = 0; y < canvas.side(); ++y) {
    for (int x = 0; x < canvas.side(); ++x) {
      const double along = clamp01(
          0.5 + side({x + 0.5 - canvas.side() / 2.0, y + 0.5 - canvas.side() / 2.0}).x / canvas.side());
      const double light = exposure * (1 - fall * along);
      const Colour& c = canvas.at(x, y);
      for (const double value : {c.r * cast.r, c.g * cast.g, c.b * cast.b}) {
        image.pixels.push_back(sense(light * value));
      }
    }
  }
  return image;
}

}  // namespace

Scene draw_scene(uint64_t seed, SceneSplit split, uint64_t index) {
  SplitMix random(stream_of(seed, split, index));
  Scene scene;
  scene.class_index = static_cast<int>(index % kSceneClasses);
  const SceneKind kind(scene.class_index);
  Canvas canvas(kSceneSide);
  lay_ground(canvas, kind.ground, random);
  for (int left = 3 + random.below(5); left > 0; --left) {
    const Point centre{random.between(0, kSceneSide), random.between(0, kSceneSide)};
    draw_clutter(canvas, centre, random.between(2.5, 6.5), random);
  }
  const Figure figure = draw_figure(canvas, kind, random);
  for (int left = random.below(4); left > 0; --left) {
    const Point centre{figure.centre.x + random.between(-1, 1) * figure.radius,
                       figure.centre.y + random.between(-1, 1) * figure.radius};
    draw_clutter(canvas, centre, random.between(3, 6.5), random);
  }
  scene.image = expose(canvas, random);
  return scene;
}

std::string scene_class_name(int class_index) {
  const SceneKind kind(class_index);
  const char* shapes[] = {"disc", "triangle", "star", "cross"};
  return std::string(shapes[static_cast<int>(kind.shape)]) +
         (kind.texture == Texture::kStripes ? ".stripes" : ".dots") +
         (kind.ground == Ground::kRipples ? ".ripples" : ".tiles");
}

std::vector<std::string> scene_class_names() {
  std::vector<std::string> names;
  for (int i = 0; i < kSceneClasses; ++i) {
    names.push_back(scene_class_name(i));
  }
  return names;
}

std::vector<uint8_t> scene_record(const Scene& scene) {
  std::vector<uint8_t> record(1 + scene.image.pixels.size());
  record[0] = static_cast<uint8_t>(scene.class_index);
  std::copy(scene.image.pixels.begin(), scene.image.pixels.end(), record.begin() + 1);
  return record;
}

}  // namespace tridex::models

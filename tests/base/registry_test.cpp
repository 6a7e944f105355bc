#include "base/registry.h"

#include <catch2/catch.hpp>

using namespace tridex;
using Catch::Matchers::Contains;

namespace {

struct Shape {
  virtual ~Shape() = default;
  [[nodiscard]] virtual int corners() const = 0;
};
struct Triangle : Shape {
  [[nodiscard]] int corners() const override { return 3; }
};
struct Square : Shape {
  [[nodiscard]] int corners() const override { return 4; }
};

const Registry<Shape>::Entry triangle("triangle", [] { return std::make_unique<Triangle>(); });
const Registry<Shape>::Entry square("square", [] { return std::make_unique<Square>(); });

}  // namespace

TEST_CASE("implementations are made by name") {
  CHECK(Registry<Shape>::names() == std::vector<std::string>{"square", "triangle"});
  CHECK(Registry<Shape>::make("triangle", "shape")->corners() == 3);
  CHECK(Registry<Shape>::make("square", "shape")->corners() == 4);
}

TEST_CASE("an unknown name lists the known ones, a doubled one is a defect") {
  CHECK_THROWS_WITH(Registry<Shape>::make("squar", "shape"), Contains("unknown shape 'squar'") &&
                                                                 Contains("did you mean 'square'?") &&
                                                                 Contains("square, triangle"));
  CHECK_THROWS_AS(Registry<Shape>::make("", "shape"), Error);
  const auto again = [] { Registry<Shape>::Entry("square", [] { return std::make_unique<Square>(); }); };
  CHECK_THROWS_AS(again(), std::logic_error);
}

// Every weight pass: its objective never gets worse, and what it finds beside the optimum by brute force.
#include <Eigen/Cholesky>
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/registry.h"
#include "quant/weights/weight_pass.h"
#include "random_networks.h"

using namespace tridex;
using namespace tridex::quant;
using tridex::test::Random;

namespace {

double uniform(Random& random) {
  return static_cast<double>(random.integer(-1'000'000, 1'000'000)) / 1e6;
}

Eigen::MatrixXd random_matrix(int rows, int columns, Random& random) {
  return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return uniform(random); });
}

/// Correlated inputs of two folds, float outputs that are not quite a linear function of them, codes that are
/// the nearest ones of a scale that clips nothing.
LayerProblem random_problem(int rows, int taps, int bits, Random& random) {
  LayerProblem p;
  p.wanted = random_matrix(rows, taps, random);
  const Eigen::MatrixXd mix = random_matrix(taps, taps, random);
  for (int fold = 0; fold < 2; ++fold) {
    const int pixels = 4 * taps + 20;
    const Eigen::MatrixXd x =
        mix * random_matrix(taps, pixels, random) + 0.2 * random_matrix(taps, pixels, random);
    const Eigen::MatrixXd t = p.wanted * (x + 0.1 * random_matrix(taps, pixels, random));
    Moments moments;
    moments.pixels = pixels;
    moments.gram = x * x.transpose() / pixels;
    moments.cross = t * x.transpose() / pixels;
    p.folds.push_back(moments);
  }
  p.gram = regularize(p.folds, 0.01);
  p.lowest = Eigen::VectorXd::Constant(rows, -std::ldexp(1.0, bits - 1));
  p.highest = Eigen::VectorXd::Constant(rows, std::ldexp(1.0, bits - 1) - 1);
  p.least_scale = Eigen::VectorXd::Zero(rows);
  p.input_scale = Eigen::VectorXd::Ones(rows);
  p.codes.resize(rows, taps);
  p.scale.resize(rows);
  for (int r = 0; r < rows; ++r) {
    p.scale[r] =
        std::max(p.wanted.row(r).maxCoeff() / p.highest[r], p.wanted.row(r).minCoeff() / p.lowest[r]);
    p.codes.row(r) = p.nearest_codes(r, p.scale[r]);
  }
  return p;
}

Recipe everything() {
  Recipe recipe;
  recipe.compensation = recipe.hessian_scales = recipe.gptq = recipe.lattice = true;
  recipe.polish_sweeps = 8;
  return recipe;
}

std::unique_ptr<WeightPass> pass(const std::string& name) {
  return Registry<WeightPass>::make(name, "weight pass");
}

/// The least objective of a row over all codes, at one scale.
double brute_force(const LayerProblem& p, int row, double scale) {
  Eigen::RowVectorXd codes = Eigen::RowVectorXd::Constant(p.taps(), p.lowest[row]);
  double least = std::numeric_limits<double>::infinity();
  while (true) {
    least = std::min(least, p.objective(row, scale, codes));
    int k = 0;
    while (k < p.taps() && codes[k] == p.highest[row]) {
      codes[k++] = p.lowest[row];
    }
    if (k == p.taps()) {
      return least;
    }
    ++codes[k];
  }
}

/// E|t - w x|^2 of a fold, less E|t|^2.
double error_on(const Moments& fold, const Eigen::MatrixXd& w) {
  return (w * fold.gram).cwiseProduct(w).sum() - 2 * w.cwiseProduct(fold.cross).sum();
}

}  // namespace

TEST_CASE("weight passes: the objective of no row gets worse", "[weights]") {
  constexpr uint64_t kSeed = 20261124;
  for (const std::string& name : Registry<WeightPass>::names()) {
    for (uint64_t i = 0; i < 60; ++i) {
      INFO(name << ", seed " << kSeed + i);
      Random random(kSeed + i);
      const int bits = static_cast<int>(random.integer(2, 8));
      LayerProblem p = random_problem(static_cast<int>(random.integer(1, 40)),
                                      static_cast<int>(random.integer(2, 30)), bits, random);
      p.power_of_two = name != "compensation" && random.coin();
      if (p.power_of_two) {
        for (int r = 0; r < p.rows(); ++r) {
          p.scale[r] = p.allowed(r, p.scale[r]);
          p.codes.row(r) = p.nearest_codes(r, p.scale[r]);
        }
      }
      if (!pass(name)->applies(everything(), p)) {
        continue;
      }
      const LayerProblem before = p;
      pass(name)->run(p, everything(), 2);
      for (int r = 0; r < p.rows(); ++r) {
        LayerProblem old =
            before;  // compensation changes what is wanted: the old codes, under the new problem
        old.wanted = p.wanted;
        REQUIRE(p.objective(r) <= old.objective(r));
        REQUIRE(p.codes.row(r).minCoeff() >= p.lowest[r]);
        REQUIRE(p.codes.row(r).maxCoeff() <= p.highest[r]);
        REQUIRE(p.codes.row(r) == p.codes.row(r).unaryExpr([](double q) { return std::nearbyint(q); }));
        if (p.power_of_two) {
          REQUIRE(p.scale[r] == p.allowed(r, p.scale[r]));
        }
      }
    }
  }
}

TEST_CASE("lattice: the optimum of every scale that it tries, by brute force", "[weights]") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    LayerProblem p = random_problem(3, 4, 3, random);
    const LayerProblem before = p;
    pass("lattice")->run(p, everything(), 1);
    for (int r = 0; r < p.rows(); ++r) {
      // The scale that it chose cannot be used better, and the one that was there is no better.
      CHECK(p.objective(r) == Approx(brute_force(p, r, p.scale[r])).epsilon(1e-9).margin(1e-12));
      CHECK(p.objective(r) <= brute_force(before, r, before.scale[r]) + 1e-12);
    }
  }
}

TEST_CASE("gptq and polish: near the optimum by brute force, and nearer than the nearest codes",
          "[weights]") {
  double nearest = 0;
  double after_gptq = 0;
  double after_polish = 0;
  double optimum = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    LayerProblem p = random_problem(2, 4, 3, random);
    LayerProblem at_one_scale = p;
    for (int r = 0; r < p.rows(); ++r) {
      nearest += p.objective(r);
    }
    pass("gptq")->run(p, everything(), 1);
    for (int r = 0; r < p.rows(); ++r) {
      const double least = brute_force(p, r, p.scale[r]);
      REQUIRE(p.objective(r) >= least - 1e-12);
      after_gptq += p.objective(r);
    }
    pass("polish")->run(p, everything(), 1);
    for (int r = 0; r < p.rows(); ++r) {
      const double least = brute_force(p, r, p.scale[r]);
      REQUIRE(p.objective(r) >= least - 1e-12);
      after_polish += p.objective(r);
      optimum += least;
      // Coordinate descent ends where no single code helps.
      for (int k = 0; k < p.taps(); ++k) {
        for (const double step : {-1.0, 1.0}) {
          Eigen::RowVectorXd codes = p.codes.row(r);
          codes[k] = std::clamp(codes[k] + step, p.lowest[r], p.highest[r]);
          REQUIRE(p.objective(r, p.scale[r], codes) >= p.objective(r) * (1 - 1e-9) - 1e-12);
        }
      }
    }
  }
  CHECK(after_gptq < nearest);
  CHECK(after_polish <= after_gptq);
  CHECK(after_polish < 0.5 * (nearest + optimum));
}

TEST_CASE("weight_scale: the best of a fine grid by brute force", "[weights]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    LayerProblem p = random_problem(2, 3, 4, random);
    const LayerProblem before = p;
    pass("weight_scale")->run(p, everything(), 1);
    for (int r = 0; r < p.rows(); ++r) {
      double least = std::numeric_limits<double>::infinity();
      for (int i = 0; i < 64; ++i) {  // the grid that the header names: from no clipping to a quarter of that
        const double scale = before.scale[r] * (1 - 0.75 * i / 63);
        least = std::min(least, p.objective(r, scale, p.nearest_codes(r, scale)));
      }
      CHECK(p.objective(r) == Approx(least).epsilon(1e-9));
    }
  }
}

TEST_CASE("compensation: better than the float weights on the fold that was not fitted", "[weights]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    LayerProblem p = random_problem(4, 6, 8, random);
    const LayerProblem before = p;
    pass("compensation")->run(p, everything(), 1);
    // Fitted to both folds it predicts both together no worse than the float weights do.
    double fitted = 0;
    double original = 0;
    for (const Moments& fold : before.folds) {
      fitted += fold.pixels * error_on(fold, p.wanted);
      original += fold.pixels * error_on(fold, before.wanted);
    }
    CHECK(fitted <= original + 1e-12);
  }
}

TEST_CASE("compensation: one tap has a closed form", "[weights]") {
  // x is twice what the float network had: half the weight is right, and both folds agree.
  LayerProblem p;
  for (int fold = 0; fold < 2; ++fold) {
    p.folds.push_back({Eigen::MatrixXd::Constant(1, 1, 4.0), Eigen::MatrixXd::Constant(1, 1, 2.0), 10.0});
  }
  p.wanted = Eigen::MatrixXd::Constant(1, 1, 1.0);
  p.gram = regularize(p.folds, 0);
  p.lowest = Eigen::VectorXd::Constant(1, -128);
  p.highest = Eigen::VectorXd::Constant(1, 127);
  p.scale = Eigen::VectorXd::Constant(1, 1.0 / 127);
  p.codes = Eigen::MatrixXd::Constant(1, 1, 127);
  p.least_scale = Eigen::VectorXd::Zero(1);
  p.input_scale = Eigen::VectorXd::Ones(1);
  pass("compensation")->run(p, everything(), 1);
  CHECK(p.wanted(0, 0) == Approx(0.5).margin(0.5 * 0.01));  // the weakest pull is 0.1 %
  CHECK(p.codes(0, 0) == 64);
}

TEST_CASE("regularize: folds that agree keep the gram, folds that contradict one another its diagonal",
          "[weights]") {
  Eigen::MatrixXd gram(2, 2);
  gram << 2, 1, 1, 2;
  Eigen::MatrixXd opposite = gram;
  opposite(0, 1) = opposite(1, 0) = -1;
  const Eigen::MatrixXd cross = Eigen::MatrixXd::Zero(1, 2);
  CHECK(regularize({{gram, cross, 5}, {gram, cross, 5}}, 0).isApprox(gram));
  const Eigen::MatrixXd shrunk = regularize({{gram, cross, 5}, {opposite, cross, 5}}, 0.5);
  CHECK(shrunk.isApprox(Eigen::MatrixXd(Eigen::Vector2d(3, 3).asDiagonal())));
}

TEST_CASE("every weight pass has a file of its own", "[weights]") {
  CHECK(Registry<WeightPass>::names() ==
        std::vector<std::string>{"compensation", "gptq", "lattice", "polish", "weight_scale"});
}

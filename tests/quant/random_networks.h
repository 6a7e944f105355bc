#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "models/graph.h"
#include "quant/integer_executor.h"

namespace tridex::test {

/// Random numbers of a test case; its seed is printed where the case fails.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  int64_t integer(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(engine_);
  }
  bool coin() { return integer(0, 1) == 1; }
  float normal() { return std::normal_distribution<float>()(engine_); }

 private:
  std::mt19937_64 engine_;
};

/// One operator of each kind in turn (`kind` 0 to kRandomKinds - 1) with random widths, shapes and values,
/// behind an input. Its scales mean nothing; requantization is chosen so that outputs spread over their
/// codes. It may break a bound of NUMERICS.md: check() says.
constexpr int kRandomKinds = 13;
quant::IntegerGraph random_operator(int kind, Random& random);
const char* random_kind_name(int kind);

quant::Codes random_codes(const quant::IntNode& node, Random& random);

/// Inputs of a network, smooth enough that zero padding and pixels of 8 bits do not dominate its error.
std::vector<models::Activation> random_images(const models::Graph& graph, size_t count, uint64_t seed);

/// A small network with every operator that EfficientViT has.
models::Graph tiny_network();

}  // namespace tridex::test

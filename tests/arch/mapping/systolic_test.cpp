// The array's closed form against registers that move one cycle at a time: its products are right, it takes
// the cycles that the formula says, and a vector or a weight that comes one cycle earlier makes them wrong.
#include <catch2/catch.hpp>

#include "arch/mapping/engine_timing.h"
#include "arch/mapping/systolic_timing.h"
#include "support/random.h"

using namespace tridex::arch;
using tridex::test::Random;

namespace {

using Matrix = std::vector<std::vector<int>>;

/// One tile: weights of the array (rows x columns), vectors that stream through it, what comes out.
struct Tile {
  Matrix weights, vectors, sums;
  int64_t load_start = 0, stream_start = 0;
};

template <typename Cells>
auto& at(Cells& cells, int r, int c) {
  return cells[static_cast<size_t>(r)][static_cast<size_t>(c)];
}

struct LiteralArray {
  /// Registers of one multiplier. An activation moves right, a sum and a weight on its way move down.
  struct Cell {
    int weight = 0, shadow = 0, activation = 0, sum = 0, moving = 0;
    int moving_to = -1;  ///< the row that the weight on its way is for, or -1
    bool first = false;  ///< the activation is the first one of a tile
  };
  int rows, columns;
  bool shadows;

  /// Runs the tiles as their starts say; cycles until the last sum has left.
  int64_t run(std::vector<Tile>& tiles) const {
    std::vector<std::vector<Cell>> cells(static_cast<size_t>(rows),
                                         std::vector<Cell>(static_cast<size_t>(columns)));
    int64_t end = 0;
    for (Tile& tile : tiles) {
      tile.sums.assign(tile.vectors.size(), std::vector<int>(static_cast<size_t>(columns), 0));
      end = std::max(end, tile.stream_start + static_cast<int64_t>(tile.vectors.size()) + rows + columns);
    }
    int64_t last = -1;
    for (int64_t cycle = 0; cycle < end; ++cycle) {
      auto next = cells;
      for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < columns; ++c) {
          const Cell& self = at(cells, r, c);
          Cell& out = at(next, r, c);
          // From above and from the left, or from the edges.
          int moving = r > 0 ? at(cells, r - 1, c).moving : 0;
          int moving_to = r > 0 ? at(cells, r - 1, c).moving_to : -1;
          int activation = c > 0 ? at(cells, r, c - 1).activation : 0;
          bool first = c > 0 && at(cells, r, c - 1).first;
          for (const Tile& tile : tiles) {
            const int64_t loaded = cycle - tile.load_start - c;
            if (r == 0 && loaded >= 0 && loaded < rows) {
              moving_to = static_cast<int>(rows - 1 - loaded);
              moving = tile.weights[static_cast<size_t>(moving_to)][static_cast<size_t>(c)];
            }
            const int64_t vector = cycle - tile.stream_start - r;
            if (c == 0 && vector >= 0 && vector < static_cast<int64_t>(tile.vectors.size())) {
              activation = tile.vectors[static_cast<size_t>(vector)][static_cast<size_t>(r)];
              first = vector == 0;
            }
          }
          const int weight = first && shadows ? self.shadow : self.weight;
          out.weight = weight;
          out.activation = activation;
          out.first = first;
          out.sum = (r > 0 ? at(cells, r - 1, c).sum : 0) + weight * activation;
          out.moving = moving;
          out.moving_to = moving_to == r ? -1 : moving_to;
          if (moving_to == r) {
            (shadows ? out.shadow : out.weight) = moving;
          }
        }
      }
      cells = next;
      for (Tile& tile : tiles) {
        for (int c = 0; c < columns; ++c) {
          const int64_t vector = cycle - tile.stream_start - (rows - 1) - c;
          if (vector >= 0 && vector < static_cast<int64_t>(tile.vectors.size())) {
            tile.sums[static_cast<size_t>(vector)][static_cast<size_t>(c)] = at(cells, rows - 1, c).sum;
            last = std::max(last, cycle);
          }
        }
      }
    }
    return last + 1;
  }
};

bool products_are_right(const std::vector<Tile>& tiles) {
  for (const Tile& tile : tiles) {
    for (size_t v = 0; v < tile.vectors.size(); ++v) {
      for (size_t c = 0; c < tile.weights[0].size(); ++c) {
        int sum = 0;
        for (size_t r = 0; r < tile.weights.size(); ++r) {
          sum += tile.weights[r][c] * tile.vectors[v][r];
        }
        if (tile.sums[v][c] != sum) {
          return false;
        }
      }
    }
  }
  return true;
}

/// As early as the array allows (shadows), or each tile when the one before has left (no shadows).
void schedule(const LiteralArray& array, std::vector<Tile>& tiles) {
  int64_t load = 0;
  int64_t free = 0;
  for (Tile& tile : tiles) {
    tile.load_start = load;
    tile.stream_start = std::max(load + array.rows, free);
    free = tile.stream_start + static_cast<int64_t>(tile.vectors.size());
    load = array.shadows ? tile.stream_start : free + array.rows + array.columns - 2;
  }
}

Matrix random_matrix(Random& random, int height, int width) {
  Matrix matrix(static_cast<size_t>(height), std::vector<int>(static_cast<size_t>(width)));
  for (auto& row : matrix) {
    for (int& value : row) {
      value = random.integer(1, 255);  // no zeros: every wrong operand shows
    }
  }
  return matrix;
}

Engine array_of(const LiteralArray& array, int accumulators) {
  Engine engine;
  engine.kind = EngineKind::kSystolic;
  engine.inputs = array.rows;
  engine.lanes = array.columns;
  engine.weight_double_buffer = array.shadows;
  engine.accumulators = accumulators;
  return engine;
}

/// The tiles of a product of `streamed` vectors of `inputs` with `outputs` columns, in chunks of
/// `accumulators`.
std::vector<Tile> tiles_of(const LiteralArray& array, const Matrix& vectors, const Matrix& weights,
                           size_t accumulators) {
  const auto rows = static_cast<size_t>(array.rows), columns = static_cast<size_t>(array.columns);
  std::vector<Tile> tiles;
  for (size_t o = 0; o < weights[0].size(); o += columns) {
    for (size_t v = 0; v < vectors.size(); v += accumulators) {
      for (size_t i = 0; i < weights.size(); i += rows) {
        Tile tile;
        tile.weights.assign(rows, std::vector<int>(columns, 0));
        for (size_t r = 0; r < rows && i + r < weights.size(); ++r) {
          for (size_t c = 0; c < columns && o + c < weights[0].size(); ++c) {
            tile.weights[r][c] = weights[i + r][o + c];
          }
        }
        for (size_t p = v; p < std::min(vectors.size(), v + accumulators); ++p) {
          std::vector<int> vector(rows, 0);
          for (size_t r = 0; r < rows && i + r < weights.size(); ++r) {
            vector[r] = vectors[p][i + r];
          }
          tile.vectors.push_back(vector);
        }
        tiles.push_back(tile);
      }
    }
  }
  return tiles;
}

Command conv(int outputs, int inputs, int kernel, int height, int width, int groups = 1) {
  Command c;
  c.op = Opcode::kConv;
  c.c1 = outputs;
  c.group_outputs = outputs / groups;
  c.in_channels = inputs / groups;
  c.kernel_h = c.kernel_w = kernel;
  c.y1 = height;
  c.width = width;
  return c;
}

}  // namespace

TEST_CASE("systolic: a literal array takes the cycles of the formula for random products") {
  Random random("systolic products");
  const auto draw = [&](int low, int high) { return random.integer(low, high); };
  for (int i = 0; i < 60; ++i) {
    const LiteralArray array{draw(1, 5), draw(1, 5), draw(0, 1) == 1};
    const int inputs = draw(1, 12), outputs = draw(1, 12), pixels = draw(1, 20), accumulators = draw(1, 12);
    INFO(array.rows << " x " << array.columns << (array.shadows ? " double-buffered, " : ", ") << inputs
                    << " to " << outputs << " channels, " << pixels << " pixels, " << accumulators
                    << " accumulators");
    const Matrix vectors = random_matrix(random, pixels, inputs);
    const Matrix weights = random_matrix(random, inputs, outputs);
    auto tiles = tiles_of(array, vectors, weights, static_cast<size_t>(accumulators));
    schedule(array, tiles);
    const int64_t cycles = array.run(tiles);
    CHECK(products_are_right(tiles));
    CHECK(compute_cycles(array_of(array, accumulators), conv(outputs, inputs, 1, pixels, 1)) == cycles);
  }
}

TEST_CASE("systolic: with double buffering nothing can come one cycle earlier") {
  Random random("systolic array");
  const LiteralArray array{4, 3, true};
  for (const int pixels : {2, 4, 9}) {  // fewer than the rows: weights are awaited; more: pixels are
    auto tiles = tiles_of(array, random_matrix(random, pixels, 12), random_matrix(random, 12, 3), 100);
    REQUIRE(tiles.size() == 3);
    schedule(array, tiles);
    array.run(tiles);
    REQUIRE(products_are_right(tiles));
    for (size_t t = 1; t < tiles.size(); ++t) {
      auto early = tiles;
      --early[t].stream_start;  // a vector meets the one before, or weights that are not there
      array.run(early);
      CHECK_FALSE(products_are_right(early));
      early = tiles;
      --early[t].load_start;  // a weight is overwritten before its first use
      array.run(early);
      CHECK_FALSE(products_are_right(early));
    }
  }
}

TEST_CASE("systolic: SCALE-Sim's time of a fold where weights are not double-buffered") {
  Engine engine = array_of({32, 64, false}, 512);
  CHECK(compute_cycles(engine, conv(64, 32, 1, 10, 10)) == 2 * 32 + 64 + 100 - 2);
  CHECK(compute_cycles(engine, conv(65, 33, 3, 10, 10)) == 2 * 2 * 9 * (2 * 32 + 64 + 100 - 2));
  // 600 pixels are two chunks: 512 and 88.
  CHECK(compute_cycles(engine, conv(64, 32, 1, 20, 30)) == 2 * (2 * 32 + 64 - 2) + 600);
  engine.weight_double_buffer = true;
  CHECK(compute_cycles(engine, conv(65, 33, 3, 10, 10)) == 32 + 36 * 100 + 32 + 64 - 2);
  CHECK(compute_cycles(engine, conv(65, 33, 3, 5, 5)) == 32 + 35 * 32 + 25 + 32 + 64 - 2);
}

TEST_CASE("systolic: depthwise has one multiplier of the diagonal a channel, groups lie on it") {
  const Engine engine = array_of({32, 64, true}, 1 << 20);
  const int64_t ends = 32 + 32 + 64 - 2;
  Command depthwise = conv(96, 96, 3, 10, 10, 96);
  depthwise.depthwise = 1;
  CHECK(compute_cycles(engine, depthwise) == 3 * 9 * 100 + ends);
  CHECK(compute_cycles(engine, conv(96, 96, 1, 10, 10, 6)) == 3 * 100 + ends);  // two groups of 16 to 16
  CHECK(compute_cycles(engine, conv(80, 80, 1, 10, 10, 5)) == 3 * 100 + ends);  // five groups, two at a time
  CHECK(compute_cycles(engine, conv(256, 16, 1, 10, 10, 2)) == 2 * 2 * 100 + ends);
}

TEST_CASE("systolic: a literal array does a depthwise layer on its diagonal") {
  Random random("systolic array");
  const LiteralArray array{3, 4, true};
  constexpr int kChannels = 5, kTaps = 4, kPixels = 7;
  std::vector<Tile> tiles;
  for (int c0 = 0; c0 < kChannels; c0 += 3) {
    for (int tap = 0; tap < kTaps; ++tap) {
      Tile tile;
      tile.weights.assign(3, std::vector<int>(4, 0));
      for (int c = 0; c < std::min(3, kChannels - c0); ++c) {
        tile.weights[static_cast<size_t>(c)][static_cast<size_t>(c)] = random.integer(1, 255);
      }
      tile.vectors = random_matrix(random, kPixels, 3);
      tiles.push_back(tile);
    }
  }
  schedule(array, tiles);
  const int64_t cycles = array.run(tiles);
  CHECK(products_are_right(tiles));
  Command c = conv(kChannels, kChannels, 2, kPixels, 1, kChannels);
  c.depthwise = 1;
  CHECK(compute_cycles(array_of(array, 100), c) == cycles);
}

TEST_CASE("systolic: a literal array does the products of an attention") {
  Random random("systolic array");
  constexpr int kHeads = 3, kDim = 2, kTokens = 11;
  Command c;
  c.c1 = kHeads;
  c.head_dim = kDim;
  c.y1 = kTokens;
  c.width = c.in_width = 1;
  for (const bool shadows : {false, true}) {
    const LiteralArray array{4, 3, shadows};
    // Context: per head, tokens down the rows, the columns of k stream.
    std::vector<Tile> tiles;
    for (int head = 0; head < kHeads; ++head) {
      const auto own =
          tiles_of(array, random_matrix(random, kDim, kTokens), random_matrix(random, kTokens, kDim), 9);
      tiles.insert(tiles.end(), own.begin(), own.end());
    }
    schedule(array, tiles);
    int64_t cycles = array.run(tiles);
    CHECK(products_are_right(tiles));
    c.op = Opcode::kContext;
    CHECK(compute_cycles(array_of(array, 9), c) == cycles);
    // Attend: d + 1 columns are as many as the array has, so one head at a time.
    tiles.clear();
    for (int head = 0; head < kHeads; ++head) {
      const auto own =
          tiles_of(array, random_matrix(random, kTokens, kDim), random_matrix(random, kDim, kDim + 1), 9);
      tiles.insert(tiles.end(), own.begin(), own.end());
    }
    schedule(array, tiles);
    cycles = array.run(tiles);
    CHECK(products_are_right(tiles));
    c.op = Opcode::kAttend;
    CHECK(compute_cycles(array_of(array, 9), c) == cycles);
  }
  // On a larger array two heads lie on the diagonal: four rows, six columns.
  const Engine engine = array_of({5, 7, true}, 100);
  CHECK(compute_cycles(engine, c) == 5 + 2 * kTokens + 5 + 7 - 2);
}

TEST_CASE("systolic: copies take pixels or columns") {
  const Engine engine = array_of({8, 8, true}, 512);
  Command c = conv(32, 8, 1, 7, 7);
  c.copies_pixels = 4;
  CHECK(systolic_work(engine, c).passes == 4);
  CHECK(systolic_work(engine, c).streamed == 13);
  c.copies_pixels = 1;
  c.copies_channels = 3;
  CHECK(systolic_work(engine, c).passes == 2);
  CHECK(systolic_work(engine, c).streamed == 49);
}

#include "arch/mapping/pair_tiles.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "arch/mapping/tiling.h"

namespace tridex::arch {
namespace {

using quant::IntegerGraph;
using quant::IntNode;
using Sizes = std::vector<int>;

Sizes even_sizes(int whole, int most) {
  Sizes sizes(static_cast<size_t>(whole / most), most);
  if (whole % most != 0) {
    sizes.push_back(whole % most);
  }
  return sizes;
}

/// Sizes unit, unit, 2 unit, 3 unit, 4 unit, 6 unit ... up to `most`: a tile is not much larger than what
/// R-MAC can make while MAT has the one before. `both_ends`: the same from the end.
Sizes ramp(int whole, int unit, int most, bool both_ends) {
  Sizes head;
  Sizes tail;
  most = std::max(unit, most / unit * unit);
  int head_step = unit;
  int tail_step = unit;
  int left = whole;
  const auto take = [&](Sizes& to, int& step) {
    to.push_back(std::min({step, most, left}));
    left -= to.back();
    step = std::min(most, to.size() == 1 ? step : step + std::max(unit, step / 2 / unit * unit));
  };
  while (left > 0) {
    take(head, head_step);
    if (both_ends && left > 0) {
      take(tail, tail_step);
    }
  }
  head.insert(head.end(), tail.rbegin(), tail.rend());
  return head;
}

/// The fewest rows of so many pixels that give each of `units` as many.
int whole_rows(int width, int units) {
  return units / std::gcd(width, units);
}

class Planner {
 public:
  Planner(const DesignPoint& design, const PairSpace& space, const IntegerGraph& graph,
          const IntNode& depthwise, const IntNode& pointwise)
      : design_(design),
        space_(space),
        graph_(graph),
        dw_(depthwise),
        pw_(pointwise),
        unit_(channel_unit(design, pointwise)) {
    WeightBlock block;
    block.c1 = dw_.shape.c;
    dw_command_ = conv_command(graph, dw_, block, 0, dw_.shape.h);
    block.c1 = pw_.shape.c;
    pw_command_ = conv_command(graph, pw_, block, 0, pw_.shape.h);
  }

  PairTiles plan() {
    if (!pipelines_layers(design_)) {
      return in_turn();
    }
    plan_rows();
    plan_groups();
    // Sorted by the estimate; of the first few the shares are laid out, and the best of those is taken.
    constexpr size_t kLaidOut = 3;
    const size_t count = std::min(kLaidOut, candidates_.size());
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.time < b.time; });
    Candidate* best = nullptr;
    for (size_t i = 0; i < count; ++i) {
      Candidate& candidate = candidates_[i];
      candidate.time = time_of(candidate, divide(candidate.plan));
      if (best == nullptr || candidate.time < best->time) {
        best = &candidate;
      }
    }
    return std::move(best->plan);
  }

 private:
  struct Candidate {
    PairTiles plan;
    double time = 0;
  };
  /// Of a tile of so many rows (groups): the depthwise convolution, the 1x1 on MAT alone; 0: not known yet.
  struct Cost {
    int64_t depthwise = 0, pointwise = 0;
  };
  using Costs = std::vector<Cost>;

  /// The most rows (groups) of a tile; tells whether R-MAC can be one tile ahead.
  template <typename Fits>
  int fitting(int whole, bool& ahead, Fits&& fits) const {
    int most = design_.double_buffer ? largest(whole, [&](int n) { return fits(n, true); }) : 0;
    ahead = most > 0;
    return ahead ? most : largest(whole, [&](int n) { return fits(n, false); });
  }

  /// Divisions of one kind (into rows or groups) that were considered.
  struct Tried {
    bool ahead = false;
    Costs costs;  ///< of a tile of so many
    std::set<Sizes> sizes;
  };
  /// Once. tile_of(begin, end): the tile of these rows (groups).
  template <typename TileOf>
  void consider(Tried& tried, const Sizes& sizes, const TileOf& tile_of) {
    if (!tried.sizes.insert(sizes).second) {
      return;
    }
    Candidate candidate;
    candidate.plan.ahead = tried.ahead;
    int begin = 0;
    for (const int size : sizes) {
      candidate.plan.tiles.push_back(tile_of(begin, begin + size));
      begin += size;
    }
    add(std::move(candidate), sizes, tried.costs);
  }

  void plan_rows() {
    const int height = pw_.shape.h;
    const int width = pw_.shape.w;
    Tried tried;
    tried.costs.resize(static_cast<size_t>(height) + 1);
    const int most =
        std::max(1, fitting(height, tried.ahead, [&](int rows, bool one_ahead) {
                   return pair_fits(space_, graph_, dw_, pw_, {rows, dw_.shape.c, pw_.shape.c}, one_ahead);
                 }));
    const auto tile_of = [&](int y0, int y1) { return PairTile{y0, y1, 0, dw_.shape.c, 0, pw_.shape.c, {}}; };
    const auto consider_rows = [&](const Sizes& heights) { consider(tried, heights, tile_of); };
    const int even = choose_rows(design_, height, width, most, 2 * depthwise_cycles(tile_of(0, height)));
    consider_rows(even_sizes(height, even));
    for (int rows = 1; rows <= most; rows *= 2) {
      consider_rows(even_sizes(height, rows));
    }
    const int lanes = design_.engine(EngineKind::kRmac)->lanes;
    for (const int unit : std::set<int>{1, 2, whole_rows(width, lanes), whole_rows(width, design_.copies)}) {
      if (unit > most || unit >= height) {
        continue;
      }
      for (const int most_of_tile : std::set<int>{even, most}) {
        consider_rows(ramp(height, unit, most_of_tile, false));
        consider_rows(ramp(height, unit, most_of_tile, true));
        Sizes last_row = ramp(height - 1, unit, most_of_tile, false);
        last_row.push_back(1);
        consider_rows(last_row);
      }
    }
  }

  /// Both engines (or the only one) do a tile's depthwise convolution, then its 1x1.
  PairTiles in_turn() {
    const int height = pw_.shape.h;
    PairTiles tiles;
    const int most =
        std::max(1, fitting(height, tiles.ahead, [&](int rows, bool one_ahead) {
                   return pair_fits(space_, graph_, dw_, pw_, {rows, dw_.shape.c, pw_.shape.c}, one_ahead);
                 }));
    EngineClocks clocks;
    divide_tile(design_, dw_command_, channel_unit(design_, dw_), clocks);
    const int rows = choose_rows(design_, height, pw_.shape.w, most, 2 * std::max(clocks.mat, clocks.rmac));
    for (const auto& [y0, y1] : split_rows(height, rows)) {
      PairTile tile{y0, y1, 0, dw_.shape.c, 0, pw_.shape.c, {}};
      EngineClocks fresh;
      tile.shares = divide_tile(design_, pointwise_command(tile), unit_, fresh);
      tiles.tiles.push_back(std::move(tile));
    }
    return tiles;
  }

  void plan_groups() {
    const int groups = pw_.conv.groups;
    const int inputs = dw_.shape.c / groups;
    const int outputs = pw_.shape.c / groups;
    if (groups == 1 || space_.windowed || inputs % kChannelBlock != 0 || outputs % kChannelBlock != 0) {
      return;
    }
    Tried tried;
    tried.costs.resize(static_cast<size_t>(groups) + 1);
    const int most = fitting(groups, tried.ahead, [&](int n, bool one_ahead) {
      return pair_fits(space_, graph_, dw_, pw_, {pw_.shape.h, n * inputs, n * outputs}, one_ahead);
    });
    const auto consider_groups = [&](const Sizes& sizes) {
      consider(tried, sizes, [&](int g0, int g1) {
        return PairTile{0, pw_.shape.h, g0 * inputs, g1 * inputs, g0 * outputs, g1 * outputs, {}};
      });
    };
    for (int n = 1; n <= most; n *= 2) {
      consider_groups(even_sizes(groups, n));
    }
    if (most > 0) {
      consider_groups(ramp(groups, 1, most, false));
      consider_groups(ramp(groups, 1, most, true));
    }
  }

  [[nodiscard]] int64_t depthwise_cycles(const PairTile& tile) const {
    Command command = dw_command_;
    command.c0 = tile.c0;
    command.c1 = tile.c1;
    command.y0 = tile.y0;
    command.y1 = tile.y1;
    return best_cycles(design_, *design_.engine(EngineKind::kRmac), command);
  }

  [[nodiscard]] int64_t on_mat(const Command& command) const {
    return best_cycles(design_, *design_.engine(EngineKind::kMat), command);
  }

  [[nodiscard]] Command pointwise_command(const PairTile& tile) const {
    Command command = pw_command_;
    command.c0 = tile.o0;
    command.c1 = tile.o1;
    command.y0 = tile.y0;
    command.y1 = tile.y1;
    return command;
  }

  /// Divides the 1x1 of each tile over the engines and returns the cycles until both are done, with no other
  /// work around.
  int64_t divide(PairTiles& plan) const {
    std::vector<PairTile>& tiles = plan.tiles;
    std::vector<int64_t> depthwise;
    int64_t rmac_left = 0;
    int64_t mat_left = 0;  // if R-MAC does not help
    for (const PairTile& tile : tiles) {
      depthwise.push_back(depthwise_cycles(tile));
      rmac_left += depthwise.back();
      mat_left += on_mat(pointwise_command(tile));
    }
    EngineClocks clocks;
    std::vector<int64_t> made(tiles.size());  // when R-MAC has made a tile
    const auto make = [&](size_t t) {
      rmac_left -= depthwise[t];
      made[t] = clocks.rmac += depthwise[t];
    };
    make(0);
    for (size_t t = 0; t < tiles.size(); ++t) {
      const bool more = t + 1 < tiles.size();
      if (more && plan.ahead) {
        make(t + 1);
      }
      clocks.mat = std::max(clocks.mat, made[t]);
      // Where R-MAC is the last to finish anyway, it goes on with its own work instead of helping.
      const int64_t reserved = std::max<int64_t>(0, clocks.rmac + rmac_left - clocks.mat - mat_left);
      const Command command = pointwise_command(tiles[t]);
      mat_left -= on_mat(command);
      clocks.rmac += reserved;
      tiles[t].shares = divide_tile(design_, command, unit_, clocks);
      clocks.rmac -= reserved;
      if (more && !plan.ahead) {
        make(t + 1);
      }
    }
    return std::max(clocks.mat, clocks.rmac);
  }

  [[nodiscard]] int64_t load_bytes(const PairTile& tile) const {
    const IntNode& source = graph_.node(dw_.inputs[0]);
    const auto [row0, row1] = input_rows(dw_, source.shape, tile.y0, tile.y1);
    const IntNode& read = space_.windowed ? graph_.node(source.inputs[0]) : source;
    const int c0 = space_.windowed ? 0 : tile.c0;
    const int c1 = space_.windowed ? read.shape.c : tile.c1;
    const int64_t rest = pw_.has_shortcut && !space_.shortcut_kept
                             ? rows_bytes(graph_.node(pw_.inputs[1]), tile.y1 - tile.y0, tile.o0, tile.o1)
                             : 0;
    return (space_.source_kept ? 0 : rows_bytes(read, row1 - row0, c0, c1)) + rest;
  }

  /// From the first load to the last store: the engines' time or the transfers', whichever is longer, and
  /// what neither hides.
  [[nodiscard]] double time_of(const Candidate& candidate, int64_t engines) const {
    const PairTiles& plan = candidate.plan;
    const IntNode& source = graph_.node(dw_.inputs[0]);
    const PairTile& first = plan.tiles.front();
    const PairTile& last = plan.tiles.back();
    int64_t load = conv_block_bytes(dw_, 0, dw_.shape.c, source.shape.c) +
                   conv_block_bytes(pw_, 0, pw_.shape.c, dw_.shape.c);
    for (const PairTile& tile : plan.tiles) {
      load += load_bytes(tile);
    }
    const auto stored = [&](int rows, int o0, int o1) {
      return space_.output_kept ? 0 : rows_bytes(pw_, rows, o0, o1);
    };
    const double moved = design_.transfer_cycles(load, stored(pw_.shape.h, 0, pw_.shape.c));
    const double ends = design_.transfer_cycles(load_bytes(first), 0) +
                        design_.transfer_cycles(0, stored(last.y1 - last.y0, last.o0, last.o1));
    // A tile of all rows waits for the last store of the layer before, a quarter of its tensor or less
    // (choose_rows).
    const bool all_rows = first.y1 - first.y0 == pw_.shape.h && plan.tiles.size() > 1 &&
                          !design_.dram.ideal && !space_.source_kept;
    const double wait =
        all_rows ? design_.transfer_cycles(0, rows_bytes(source, source.shape.h, 0, source.shape.c) / 4) +
                       2 * design_.ports.latency_cycles
                 : 0;
    return std::max(static_cast<double>(engines), moved) + ends + wait;
  }

  /// Estimates as if the 1x1 could be divided at will.
  void add(Candidate candidate, const Sizes& sizes, Costs& costs) {
    const std::vector<PairTile>& tiles = candidate.plan.tiles;
    int64_t rmac_left = 0;
    int64_t mat_left = 0;
    for (size_t t = 0; t < tiles.size(); ++t) {
      Cost& cost = costs[static_cast<size_t>(sizes[t])];
      if (cost.depthwise == 0) {
        cost = {depthwise_cycles(tiles[t]), on_mat(pointwise_command(tiles[t]))};
      }
      rmac_left += cost.depthwise;
      mat_left += cost.pointwise;
    }
    const auto cost = [&](size_t t) { return costs[static_cast<size_t>(sizes[t])]; };
    EngineClocks clocks;
    int64_t made = 0;
    for (size_t t = 0, done = 0; t < tiles.size(); ++t) {
      for (; done < std::min(tiles.size(), t + (candidate.plan.ahead ? 2 : 1)); ++done) {
        rmac_left -= cost(done).depthwise;
        clocks.rmac += cost(done).depthwise;
        made = done == t ? clocks.rmac : made;
      }
      clocks.mat = std::max(clocks.mat, made) + cost(t).pointwise;
      made = clocks.rmac;
      mat_left -= cost(t).pointwise;
      const int64_t help =
          std::min(clocks.mat - clocks.rmac, clocks.mat + mat_left - clocks.rmac - rmac_left) / 2;
      if (help > 0) {
        clocks.mat -= help;
        clocks.rmac += help;
      }
    }
    candidate.time = time_of(candidate, std::max(clocks.mat, clocks.rmac));
    candidates_.push_back(std::move(candidate));
  }

  const DesignPoint& design_;
  const PairSpace space_;
  const IntegerGraph& graph_;
  const IntNode& dw_;
  const IntNode& pw_;
  int unit_;
  Command dw_command_, pw_command_;
  std::vector<Candidate> candidates_;
};

}  // namespace

PairTiles choose_pair_tiles(const DesignPoint& design, const PairSpace& space, const IntegerGraph& graph,
                            const IntNode& depthwise, const IntNode& pointwise) {
  return Planner(design, space, graph, depthwise, pointwise).plan();
}

}  // namespace tridex::arch

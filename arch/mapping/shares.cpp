#include "arch/mapping/shares.h"

#include <algorithm>
#include <array>

#include "arch/mapping/tiling.h"

namespace tridex::arch {
namespace {

using Parts = std::array<Share, 4>;

bool is_empty(const Share& share) {
  return share.c0 == share.c1 || share.y0 == share.y1;
}

int64_t share_cycles(const DesignPoint& design, const Command& command, const Share& share) {
  if (is_empty(share)) {
    return 0;
  }
  Command part = command;
  part.c0 = share.c0;
  part.c1 = share.c1;
  part.y0 = share.y0;
  part.y1 = share.y1;
  choose_spread(design, *share.engine, part);
  return engine_cycles(design, *share.engine, part);
}

}  // namespace

int channel_unit(const DesignPoint& design, const quant::IntNode& conv) {
  if (conv.conv.groups > 1) {
    const int group = conv.shape.c / conv.conv.groups;
    return conv.depthwise() ? kChannelBlock : group;
  }
  const Engine* mat = design.engine(EngineKind::kMat);
  return mat != nullptr ? mat->lanes : design.engines[0].lanes;
}

int64_t best_cycles(const DesignPoint& design, const Engine& engine, Command command) {
  choose_spread(design, engine, command);
  return engine_cycles(design, engine, command);
}

std::vector<Share> divide_channels(const DesignPoint& design, const Command& command, int unit) {
  const Engine* rmac = design.engine(EngineKind::kRmac);
  const Engine* mat = design.engine(EngineKind::kMat);
  if (mat == nullptr || rmac == nullptr) {
    return {{&design.engines[0], command.c0, command.c1, command.y0, command.y1}};
  }
  const int units = (command.c1 - command.c0 + unit - 1) / unit;
  const auto cut_at = [&](int count) { return std::min(command.c1, command.c0 + count * unit); };
  const auto cycles = [&](const Engine& engine, int c0, int c1) {
    return share_cycles(design, command, {&engine, c0, c1, command.y0, command.y1});
  };
  const auto on_mat = [&](int count) { return cycles(*mat, command.c0, cut_at(count)); };
  const auto on_rmac = [&](int count) { return cycles(*rmac, cut_at(count), command.c1); };
  // More channels are never done sooner: the best cut is where MAT begins to be the last.
  int best = largest(units, [&](int count) { return on_mat(count) <= on_rmac(count); });
  if (best < units && on_mat(best + 1) < on_rmac(best)) {
    ++best;
  }
  if (on_mat(units) <= std::max(on_mat(best), on_rmac(best))) {
    best = units;  // R-MAC would not help
  }
  const int cut = cut_at(best);
  std::vector<Share> shares;
  if (cut > command.c0) {
    shares.push_back({mat, command.c0, cut, command.y0, command.y1});
  }
  if (cut < command.c1) {
    shares.push_back({rmac, cut, command.c1, command.y0, command.y1});
  }
  return shares;
}

std::vector<Share> divide_tile(const DesignPoint& design, const Command& command, int unit,
                               EngineClocks& clocks) {
  const Engine* mat = design.engine(EngineKind::kMat);
  const Engine* rmac = design.engine(EngineKind::kRmac);
  if (mat == nullptr || rmac == nullptr) {
    std::vector<Share> one = divide_channels(design, command, unit);
    (one[0].engine == mat ? clocks.mat : clocks.rmac) += share_cycles(design, command, one[0]);
    return one;
  }
  const auto cycles = [&](const Share& share) { return share_cycles(design, command, share); };
  std::vector<Share> best;
  EngineClocks best_clocks;
  const auto try_parts = [&](const Parts& parts) {
    EngineClocks end = clocks;
    for (const Share& share : parts) {
      (share.engine == mat ? end.mat : end.rmac) += cycles(share);
    }
    if (best.empty() || std::max(end.mat, end.rmac) < std::max(best_clocks.mat, best_clocks.rmac)) {
      best.assign(parts.begin(), parts.end());
      best_clocks = end;
    }
  };
  const int c0 = command.c0;
  const int c1 = command.c1;
  // MAT has rows [y0, y) and channels [c0, cut) of rows [y, below); R-MAC has the rest.
  const auto parts = [&](int y, int below, int cut) {
    return Parts{{{mat, c0, c1, command.y0, y},
                  {mat, c0, cut, y, below},
                  {rmac, cut, c1, y, below},
                  {rmac, c0, c1, below, command.y1}}};
  };
  const int units = (c1 - c0 + unit - 1) / unit;
  const auto cut_at = [&](int count) { return std::min(c1, c0 + count * unit); };
  const auto try_channels = [&](int y, int below) {
    const Parts around = parts(y, below, c0);  // the whole rows are the same for every cut
    const int64_t mat_has = clocks.mat + cycles(around[0]);
    const int64_t rmac_has = clocks.rmac + cycles(around[3]);
    const int count = largest(units, [&](int n) {
      const Parts cut = parts(y, below, cut_at(n));
      return mat_has + cycles(cut[1]) <= rmac_has + cycles(cut[2]);
    });
    try_parts(parts(y, below, cut_at(count)));
    try_parts(parts(y, below, cut_at(std::min(units, count + 1))));
  };
  try_channels(command.y0, command.y1);
  if (command.y1 - command.y0 > 1) {
    const int rows = command.y1 - command.y0;
    const int y = command.y0 + largest(rows, [&](int n) {
                    const Parts cut = parts(command.y0 + n, command.y0 + n, c0);
                    return clocks.mat + cycles(cut[0]) <= clocks.rmac + cycles(cut[3]);
                  });
    try_parts(parts(y, y, c0));
    if (y < command.y1) {
      try_parts(parts(y + 1, y + 1, c0));
      try_channels(y, y + 1);
    }
  }
  std::erase_if(best, is_empty);
  clocks = best_clocks;
  return best;
}

void set_weights(Command& command, const Held& block, const WeightBlock& info, const quant::IntNode& conv) {
  command.weights = block.ref.address;
  command.params = command.weights + (info.c1 - info.c0) * command.weight_row_bytes;
  command.pads = has_pads(conv) ? command.params + (info.c1 - info.c0) * record_format(conv).bytes() : 0;
}

void compute_tile(ProgramBuilder& b, const quant::IntNode& conv, const Command& command,
                  const std::vector<Share>& shares, int tile, Held& in, Held* shortcut, Held& weights,
                  Held& out) {
  for (const Share& share : shares) {
    Command part = command;
    part.c0 = share.c0;
    part.c1 = share.c1;
    part.y0 = share.y0;
    part.y1 = share.y1;
    part.in = in.ref;
    part.out = out.ref;
    if (shortcut != nullptr) {
      part.in2 = shortcut->ref;
    }
    choose_spread(b.design, *share.engine, part);
    const Unit unit = b.unit_of(*share.engine);
    const auto [row0, row1] = input_rows(conv, b.graph.node(conv.inputs[0]).shape, share.y0, share.y1);
    Held window = b.narrowed(in, row0, row1);
    if (shortcut != nullptr) {
      Held rest = b.narrowed(*shortcut, share.y0, share.y1);
      b.command(unit, conv.id, tile, part, {&window, &rest, &weights}, {&out});
    } else {
      b.command(unit, conv.id, tile, part, {&window, &weights}, {&out});
    }
  }
}

}  // namespace tridex::arch

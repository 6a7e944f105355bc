#include "arch/cosim/operand_fetch.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "arch/cosim/fetch_kinds.h"
#include "base/error.h"

namespace tridex::arch {
namespace {

/// Whether two beats give their slots the same constants.
bool same_constants(RecordBeat a, const RecordBeat& b) {
  a.copy = b.copy;
  a.slot = b.slot;
  return a.encode() == b.encode();
}

bool same_sets(const std::vector<RecordBeat>& a, const std::vector<RecordBeat>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const RecordBeat& x, const RecordBeat& y) {
    return x.slot == y.slot && same_constants(x, y);
  });
}

}  // namespace

void require_in_rtl(const RtlParameters& p, const Command& c, const std::string& what) {
  const auto refuse = [&](const std::string& why) {
    fail("{}: the RTL of the engines has no {}; leave this engine at implementation: tlm", what, why);
  };
  if (c.op == Opcode::kConv && c.has_shortcut != 0 && c.activation != 0) {
    refuse("shortcut together with an activation");
  }
  constexpr int kSumBits = 24;  // of a depthwise sum
  const int most_taps = (1 << std::max(0, kSumBits + 1 - 2 * p.operand_bits)) - 1;
  const int taps = c.kernel_h * c.kernel_w;
  if (c.op == Opcode::kConv && c.depthwise != 0 && p.kind == EngineKind::kRmac && taps > most_taps) {
    refuse(fmt::format("depthwise kernel of {} weights (it has {} at most)", taps, most_taps));
  }
  if (c.op == Opcode::kAttend) {
    constexpr int kLimit = 256;  // 9 bits
    if ((c.num_format & 255) == 32) {
      refuse("dividends that are accumulators (num of 32 bits)");
    }
    if (c.y_min < -kLimit || c.y_max >= kLimit) {
      refuse(
          fmt::format("log2 codes from {} to {} (it has {} to {})", c.y_min, c.y_max, -kLimit, kLimit - 1));
    }
    const auto divisor = static_cast<quant::Divisor>(c.divisor);
    const char* name = divisor == quant::Divisor::kUniform      ? "uniform"
                       : divisor == quant::Divisor::kExact      ? "exact"
                       : divisor == quant::Divisor::kReciprocal ? "reciprocal"
                                                                : nullptr;
    if (name != nullptr) {
      refuse(fmt::format("divisor '{}' (it has log2_code and log2_paper)", name));
    }
  }
}

OperandFetch::OperandFetch(const RtlParameters& parameters, const Command& command,
                           const BufferViews& buffers, std::string what)
    : p_(parameters), command_(command), buffers_(buffers), what_(std::move(what)) {
  if (used_copies() < 1 || used_copies() > p_.copies) {
    throw std::logic_error("a command is spread over more copies than there are");
  }
}

Place OperandFetch::out_place(int c, int y, int x) const {
  const TileRef& out = command_.out;
  const Tile tile(buffers_, out);
  Place place{true, out.buffer, 0, out.bytes(), out.is_signed(), Place::Tensor::kOut, c, y, x};
  place.address = tile.element(c, y, x) - buffers_.views.at(static_cast<size_t>(out.buffer)).data;
  return place;
}

Place OperandFetch::row_sum_place(int64_t, int) const {
  throw std::logic_error("only a context has row sums");
}

void OperandFetch::require_operand(int64_t value, const char* operand) const {
  const int64_t high = (int64_t{1} << (p_.operand_bits - 1)) - 1;
  if (value > high || value < -high - 1) {
    fail(
        "{}: {} of {} does not fit the {}-bit operands of the RTL ({} to {}); leave this engine at "
        "implementation: tlm",
        what_, operand, value, p_.operand_bits, -high - 1, high);
  }
}

std::vector<RecordBeat> OperandFetch::pack(std::vector<std::vector<RecordBeat>> of_copies) const {
  const bool same = std::all_of(of_copies.begin(), of_copies.end(),
                                [&](const auto& set) { return same_sets(set, of_copies.front()); });
  if (same) {
    of_copies.resize(1);
  }
  std::vector<RecordBeat> beats;
  for (size_t copy = 0; copy < of_copies.size(); ++copy) {
    auto& set = of_copies[copy];
    for (RecordBeat& beat : set) {
      beat.copy = same ? RecordBeat::kEvery : static_cast<int>(copy);
    }
    const auto lanes_end = std::find_if(set.begin(), set.end(), [&](const RecordBeat& beat) {
      return beat.slot == p_.lanes && !results_are_channels();
    });
    if (std::all_of(set.begin(), lanes_end,
                    [&](const RecordBeat& beat) { return same_constants(beat, set.front()); })) {
      if (lanes_end != set.begin()) {
        beats.push_back(set.front());
        beats.back().slot = RecordBeat::kEvery;
      }
    } else {
      beats.insert(beats.end(), set.begin(), lanes_end);
    }
    beats.insert(beats.end(), lanes_end, set.end());
  }
  return beats;
}

std::vector<ResultBeat> OperandFetch::results(int64_t index) const {
  const Packet packet = this->packet(index);
  std::vector<ResultBeat> beats;
  if (packet.divisors) {
    return beats;
  }
  const auto has = [&](int copy, int lane) {
    return packet.results[static_cast<size_t>(copy) * p_.lanes + lane] != 0;
  };
  const auto slot_of = [&](ResultBeat& beat, int copy, int k) -> ResultBeat::Slot& {
    return beat.slots[static_cast<size_t>(copy) * p_.post_lanes + k];
  };
  const ResultBeat empty{std::vector<ResultBeat::Slot>(static_cast<size_t>(p_.copies) * p_.post_lanes)};
  // A cycle: of these lanes and these channels.
  const auto cycle = [&](auto&& lane_of, auto&& channel_of) {
    ResultBeat beat = empty;
    bool any = false;
    for (int copy = 0; copy < p_.copies; ++copy) {
      for (int k = 0; k < p_.post_lanes; ++k) {
        if (has(copy, lane_of(k))) {
          any = true;
          slot_of(beat, copy, k) = {true, place(index, copy, lane_of(k), channel_of(k))};
        }
      }
    }
    if (any) {
      beats.push_back(std::move(beat));
    }
  };
  if (results_are_channels()) {
    for (int lane = 0; lane < p_.lanes; ++lane) {
      for (int first = 0; first < p_.inputs; first += p_.post_lanes) {
        cycle([&](int) { return lane; }, [&](int k) { return first + k; });
      }
    }
  } else {
    for (int first = 0; first < p_.lanes; first += p_.post_lanes) {
      cycle([&](int k) { return first + k; }, [](int) { return 0; });
    }
  }
  if (packet.row_sum) {
    ResultBeat beat = empty;
    for (int copy = 0; copy < p_.copies; ++copy) {  // a copy without lanes' results has no row sum
      bool any = false;
      for (int lane = 0; lane < p_.lanes; ++lane) {
        any = any || has(copy, lane);
      }
      if (any) {
        slot_of(beat, copy, 0) = {true, row_sum_place(index, copy)};
      }
    }
    beats.push_back(std::move(beat));
  }
  return beats;
}

void OperandFetch::shortcut(const ResultBeat& beat, std::span<int16_t> codes) const {
  const Tile tile(buffers_, command_.in2);
  for (size_t i = 0; i < beat.slots.size(); ++i) {
    const Place& place = beat.slots[i].place;
    codes[i] = static_cast<int16_t>(place.wanted ? tile.get(place.c, place.y, place.x) : 0);
  }
}

std::unique_ptr<OperandFetch> make_operand_fetch(const RtlParameters& parameters, const Command& command,
                                                 const BufferViews& buffers, const std::string& what) {
  require_in_rtl(parameters, command, what);
  switch (command.op) {
    case Opcode::kConv:
      return parameters.kind == EngineKind::kRmac && command.depthwise != 0
                 ? make_depthwise_fetch(parameters, command, buffers, what)
                 : make_dense_fetch(parameters, command, buffers, what);
    case Opcode::kContext:
      return make_context_fetch(parameters, command, buffers, what);
    case Opcode::kAttend:
      return make_attend_fetch(parameters, command, buffers, what);
    default:
      throw std::logic_error("an engine was given a command of the vector unit");
  }
}

}  // namespace tridex::arch

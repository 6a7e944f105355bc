#include "engine_model.h"

#include <stdexcept>

#include "arch/pe/arithmetic.h"

namespace tridex::test {
namespace {

using arch::CodeRange;
using arch::Command;
using arch::Opcode;

class Reading {
 public:
  Reading(const EngineShape& shape, const Work& work)
      : s_(shape), work_(work), c_(work.command), exponents_(static_cast<size_t>(shape.copies)) {}

  std::vector<ResultBeat> all() {
    for (const Packet& packet : work_.packets) {
      if (packet.new_set) {
        set_ = &work_.sets.at(sets_++);
        token_ = 0;
      }
      if (packet.divisor) {
        divisor(packet);
      } else if (s_.rmac && c_.depthwise != 0) {
        depthwise(packet);
      } else {
        dense(packet);
      }
      ++token_;
    }
    return results_;
  }

 private:
  [[nodiscard]] const EngineRecord& record(int copy, int slot) const {
    for (const EngineRecord& r : *set_) {
      if ((r.copy == 255 || r.copy == copy) && (r.slot == 255 || r.slot == slot)) {
        return r;
      }
    }
    throw std::logic_error("a slot without a record");
  }

  [[nodiscard]] static int64_t at(const std::vector<int>& operands, int index) {
    return operands.at(static_cast<size_t>(index));
  }

  [[nodiscard]] int64_t product(const Beat& beat, int copy, int lane, int input) const {
    return at(beat.narrow, copy * s_.inputs + input) *
           at(beat.wide, (copy * s_.lanes + lane) * s_.inputs + input);
  }

  [[nodiscard]] int64_t lane_sum(const Packet& packet, int copy, int lane) const {
    int64_t sum = 0;
    for (const Beat& beat : packet.beats) {
      for (int i = 0; i < s_.inputs; ++i) {
        sum += product(beat, copy, lane, i);
      }
    }
    return sum;
  }

  [[nodiscard]] bool made(const Packet& packet, int copy, int lane) const {
    return packet.made.at(static_cast<size_t>(copy * s_.lanes + lane));
  }

  void divisor(const Packet& packet) {
    for (int copy = 0; copy < s_.copies; ++copy) {
      const EngineRecord& r = record(copy, 0);
      const int64_t den =
          arch::requantize(lane_sum(packet, copy, 0) + r.lane.bias, r.lane, CodeRange(c_.den_format));
      auto& kept = exponents_.at(static_cast<size_t>(copy));
      kept.resize(static_cast<size_t>(token_) + 1);
      kept.back() = log2_exponent(c_, den, r.den_mult, r.den_frac);
    }
  }

  int64_t finished(int64_t sum, int copy, int slot, int post_lane) {
    const EngineRecord& r = record(copy, slot);
    int64_t a = sum + r.lane.bias;
    switch (c_.op) {
      case Opcode::kConv:
        if (c_.has_shortcut != 0) {
          const auto& term = r.lane.terms[0];
          const int64_t code = at(work_.shortcut.at(results_.size()), copy * s_.post_lanes + post_lane);
          a += arch::shift_rounded((code - term.zero) * term.mult, term.shift);
        }
        return arch::finish(a, static_cast<quant::Activation>(c_.activation), r.lane,
                            CodeRange(c_.out.format));
      case Opcode::kContext:
        return c_.last == 0
                   ? a
                   : arch::requantize(a, r.lane, CodeRange(slot == s_.lanes ? c_.ksum_format : c_.kv_format));
      default: {
        const int64_t n = arch::requantize(a, r.lane, CodeRange(c_.num_format)) - r.lane.zero;
        const int y = exponents_.at(static_cast<size_t>(copy)).at(static_cast<size_t>(token_));
        const int64_t scaled = arch::shift_rounded(n * r.quotient.mult, r.quotient.shift + y);
        return CodeRange(c_.out.format).clamp(scaled + r.quotient.zero);
      }
    }
  }

  void emit(const ResultBeat& beat) {
    for (const auto& slot : beat) {
      if (slot) {
        results_.push_back(beat);
        return;
      }
    }
  }

  [[nodiscard]] ResultBeat nothing() const {
    return ResultBeat(static_cast<size_t>(s_.copies * s_.post_lanes));
  }

  void dense(const Packet& packet) {
    for (int first = 0; first < s_.lanes; first += s_.post_lanes) {
      ResultBeat beat = nothing();
      for (int copy = 0; copy < s_.copies; ++copy) {
        for (int p = 0; p < s_.post_lanes; ++p) {
          if (made(packet, copy, first + p)) {
            beat.at(static_cast<size_t>(copy * s_.post_lanes + p)) =
                finished(lane_sum(packet, copy, first + p), copy, first + p, p);
          }
        }
      }
      emit(beat);
    }
    if (!packet.row_sum) {
      return;
    }
    ResultBeat beat = nothing();
    for (int copy = 0; copy < s_.copies; ++copy) {
      bool any = false;
      for (int lane = 0; lane < s_.lanes; ++lane) {
        any = any || made(packet, copy, lane);
      }
      int64_t sum = 0;
      for (const Beat& b : packet.beats) {
        for (int i = 0; i < s_.inputs; ++i) {
          sum += at(b.narrow, copy * s_.inputs + i);
        }
      }
      if (any) {
        beat.at(static_cast<size_t>(copy * s_.post_lanes)) = finished(sum, copy, s_.lanes, 0);
      }
    }
    emit(beat);
  }

  void depthwise(const Packet& packet) {
    for (int pixel = 0; pixel < s_.lanes; ++pixel) {
      for (int first = 0; first < s_.inputs; first += s_.post_lanes) {
        ResultBeat beat = nothing();
        for (int copy = 0; copy < s_.copies; ++copy) {
          for (int p = 0; p < s_.post_lanes && made(packet, copy, pixel); ++p) {
            int64_t sum = 0;
            for (const Beat& b : packet.beats) {
              sum += product(b, copy, pixel, first + p);
            }
            beat.at(static_cast<size_t>(copy * s_.post_lanes + p)) = finished(sum, copy, first + p, p);
          }
        }
        emit(beat);
      }
    }
  }

  const EngineShape& s_;
  const Work& work_;
  const Command& c_;
  const std::vector<EngineRecord>* set_ = nullptr;
  size_t sets_ = 0;
  int token_ = 0;
  std::vector<std::vector<int>> exponents_;  ///< of each copy's tokens
  std::vector<ResultBeat> results_;
};

}  // namespace

int log2_exponent(const arch::Command& command, int64_t den, int32_t den_mult, int den_frac) {
  if (static_cast<quant::Divisor>(command.divisor) == quant::Divisor::kLog2Paper) {
    if (den <= 1) {
      return 0;
    }
    const int f = arch::leading_one(static_cast<uint64_t>(den));
    return f + static_cast<int>(den >> (f - 1) & 1);
  }
  const int64_t v = den * den_mult;
  if (v <= 0) {
    return command.y_min;
  }
  const int f = arch::leading_one(static_cast<uint64_t>(v));
  const int64_t m = f >= 16 ? v >> (f - 16) : v << (16 - f);
  return std::clamp(f - den_frac + (m > 92681 ? 1 : 0), command.y_min, command.y_max);
}

std::vector<ResultBeat> answer(const EngineShape& shape, const Work& work) {
  return Reading(shape, work).all();
}

}  // namespace tridex::test

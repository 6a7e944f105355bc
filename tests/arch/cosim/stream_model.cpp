#include "stream_model.h"

#include <cstring>
#include <deque>
#include <stdexcept>

#include "arch/pe/arithmetic.h"

namespace tridex::test {
namespace {

using namespace arch;

class StreamModel {
 public:
  StreamModel(const RtlParameters& p, const Command& c, OperandFetch& fetch)
      : p_(p),
        c_(c),
        fetch_(fetch),
        slots_(static_cast<size_t>(std::max(p.lanes + 1, p.inputs))),
        records_(static_cast<size_t>(p.copies) * slots_),
        divisors_(static_cast<size_t>(p.copies)) {}

  StreamRun run() {
    for (int64_t index = 0; index < fetch_.packets(); ++index) {
      const Packet packet = fetch_.packet(index);
      if (packet.last != (index + 1 == fetch_.packets())) {
        throw std::logic_error("the last packet is not the last");
      }
      if (packet.new_set) {
        take_records(index);
        for (auto& kept : divisors_) {
          if (packet.divisors) {
            kept.clear();
          }
        }
        read_ = 0;
      }
      accumulate(index);
      if (packet.divisors) {
        keep_divisors();
      } else {
        finish_packet(index);
        ++read_;
      }
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool depthwise() const {
    return p_.kind == EngineKind::kRmac && c_.op == Opcode::kConv && c_.depthwise != 0;
  }
  RecordBeat& record(int copy, int slot) { return records_[static_cast<size_t>(copy) * slots_ + slot]; }

  void take_records(int64_t index) {
    for (const RecordBeat& sent : fetch_.records(index)) {
      const RecordBeat beat = decode_record_beat(sent.encode());
      ++out_.record_beats;
      for (int copy = 0; copy < p_.copies; ++copy) {
        for (int slot = 0; slot < static_cast<int>(slots_); ++slot) {
          if ((beat.copy == 255 || beat.copy == copy) && (beat.slot == 255 || beat.slot == slot)) {
            record(copy, slot) = beat;
          }
        }
      }
    }
  }

  void accumulate(int64_t index) {
    const size_t lanes = static_cast<size_t>(p_.copies) * p_.lanes;
    std::vector<int16_t> narrow(static_cast<size_t>(p_.copies) * p_.inputs);
    std::vector<int16_t> wide(lanes * p_.inputs);
    products_.assign(wide.size(), 0);
    row_sums_.assign(static_cast<size_t>(p_.copies), 0);
    for (int beat = 0; beat < fetch_.beats(); ++beat, ++out_.beats) {
      fetch_.operands(index, beat, narrow, wide);
      for (size_t i = 0; i < wide.size(); ++i) {
        const size_t copy = i / (static_cast<size_t>(p_.lanes) * p_.inputs);
        products_[i] += int64_t{wide[i]} * narrow[copy * p_.inputs + i % p_.inputs];
      }
      for (size_t i = 0; i < narrow.size(); ++i) {
        row_sums_[i / p_.inputs] += narrow[i];
      }
    }
  }
  [[nodiscard]] int64_t product(int copy, int lane, int input) const {
    return products_[(static_cast<size_t>(copy) * p_.lanes + lane) * p_.inputs + input];
  }
  [[nodiscard]] int64_t lane_sum(int copy, int lane) const {
    int64_t sum = 0;
    for (int i = 0; i < p_.inputs; ++i) {
      sum += product(copy, lane, i);
    }
    return sum;
  }

  void keep_divisors() {
    for (int copy = 0; copy < p_.copies; ++copy) {
      const RecordBeat& beat = record(copy, 0);
      const int64_t den = requantize(lane_sum(copy, 0), beat.record, CodeRange(c_.den_format));
      int code = 0;
      if (static_cast<quant::Divisor>(c_.divisor) == quant::Divisor::kLog2Code) {
        code = c_.y_min;
        const int64_t v = den * beat.den_mult;
        if (v > 0) {
          const int f = leading_one(static_cast<uint64_t>(v));
          const int64_t m = f >= 16 ? v >> (f - 16) : v << (16 - f);
          code = std::clamp(f - beat.den_frac + (m > 92681 ? 1 : 0), c_.y_min, c_.y_max);  // NUMERICS.md 3
        }
      } else if (den > 1) {
        const int f = leading_one(static_cast<uint64_t>(den));
        code = f + static_cast<int>((den >> (f - 1)) & 1);
      }
      auto& kept = divisors_[static_cast<size_t>(copy)];
      kept.push_back(code);
      if (static_cast<int>(kept.size()) > p_.divisor_depth) {
        throw std::logic_error("more divisors than the buffer has places");
      }
    }
  }

  int64_t finish_sum(int copy, int lane, int input, int16_t shortcut_bits) {
    const RecordBeat& beat = record(copy, depthwise() ? input : lane);
    const Record& r = beat.record;
    int64_t a = r.bias + (depthwise() ? product(copy, lane, input) : lane_sum(copy, lane));
    switch (c_.op) {
      case Opcode::kContext:
        return c_.last != 0 ? requantize(a, r, CodeRange(c_.kv_format)) : a;
      case Opcode::kAttend: {
        const CodeRange num(c_.num_format);
        const int64_t n = requantize(a, r, num) - (num.bits == 32 ? 0 : r.zero);
        const int code = divisors_[static_cast<size_t>(copy)].at(read_);
        return CodeRange(c_.out.format)
            .clamp(shift_rounded(n * beat.quotient_mult, beat.quotient_shift + code) + beat.quotient_zero);
      }
      default:
        if (c_.has_shortcut != 0) {
          const int64_t shortcut = c_.in2.is_signed() ? shortcut_bits : static_cast<uint16_t>(shortcut_bits);
          a += shift_rounded((shortcut - r.terms[0].zero) * int64_t{r.terms[0].mult}, r.terms[0].shift);
        }
        return finish(a, static_cast<quant::Activation>(c_.activation), r, CodeRange(c_.out.format));
    }
  }

  /// The cycles of the result stream as the README orders them, found anew from TUSER's bits alone.
  void finish_packet(int64_t index) {
    const Packet packet = fetch_.packet(index);
    const std::vector<ResultBeat> beats = fetch_.results(index);
    size_t next = 0;
    std::vector<int16_t> shortcut(static_cast<size_t>(p_.copies) * p_.post_lanes);
    const auto cycle = [&](auto&& slot) {  // slot(copy, k): lane and input of a result
      struct Slot {
        int copy, k, lane, input;
      };
      std::vector<Slot> slots;
      for (int copy = 0; copy < p_.copies; ++copy) {
        for (int k = 0; k < p_.post_lanes; ++k) {
          const auto [lane, input] = slot(k);
          if (packet.results[static_cast<size_t>(copy) * p_.lanes + lane] != 0) {
            slots.push_back({copy, k, lane, input});
          }
        }
      }
      if (slots.empty()) {
        return;
      }
      const ResultBeat& beat = beats.at(next++);
      if (fetch_.has_shortcut()) {
        fetch_.shortcut(beat, shortcut);
      }
      for (const Slot& s : slots) {
        const size_t at = static_cast<size_t>(s.copy) * p_.post_lanes + s.k;
        if (!beat.slots[at].kept) {
          throw std::logic_error("a result that the fetch does not expect");
        }
        out_.results.push_back({beat.slots[at].place, finish_sum(s.copy, s.lane, s.input, shortcut[at])});
      }
    };
    if (depthwise()) {
      for (int lane = 0; lane < p_.lanes; ++lane) {
        for (int first = 0; first < p_.inputs; first += p_.post_lanes) {
          cycle([&](int k) { return std::pair(lane, first + k); });
        }
      }
    } else {
      for (int first = 0; first < p_.lanes; first += p_.post_lanes) {
        cycle([&](int k) { return std::pair(first + k, 0); });
      }
    }
    if (packet.row_sum) {
      const ResultBeat& beat = beats.at(next++);
      for (int copy = 0; copy < p_.copies; ++copy) {
        const auto& slot = beat.slots[static_cast<size_t>(copy) * p_.post_lanes];
        if (slot.kept) {
          const Record& r = record(copy, p_.lanes).record;
          const int64_t a = r.bias + row_sums_[static_cast<size_t>(copy)];
          out_.results.push_back(
              {slot.place, c_.last != 0 ? requantize(a, r, CodeRange(c_.ksum_format)) : a});
        }
      }
    }
    if (next != beats.size()) {
      throw std::logic_error("the fetch expects more results than there are");
    }
  }

  const RtlParameters& p_;
  const Command& c_;
  OperandFetch& fetch_;
  size_t slots_;
  std::vector<RecordBeat> records_;           ///< per copy and slot
  std::vector<std::vector<int>> divisors_;    ///< per copy
  size_t read_ = 0;                           ///< place in the divisor buffers
  std::vector<int64_t> products_, row_sums_;  ///< of the packet
  StreamRun out_;
};

}  // namespace

StreamRun run_streams(const RtlParameters& parameters, const Command& command, OperandFetch& fetch) {
  return StreamModel(parameters, command, fetch).run();
}

int64_t write_results(const StreamRun& run, const BufferViews& buffers) {
  int64_t written = 0;
  for (const auto& [place, value] : run.results) {
    if (place.wanted) {
      std::memcpy(buffers.at(place.buffer, place.address, place.bytes), &value,
                  static_cast<size_t>(place.bytes));
      ++written;
    }
  }
  return written;
}

}  // namespace tridex::test

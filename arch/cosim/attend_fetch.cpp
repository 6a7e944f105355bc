// Divisors and dividends of queries: heads go over the copies of channels, tokens over those of pixels, in
// chunks whose divisors the engine keeps.
#include <algorithm>
#include <optional>

#include "arch/cosim/attention_input.h"
#include "arch/cosim/fetch_kinds.h"
#include "base/ceil_div.h"

namespace tridex::arch {
namespace {

class AttendFetch : public OperandFetch {
 public:
  AttendFetch(const RtlParameters& parameters, const Command& command, const BufferViews& buffers,
              const std::string& what)
      : OperandFetch(parameters, command, buffers, what), input_(command, buffers), dim_(command.head_dim) {
    groups_ = static_cast<int>(ceil_div(dim_, p_.lanes));
    tokens_ = int64_t{command.y1 - command.y0} * command.width;
    token_rounds_ = ceil_div(tokens_, command.copies_pixels);
    of_heads_ = token_rounds_ * (1 + groups_);
    packets_ = ceil_div(command.c1 - command.c0, command.copies_channels) * of_heads_;
    beats_ = static_cast<int>(ceil_div(dim_, p_.inputs));
    load();
  }

  [[nodiscard]] Packet packet(int64_t index) const override {
    const Position at = position(index);
    Packet packet;
    packet.last = index + 1 == packets_;
    packet.new_set = at.first_of_set;
    packet.divisors = at.group < 0;
    packet.results.resize(static_cast<size_t>(p_.copies) * p_.lanes);
    for (int copy = 0; copy < used_copies(); ++copy) {
      if (head(at, copy) && token(at, copy)) {
        const int lanes = at.group < 0 ? 1 : std::min(p_.lanes, dim_ - at.group * p_.lanes);
        std::fill_n(packet.results.begin() + int64_t{copy} * p_.lanes, lanes, uint8_t{1});
      }
    }
    return packet;
  }

  void operands(int64_t index, int beat, std::span<int16_t> narrow, std::span<int16_t> wide) override {
    std::fill(narrow.begin(), narrow.end(), int16_t{0});
    std::fill(wide.begin(), wide.end(), int16_t{0});
    const Position at = position(index);
    const int first = beat * p_.inputs;
    const int count = std::min(p_.inputs, dim_ - first);
    for (int copy = 0; copy < used_copies(); ++copy) {
      const auto h = head(at, copy);
      const auto n = token(at, copy);
      if (!h || !n) {
        continue;
      }
      std::copy_n(queries_.begin() + (*h * tokens_ + *n) * dim_ + first, count,
                  narrow.begin() + int64_t{copy} * p_.inputs);
      const int lanes = at.group < 0 ? 1 : std::min(p_.lanes, dim_ - at.group * p_.lanes);
      for (int lane = 0; lane < lanes; ++lane) {
        const auto from = at.group < 0 ? row_sums_.begin() + *h * dim_
                                       : context_.begin() + (*h * dim_ + at.group * p_.lanes + lane) * dim_;
        std::copy_n(from + first, count, wide.begin() + (int64_t{copy} * p_.lanes + lane) * p_.inputs);
      }
    }
  }

  [[nodiscard]] std::vector<RecordBeat> records(int64_t index) const override {
    const Position at = position(index);
    std::vector<std::vector<RecordBeat>> of_copies(static_cast<size_t>(used_copies()));
    for (int copy = 0; copy < used_copies(); ++copy) {
      const auto h = head(at, copy);
      if (!h) {
        continue;
      }
      const int number = command_.c0 + static_cast<int>(*h);
      auto& set = of_copies[static_cast<size_t>(copy)];
      if (at.group < 0) {
        RecordBeat beat;
        beat.slot = 0;
        beat.record = input_.record(input_.block.den, number);
        const auto scale = input_.den_scale(number);
        beat.den_mult = scale.mult;
        beat.den_frac = scale.frac;
        set.push_back(beat);
        continue;
      }
      for (int lane = 0; lane < p_.lanes && at.group * p_.lanes + lane < dim_; ++lane) {
        const int channel = number * dim_ + at.group * p_.lanes + lane;
        RecordBeat beat;
        beat.slot = lane;
        beat.record = input_.record(input_.block.num, channel);
        const Record quotient = input_.record(input_.block.out, channel);
        beat.quotient_mult = quotient.mult;
        beat.quotient_shift = quotient.shift;
        beat.quotient_zero = quotient.zero;
        set.push_back(beat);
      }
    }
    return pack(std::move(of_copies));
  }

 private:
  /// Where a packet stands.
  struct Position {
    int64_t head_round, token_round;
    int group;  ///< of value channels; -1: divisors
    bool first_of_set;
  };
  [[nodiscard]] Position position(int64_t index) const {
    const int64_t in_heads = index % of_heads_;
    const int64_t chunk = in_heads / (int64_t{p_.divisor_depth} * (1 + groups_));
    const int64_t first = chunk * p_.divisor_depth;
    const int64_t count = std::min<int64_t>(p_.divisor_depth, token_rounds_ - first);
    const int64_t in_chunk = in_heads - first * (1 + groups_);
    return {index / of_heads_, first + in_chunk % count, static_cast<int>(in_chunk / count) - 1,
            in_chunk % count == 0};
  }
  /// Counted from the command's first.
  [[nodiscard]] std::optional<int64_t> head(const Position& at, int copy) const {
    const int64_t h = at.head_round * command_.copies_channels + channel_copy(copy);
    return h < command_.c1 - command_.c0 ? std::optional(h) : std::nullopt;
  }
  [[nodiscard]] std::optional<int64_t> token(const Position& at, int copy) const {
    const int64_t n = at.token_round * command_.copies_pixels + pixel_copy(copy);
    return n < tokens_ ? std::optional(n) : std::nullopt;
  }

  void load() {
    const auto operand = [&](int64_t value, const char* name) {
      require_operand(value, name);
      return static_cast<int16_t>(value);
    };
    for (int h = command_.c0; h < command_.c1; ++h) {
      for (int y = command_.y0; y < command_.y1; ++y) {
        for (int x = 0; x < command_.width; ++x) {
          for (int i = 0; i < dim_; ++i) {
            queries_.push_back(
                operand(input_.get({command_.q_part, command_.q_relu}, h, i, y, x), "a centred query"));
          }
        }
      }
      for (int j = 0; j < dim_; ++j) {
        for (int i = 0; i < dim_; ++i) {
          const int channel = h * dim_ + i;
          context_.push_back(
              operand(input_.scratch(command_.kv, int64_t{channel} * dim_ + j, command_.kv_format) -
                          input_.record(input_.block.kv, channel).zero,
                      "a centred code of the context"));
        }
      }
      for (int i = 0; i < dim_; ++i) {
        const int channel = h * dim_ + i;
        row_sums_.push_back(operand(input_.scratch(command_.ksum, channel, command_.ksum_format) -
                                        input_.record(input_.block.ksum, channel).zero,
                                    "a centred row sum"));
      }
    }
  }

  [[nodiscard]] Place place(int64_t index, int copy, int lane, int) const override {
    const Position at = position(index);
    const auto n = static_cast<int>(*token(at, copy));
    const int h = command_.c0 + static_cast<int>(*head(at, copy));
    return out_place(h * dim_ + at.group * p_.lanes + lane, command_.y0 + n / command_.width,
                     n % command_.width);
  }

  AttentionInput input_;
  int dim_, groups_ = 1;
  int64_t tokens_ = 0, token_rounds_ = 0;  ///< a round: a token a copy
  int64_t of_heads_ = 0;                   ///< packets of the heads that are done together
  std::vector<int16_t> queries_;           ///< head, token, channel
  std::vector<int16_t> context_;           ///< head, value channel, key channel
  std::vector<int16_t> row_sums_;          ///< head, key channel
};

}  // namespace

std::unique_ptr<OperandFetch> make_attend_fetch(const RtlParameters& parameters, const Command& command,
                                                const BufferViews& buffers, const std::string& what) {
  return std::make_unique<AttendFetch>(parameters, command, buffers, what);
}

}  // namespace tridex::arch

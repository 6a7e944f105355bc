// k^T v: a packet a column (head, key channel, group of value channels), columns go round all copies; inputs
// are tokens.
#include <algorithm>
#include <optional>

#include "arch/cosim/attention_input.h"
#include "arch/cosim/fetch_kinds.h"
#include "base/ceil_div.h"

namespace tridex::arch {
namespace {

class ContextFetch : public OperandFetch {
 public:
  ContextFetch(const RtlParameters& parameters, const Command& command, const BufferViews& buffers,
               const std::string& what)
      : OperandFetch(parameters, command, buffers, what), input_(command, buffers), dim_(command.head_dim) {
    groups_ = static_cast<int>(ceil_div(dim_, p_.lanes));
    tokens_ = int64_t{command.y1 - command.y0} * command.in_width;
    columns_ = int64_t{command.c1 - command.c0} * dim_ * groups_;
    packets_ = ceil_div(columns_, used_copies());
    beats_ = static_cast<int>(ceil_div(tokens_, p_.inputs));
    load(keys_, {command.k_part, command.k_relu});
    load(values_, {command.v_part, command.v_relu});
    // Columns of a key channel, and all of a head where its scales are the head's, have the same constants,
    // but for running sums.
    for (int64_t index = 0; index < packets_; ++index) {
      new_set_.push_back(index == 0 || command.first == 0 || !same_constants(index - 1, index));
    }
  }

  [[nodiscard]] Packet packet(int64_t index) const override {
    Packet packet;
    packet.last = index + 1 == packets_;
    packet.new_set = new_set_[static_cast<size_t>(index)];
    packet.results.resize(static_cast<size_t>(p_.copies) * p_.lanes);
    for (int copy = 0; copy < used_copies(); ++copy) {
      const auto at = column(index, copy);
      for (int lane = 0; at && lane < p_.lanes && at->value + lane < dim_; ++lane) {
        packet.results[static_cast<size_t>(copy) * p_.lanes + lane] = 1;
      }
      packet.row_sum = packet.row_sum || (at && at->value == 0);
    }
    return packet;
  }

  void operands(int64_t index, int beat, std::span<int16_t> narrow, std::span<int16_t> wide) override {
    std::fill(narrow.begin(), narrow.end(), int16_t{0});
    std::fill(wide.begin(), wide.end(), int16_t{0});
    const int64_t token = int64_t{beat} * p_.inputs;
    const auto count = std::min<int64_t>(p_.inputs, tokens_ - token);
    for (int copy = 0; copy < used_copies(); ++copy) {
      const auto at = column(index, copy);
      if (!at) {
        break;
      }
      std::copy_n(row(keys_, at->head, at->key) + token, count, narrow.begin() + int64_t{copy} * p_.inputs);
      for (int lane = 0; lane < p_.lanes && at->value + lane < dim_; ++lane) {
        std::copy_n(row(values_, at->head, at->value + lane) + token, count,
                    wide.begin() + (int64_t{copy} * p_.lanes + lane) * p_.inputs);
      }
    }
  }

  [[nodiscard]] std::vector<RecordBeat> records(int64_t index) const override {
    std::vector<std::vector<RecordBeat>> of_copies(static_cast<size_t>(used_copies()));
    for (int copy = 0; copy < used_copies(); ++copy) {
      const auto at = column(index, copy);
      if (!at) {
        break;
      }
      const auto add = [&](int slot, int64_t block, int j) {
        RecordBeat beat;
        beat.slot = slot;
        beat.record = input_.record(block, at->head * dim_ + at->key);
        beat.record.bias = command_.first != 0 ? 0 : input_.running_sum(sum_address(*at, j));
        of_copies[static_cast<size_t>(copy)].push_back(beat);
      };
      for (int lane = 0; lane < p_.lanes && at->value + lane < dim_; ++lane) {
        add(lane, input_.block.kv, at->value + lane);
      }
      add(p_.lanes, input_.block.ksum, dim_);
    }
    return pack(std::move(of_copies));
  }

 private:
  struct Column {
    int head, key, value;  ///< value: the first value channel
  };
  [[nodiscard]] std::optional<Column> column(int64_t index, int copy) const {
    const int64_t number = index * used_copies() + copy;
    if (copy >= used_copies() || number >= columns_) {
      return std::nullopt;
    }
    const int64_t key = number / groups_;
    return Column{command_.c0 + static_cast<int>(key / dim_), static_cast<int>(key % dim_),
                  static_cast<int>(number % groups_) * p_.lanes};
  }
  [[nodiscard]] bool same_constants(int64_t a, int64_t b) const {
    for (int copy = 0; copy < used_copies(); ++copy) {
      const auto before = column(a, copy);
      const auto after = column(b, copy);
      if (!after) {
        break;  // it needs none
      }
      for (const int64_t block : {input_.block.kv, input_.block.ksum}) {
        RecordBeat one;
        RecordBeat other;
        one.record = input_.record(block, before->head * dim_ + before->key);
        other.record = input_.record(block, after->head * dim_ + after->key);
        if (one.encode() != other.encode()) {
          return false;
        }
      }
    }
    return true;
  }
  [[nodiscard]] std::vector<int16_t>::const_iterator row(const std::vector<int16_t>& operand, int head,
                                                         int channel) const {
    return operand.begin() + (int64_t{head - command_.c0} * dim_ + channel) * tokens_;
  }
  void load(std::vector<int16_t>& operand, const AttentionInput::View& view) {
    for (int h = command_.c0; h < command_.c1; ++h) {
      for (int i = 0; i < dim_; ++i) {
        for (int y = command_.y0; y < command_.y1; ++y) {
          for (int x = 0; x < command_.in_width; ++x) {
            const int64_t value = input_.get(view, h, i, y, x);
            require_operand(value, "a centred key or value");
            operand.push_back(static_cast<int16_t>(value));
          }
        }
      }
    }
  }
  /// Of the running sum of a key channel and value channel j; j = dim_: the row sum.
  [[nodiscard]] int64_t sum_address(const Column& at, int j) const {
    return command_.sums + ((int64_t{at.head} * dim_ + at.key) * (dim_ + 1) + j) * 8;
  }

  [[nodiscard]] Place place(int64_t index, int copy, int lane, int) const override {
    return result_place(*column(index, copy), column(index, copy)->value + lane);
  }
  [[nodiscard]] Place row_sum_place(int64_t index, int copy) const override {
    const auto at = column(index, copy);
    return at && at->value == 0 ? result_place(*at, dim_) : Place{};
  }
  [[nodiscard]] Place result_place(const Column& at, int j) const {
    const int channel = at.head * dim_ + at.key;
    if (command_.last == 0) {
      return {true, kOutputBuffer, sum_address(at, j), 8, true, Place::Tensor::kSums, channel, 0, j};
    }
    const bool is_row_sum = j == dim_;
    TileRef ref;
    ref.format = is_row_sum ? command_.ksum_format : command_.kv_format;
    const int64_t number = is_row_sum ? channel : int64_t{channel} * dim_ + j;
    return {true,
            kOutputBuffer,
            (is_row_sum ? command_.ksum : command_.kv) + number * ref.bytes(),
            ref.bytes(),
            ref.is_signed(),
            is_row_sum ? Place::Tensor::kKsum : Place::Tensor::kKv,
            channel,
            0,
            is_row_sum ? 0 : j};
  }

  AttentionInput input_;
  int dim_, groups_ = 1;
  int64_t tokens_ = 0, columns_ = 0;
  std::vector<bool> new_set_;           ///< per packet
  std::vector<int16_t> keys_, values_;  ///< per channel of the heads, a row of tokens
};

}  // namespace

std::unique_ptr<OperandFetch> make_context_fetch(const RtlParameters& parameters, const Command& command,
                                                 const BufferViews& buffers, const std::string& what) {
  return std::make_unique<ContextFetch>(parameters, command, buffers, what);
}

}  // namespace tridex::arch

// Convolutions, grouped ones and MAT's depthwise ones among them: lanes are output channels, inputs are input
// channels that all lanes share. Groups that are small enough lie on the diagonal, with zeros around.
#include <algorithm>
#include <optional>
#include <stdexcept>

#include "arch/cosim/conv_input.h"
#include "arch/cosim/fetch_kinds.h"
#include "arch/mapping/engine_timing.h"
#include "base/ceil_div.h"

namespace tridex::arch {
namespace {

class DenseFetch : public OperandFetch {
 public:
  DenseFetch(const RtlParameters& parameters, const Command& command, const BufferViews& buffers,
             const std::string& what)
      : OperandFetch(parameters, command, buffers, what), input_(command, buffers) {
    const int outputs = command.c1 - command.c0;
    group_ = std::min(command.group_outputs, outputs);
    groups_ = static_cast<int>(ceil_div(outputs, group_));
    if (groups_ > 1 && (command.c0 % command.group_outputs != 0 || outputs % command.group_outputs != 0)) {
      throw std::logic_error("a command has a part of a group beside whole ones");
    }
    Engine engine;
    engine.lanes = p_.lanes;
    engine.inputs = p_.inputs;
    at_once_ = static_cast<int>(groups_at_once(engine, command.in_channels, command.group_outputs));
    lane_groups_ = static_cast<int>(ceil_div(group_, p_.lanes));
    const int64_t passes = ceil_div(groups_, at_once_) * lane_groups_;
    pixels_ = int64_t{command.y1 - command.y0} * command.width;
    pixel_rounds_ = ceil_div(pixels_, command.copies_pixels);
    packets_ = ceil_div(passes, command.copies_channels) * pixel_rounds_;
    kernel_ = command.kernel_h * command.kernel_w;
    beats_ = static_cast<int>(ceil_div(command.in_channels, p_.inputs)) * kernel_;
  }

  [[nodiscard]] Packet packet(int64_t index) const override {
    Packet packet;
    packet.last = index + 1 == packets_;
    packet.new_set = index % pixel_rounds_ == 0;
    packet.results.resize(static_cast<size_t>(p_.copies) * p_.lanes);
    for (int copy = 0; copy < used_copies(); ++copy) {
      if (pixel(index, copy) < pixels_) {
        for (int lane = 0; lane < p_.lanes; ++lane) {
          packet.results[static_cast<size_t>(copy) * p_.lanes + lane] =
              output(pass(index, copy), lane) ? 1 : 0;
        }
      }
    }
    return packet;
  }

  void operands(int64_t index, int beat, std::span<int16_t> narrow, std::span<int16_t> wide) override {
    const int64_t round = index / pixel_rounds_;
    if (round != loaded_round_) {
      load_weights(round);
    }
    std::copy_n(weights_.begin() + static_cast<int64_t>(wide.size()) * beat, wide.size(), wide.begin());
    const int input_group = beat / kernel_;
    const int ky = beat % kernel_ / command_.kernel_w;
    const int kx = beat % command_.kernel_w;
    std::fill(narrow.begin(), narrow.end(), int16_t{0});
    for (int copy = 0; copy < used_copies(); ++copy) {
      const int64_t at = pixel(index, copy);
      if (at >= pixels_) {
        continue;
      }
      const int y = command_.y0 + static_cast<int>(at / command_.width);
      const int x = static_cast<int>(at % command_.width);
      for (int i = 0; i < p_.inputs; ++i) {
        if (const auto channel = input(pass(index, copy), input_group, i)) {
          const int32_t code =
              input_.code(channel->group * command_.in_channels + channel->number, y, x, ky, kx);
          require_operand(code, "an activation or padding code");
          narrow[static_cast<size_t>(copy) * p_.inputs + i] = static_cast<int16_t>(code);
        }
      }
    }
  }

  [[nodiscard]] std::vector<RecordBeat> records(int64_t index) const override {
    std::vector<std::vector<RecordBeat>> of_copies(static_cast<size_t>(used_copies()));
    for (int copy = 0; copy < used_copies(); ++copy) {
      for (int lane = 0; lane < p_.lanes; ++lane) {
        if (const auto channel = output(pass(index, copy), lane)) {
          RecordBeat beat;
          beat.slot = lane;
          beat.record = input_.record(*channel);
          of_copies[static_cast<size_t>(copy)].push_back(beat);
        }
      }
    }
    return pack(std::move(of_copies));
  }

 private:
  struct InputChannel {
    int group, number;
  };
  [[nodiscard]] int64_t pass(int64_t index, int copy) const {
    return index / pixel_rounds_ * command_.copies_channels + channel_copy(copy);
  }
  [[nodiscard]] int64_t pixel(int64_t index, int copy) const {
    return index % pixel_rounds_ * command_.copies_pixels + pixel_copy(copy);
  }
  /// Which of the command's groups has a lane or an input, which of `of_each` there; `block`: of lanes.
  [[nodiscard]] std::optional<InputChannel> place_on_diagonal(int64_t pass, int slot, int of_each, int block,
                                                              int size) const {
    const int64_t first = pass / lane_groups_ * at_once_;
    const int64_t group = at_once_ > 1 ? first + slot / of_each : first;
    const int number = at_once_ > 1 ? slot % of_each : block * size + slot;
    if (group >= std::min<int64_t>(groups_, first + at_once_) || number >= of_each) {
      return std::nullopt;
    }
    return InputChannel{static_cast<int>(group), number};
  }
  [[nodiscard]] std::optional<int> output(int64_t pass, int lane) const {
    const auto at = place_on_diagonal(pass, lane, group_, static_cast<int>(pass % lane_groups_), p_.lanes);
    return at ? std::optional(command_.c0 + at->group * group_ + at->number) : std::nullopt;
  }
  /// The input channel at an input, its group counted from the tensor's first.
  [[nodiscard]] std::optional<InputChannel> input(int64_t pass, int input_group, int slot) const {
    auto at = place_on_diagonal(pass, slot, command_.in_channels, input_group, p_.inputs);
    if (at) {
      at->group = (command_.c0 + at->group * group_) / command_.group_outputs;
    }
    return at;
  }

  /// The wide beats of a round of passes: they are the same for all its pixels.
  void load_weights(int64_t round) {
    const size_t size = static_cast<size_t>(p_.copies) * p_.lanes * p_.inputs;
    weights_.assign(size * beats_, 0);
    std::vector<int16_t> row;
    for (int copy = 0; copy < used_copies(); ++copy) {
      const int64_t pass = round * command_.copies_channels + channel_copy(copy);
      for (int lane = 0; lane < p_.lanes; ++lane) {
        const auto channel = output(pass, lane);
        if (!channel) {
          continue;
        }
        input_.weights(*channel, row);
        std::for_each(row.begin(), row.end(), [&](int16_t weight) { require_operand(weight, "a weight"); });
        for (int beat = 0; beat < beats_; ++beat) {
          for (int i = 0; i < p_.inputs; ++i) {
            const auto from = input(pass, beat / kernel_, i);
            if (from && from->group == *channel / command_.group_outputs) {
              weights_[size * beat + (static_cast<size_t>(copy) * p_.lanes + lane) * p_.inputs + i] =
                  row[static_cast<size_t>(from->number) * kernel_ + beat % kernel_];
            }
          }
        }
      }
    }
    loaded_round_ = round;
  }

  [[nodiscard]] Place place(int64_t index, int copy, int lane, int) const override {
    const int64_t at = pixel(index, copy);
    return out_place(output(pass(index, copy), lane).value(),
                     command_.y0 + static_cast<int>(at / command_.width),
                     static_cast<int>(at % command_.width));
  }

  ConvInput input_;
  int group_ = 0, groups_ = 0;  ///< output channels of a group in this command, and their number
  int at_once_ = 1, lane_groups_ = 1, kernel_ = 1;
  int64_t pixels_ = 0, pixel_rounds_ = 0;
  int64_t loaded_round_ = -1;
  std::vector<int16_t> weights_;
};

}  // namespace

std::unique_ptr<OperandFetch> make_dense_fetch(const RtlParameters& parameters, const Command& command,
                                               const BufferViews& buffers, const std::string& what) {
  return std::make_unique<DenseFetch>(parameters, command, buffers, what);
}

}  // namespace tridex::arch

// R-MAC's depthwise mode: lanes are pixels, inputs are channels, and a weight is shared by the lanes.
#include <algorithm>

#include "arch/cosim/conv_input.h"
#include "arch/cosim/fetch_kinds.h"
#include "base/ceil_div.h"

namespace tridex::arch {
namespace {

class DepthwiseFetch : public OperandFetch {
 public:
  DepthwiseFetch(const RtlParameters& parameters, const Command& command, const BufferViews& buffers,
                 const std::string& what)
      : OperandFetch(parameters, command, buffers, what), input_(command, buffers) {
    const int64_t passes = ceil_div(command.c1 - command.c0, p_.inputs);
    pixels_ = int64_t{command.y1 - command.y0} * command.width;
    pixel_rounds_ = ceil_div(ceil_div(pixels_, p_.lanes), command.copies_pixels);
    packets_ = ceil_div(passes, command.copies_channels) * pixel_rounds_;
    beats_ = command.kernel_h * command.kernel_w;
  }

  [[nodiscard]] Packet packet(int64_t index) const override {
    Packet packet;
    packet.last = index + 1 == packets_;
    packet.new_set = index % pixel_rounds_ == 0;
    packet.results.resize(static_cast<size_t>(p_.copies) * p_.lanes);
    for (int copy = 0; copy < used_copies(); ++copy) {
      for (int lane = 0; lane < p_.lanes; ++lane) {
        packet.results[static_cast<size_t>(copy) * p_.lanes + lane] =
            channel(index, copy, 0) < command_.c1 && pixel(index, copy, lane) < pixels_ ? 1 : 0;
      }
    }
    return packet;
  }

  void operands(int64_t index, int beat, std::span<int16_t> narrow, std::span<int16_t> wide) override {
    std::fill(narrow.begin(), narrow.end(), int16_t{0});
    std::fill(wide.begin(), wide.end(), int16_t{0});
    if (index / pixel_rounds_ != loaded_round_) {
      load_weights(index);
    }
    const int ky = beat / command_.kernel_w;
    const int kx = beat % command_.kernel_w;
    for (int copy = 0; copy < used_copies(); ++copy) {
      for (int i = 0; i < p_.inputs && channel(index, copy, i) < command_.c1; ++i) {
        const size_t input = static_cast<size_t>(copy) * p_.inputs + i;
        narrow[input] = weights_[input * beats_ + beat];
        for (int lane = 0; lane < p_.lanes; ++lane) {
          const int64_t at = pixel(index, copy, lane);
          if (at >= pixels_) {
            break;
          }
          const int32_t code =
              input_.code(channel(index, copy, i), command_.y0 + static_cast<int>(at / command_.width),
                          static_cast<int>(at % command_.width), ky, kx);
          require_operand(code, "an activation or padding code");
          wide[(static_cast<size_t>(copy) * p_.lanes + lane) * p_.inputs + i] = static_cast<int16_t>(code);
        }
      }
    }
  }

  [[nodiscard]] std::vector<RecordBeat> records(int64_t index) const override {
    std::vector<std::vector<RecordBeat>> of_copies(static_cast<size_t>(used_copies()));
    for (int copy = 0; copy < used_copies(); ++copy) {
      for (int i = 0; i < p_.inputs && channel(index, copy, i) < command_.c1; ++i) {
        RecordBeat beat;
        beat.slot = i;
        beat.record = input_.record(channel(index, copy, i));
        of_copies[static_cast<size_t>(copy)].push_back(beat);
      }
    }
    return pack(std::move(of_copies));
  }

 private:
  [[nodiscard]] bool results_are_channels() const override { return true; }
  /// May be beyond the command's.
  [[nodiscard]] int channel(int64_t index, int copy, int input) const {
    const int64_t pass = index / pixel_rounds_ * command_.copies_channels + channel_copy(copy);
    return command_.c0 + static_cast<int>(pass) * p_.inputs + input;
  }
  [[nodiscard]] int64_t pixel(int64_t index, int copy, int lane) const {
    return (index % pixel_rounds_ * command_.copies_pixels + pixel_copy(copy)) * p_.lanes + lane;
  }

  void load_weights(int64_t index) {
    weights_.assign(static_cast<size_t>(p_.copies) * p_.inputs * beats_, 0);
    std::vector<int16_t> row;
    for (int copy = 0; copy < used_copies(); ++copy) {
      for (int i = 0; i < p_.inputs && channel(index, copy, i) < command_.c1; ++i) {
        input_.weights(channel(index, copy, i), row);
        std::for_each(row.begin(), row.end(), [&](int16_t weight) { require_operand(weight, "a weight"); });
        std::copy(row.begin(), row.end(), weights_.begin() + (int64_t{copy} * p_.inputs + i) * beats_);
      }
    }
    loaded_round_ = index / pixel_rounds_;
  }

  [[nodiscard]] Place place(int64_t index, int copy, int lane, int input) const override {
    const int c = channel(index, copy, input);
    const int64_t at = pixel(index, copy, lane);
    return c < command_.c1 ? out_place(c, command_.y0 + static_cast<int>(at / command_.width),
                                       static_cast<int>(at % command_.width))
                           : Place{};
  }

  ConvInput input_;
  int64_t pixels_ = 0, pixel_rounds_ = 0;
  int64_t loaded_round_ = -1;
  std::vector<int16_t> weights_;  ///< per copy, input and beat
};

}  // namespace

std::unique_ptr<OperandFetch> make_depthwise_fetch(const RtlParameters& parameters, const Command& command,
                                                   const BufferViews& buffers, const std::string& what) {
  return std::make_unique<DepthwiseFetch>(parameters, command, buffers, what);
}

}  // namespace tridex::arch

#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "arch/cosim/record_beat.h"
#include "arch/cosim/rtl_parameters.h"
#include "arch/mapping/command.h"
#include "arch/pe/buffer_view.h"

namespace tridex::arch {

/// What TUSER of a packet's last narrow beat says.
struct Packet {
  bool last = false;             ///< of the command
  bool new_set = false;          ///< takes the next set of records
  bool divisors = false;         ///< attend: its results stay in the engine
  bool row_sum = false;          ///< context: one more result, behind the lanes'
  std::vector<uint8_t> results;  ///< per copy and lane: whether it has a result
};

/// Where a result belongs: bytes of a buffer, and the element of its tensor (context: kv and the row sums are
/// (channel, 0, column) and (channel, 0, 0), as their tensors have it).
struct Place {
  bool wanted = false;  ///< false: the result is dropped
  int32_t buffer = 0;
  int64_t address = 0;
  int bytes = 1;
  bool is_signed = false;
  enum class Tensor { kOut, kKv, kKsum, kSums } tensor = Tensor::kOut;
  int c = 0, y = 0, x = 0;
};

/// A cycle of the result stream: per copy and post-processing lane whether there is a result, and its place.
struct ResultBeat {
  struct Slot {
    bool kept = false;
    Place place;
  };
  std::vector<Slot> slots;
};

/// The operand fetch of an engine in RTL: what passes its streams for one command, in the order of
/// arch/rtl/README.md, made beat by beat from the bytes in the buffers, which must stay as they are meanwhile
/// (running sums of a context are read when their set of records is made). Packets are known by their number,
/// so each stream may be at a place of its own.
///
/// Beats of all packets together are compute_cycles() of the command.
class OperandFetch {
 public:
  virtual ~OperandFetch() = default;

  [[nodiscard]] int64_t packets() const { return packets_; }
  [[nodiscard]] int beats() const { return beats_; }  ///< of each packet
  [[nodiscard]] bool has_shortcut() const { return command_.has_shortcut != 0; }

  [[nodiscard]] virtual Packet packet(int64_t index) const = 0;
  /// Operands of one beat: narrow has copies x inputs, wide copies x lanes x inputs. Error: one that does not
  /// fit operand_bits.
  virtual void operands(int64_t packet, int beat, std::span<int16_t> narrow, std::span<int16_t> wide) = 0;
  /// The set of records that a packet with new_set takes.
  [[nodiscard]] virtual std::vector<RecordBeat> records(int64_t packet) const = 0;
  /// The cycles of a packet's results, in their order; none for divisors.
  [[nodiscard]] std::vector<ResultBeat> results(int64_t packet) const;
  /// Codes of the shortcut for such a cycle, copies x post_lanes, the low 16 bits (the format says whether
  /// they have a sign); 0 where there is no result.
  void shortcut(const ResultBeat& beat, std::span<int16_t> codes) const;

 protected:
  OperandFetch(const RtlParameters& parameters, const Command& command, const BufferViews& buffers,
               std::string what);
  /// Of a lane's result; depthwise: of a lane's channel.
  [[nodiscard]] virtual Place place(int64_t packet, int copy, int lane, int channel) const = 0;
  [[nodiscard]] virtual Place row_sum_place(int64_t packet, int copy) const;
  /// Whether results of a lane are channels, INPUTS of them.
  [[nodiscard]] virtual bool results_are_channels() const { return false; }

  /// A place of the output tile.
  [[nodiscard]] Place out_place(int c, int y, int x) const;
  void require_operand(int64_t value, const char* operand) const;
  /// A set of records, given by copy (with their slots, the row sum's last), in fewer beats: one for all
  /// copies where they are the same, and one for all lanes.
  [[nodiscard]] std::vector<RecordBeat> pack(std::vector<std::vector<RecordBeat>> of_copies) const;

  [[nodiscard]] int channel_copy(int copy) const { return copy / command_.copies_pixels; }
  [[nodiscard]] int pixel_copy(int copy) const { return copy % command_.copies_pixels; }
  [[nodiscard]] int used_copies() const { return command_.copies_pixels * command_.copies_channels; }

  RtlParameters p_;
  Command command_;
  BufferViews buffers_;
  std::string what_;  ///< for messages: layer and tile
  int64_t packets_ = 0;
  int beats_ = 0;
};

/// Error: what the RTL of the engines does not do, whatever the operands are, with the reason.
void require_in_rtl(const RtlParameters& parameters, const Command& command, const std::string& what);

/// `what`: how messages call the command ("layer stem, tile 3"). Error: what RTL does not do, with the
/// reason.
std::unique_ptr<OperandFetch> make_operand_fetch(const RtlParameters& parameters, const Command& command,
                                                 const BufferViews& buffers, const std::string& what);

}  // namespace tridex::arch

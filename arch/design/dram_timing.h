#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/yaml.h"

namespace tridex::arch {

/// A piece of a line's address: `bits` bits of a field, kRest for those that no other piece of it takes.
struct AddressPiece {
  enum class Field { kRow, kBank, kColumn, kGroup };
  static constexpr int kRest = -1;
  Field field = Field::kRow;
  int bits = kRest;
};

/// How a channel's controller orders its lines (what each does: arch/dram/channel_model.h, fr_fcfs_channel.h).
struct DramController {
  enum class Kind { kFcfs, kFrFcfs } kind = Kind::kFrFcfs;
  // Of fr_fcfs only; queues and watermarks in lines, 0: derived from the queues.
  enum class Page { kOpen, kClosed } page = Page::kOpen;
  int read_queue = 32, write_queue = 32;
  int write_high = 0;  ///< writes are drained when so many are queued; 0: a full queue
  int write_low = 0;   ///< and until fewer are left; 0: a quarter of the queue, at most write_high
  int max_wait = 0;  ///< clocks in a queue after which a line goes first; 0: (read_queue + write_queue) * tRC
};

/// Timings of one DRAM channel in its own clocks (configs/memories/*.yaml; JEDEC names).
struct DramTiming {
  std::string name;
  double tck_ns = 0.833;  ///< of the command clock
  int bus_bits = 64;      ///< data bus of the channel
  int burst_length = 8;   ///< beats; a line is bus_bits / 8 * burst_length bytes
  int beats_per_clock = 2;
  int bank_groups = 4, banks_per_group = 4, rows = 65536;
  int row_bytes = 8192;  ///< of one bank over the whole channel
  int cl = 17, cwl = 12, trcd = 17, trp = 17, tras = 39, trc = 56;
  int tccd_s = 4, tccd_l = 6, trrd_s = 4, trrd_l = 6, tfaw = 26;
  int twr = 18, twtr_s = 3, twtr_l = 9, trtp = 9, trfc = 421, trefi = 9363;
  bool refresh = true;
  bool ideal = false;  ///< a transfer takes no time, at the ports neither: bounds of what is not memory
  int channels = 1;
  int interleave_bytes = 4096;  ///< consecutive blocks of this size go round the channels
  /// A line's address, most significant piece first. As it is, consecutive lines go round the bank groups.
  std::vector<AddressPiece> mapping{{AddressPiece::Field::kRow},
                                    {AddressPiece::Field::kBank},
                                    {AddressPiece::Field::kColumn},
                                    {AddressPiece::Field::kGroup}};
  DramController controller;

  [[nodiscard]] int line_bytes() const { return bus_bits / 8 * burst_length; }
  [[nodiscard]] int burst_clocks() const { return burst_length / beats_per_clock; }
  [[nodiscard]] int64_t capacity_bytes() const {
    return int64_t{row_bytes} * rows * bank_groups * banks_per_group * channels;
  }
  /// Bytes a second of all channels together.
  [[nodiscard]] double peak_bandwidth() const {
    return channels * line_bytes() / (burst_clocks() * tck_ns * 1e-9);
  }
};

/// The keys of a memory file, or of a design's own `memory:` map, whose keys replace those of the file.
/// Errors: file:line: key.
void read_timing(const Yaml& yaml, DramTiming& timing);

/// "row:16 bank:2 column:7 group:2": the whole mapping, with every bit counted; for hashes and messages.
/// std::logic_error where mapping_fault() is not empty.
std::string mapping_text(const DramTiming& timing);
/// Which bits `mapping` leaves out or takes twice, and what to write instead; empty where it takes each once.
std::string mapping_fault(const DramTiming& timing);

/// The mapping with every bit counted, for a timing without a mapping_fault(), else std::logic_error.
std::vector<AddressPiece> counted_mapping(const DramTiming& timing);

}  // namespace tridex::arch

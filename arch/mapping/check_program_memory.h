#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "arch/mapping/program.h"

namespace tridex::arch::checking {

/// What a run of bytes holds: bytes from `at` on of something that is numbered by itself, wherever it lies.
struct Content {
  enum class Kind : uint8_t {
    kNothing,
    kTensor,     ///< a node's tensor as RowLayout has it: rows, channel blocks, pixels, channels
    kConstants,  ///< a node's constants (check_program_layout.h)
    kKv,         ///< requantized k^T v of a division's branch: heads, rows, columns
    kKsum,       ///< its requantized sums of k
    kSums        ///< its running sums over the rows before `step`: heads, rows, columns, 8 bytes each
  };
  Kind kind = Kind::kNothing;
  int node = -1;
  int frame = -1;  ///< -1: the same in every frame
  int step = 0;
  int64_t at = 0;

  /// The same thing, `bytes` further on.
  [[nodiscard]] Content from(int64_t bytes) const {
    Content next = *this;
    next.at += bytes;
    return next;
  }
  bool operator==(const Content&) const = default;
};

/// Bytes [begin, end) of a memory, and what they hold, should hold or will hold.
struct Piece {
  int memory = 0;
  int64_t begin = 0, end = 0;
  Content content;
};

/// Pieces in a row; what follows its predecessor in memory and in content becomes one with it.
class Pieces {
 public:
  void add(int memory, int64_t begin, int64_t bytes, const Content& content);
  [[nodiscard]] auto begin() const { return pieces_.begin(); }
  [[nodiscard]] auto end() const { return pieces_.end(); }

 private:
  std::vector<Piece> pieces_;
};

/// The bytes of a buffer or of the DRAM as runs of one content, with who wrote and who read them.
class Memory {
 public:
  struct Segment {
    int64_t end = 0;
    Content content;
    uint32_t writer = kNoInstruction;         ///< kNoInstruction: there before the program starts
    std::array<uint32_t, kMaxUnits> readers;  ///< the last of each unit, kNoInstruction: none
    Segment() { readers.fill(kNoInstruction); }
  };

  /// Calls see(begin, end, segment) for the segments of [begin, end) in order; nullptr where nothing was
  /// written.
  template <typename See>
  void visit(int64_t begin, int64_t end, See&& see) {
    cut(begin);
    cut(end);
    int64_t at = begin;
    for (auto segment = segments_.lower_bound(begin); segment != segments_.end() && segment->first < end;
         ++segment) {
      if (at < segment->first) {
        see(at, segment->first, static_cast<Segment*>(nullptr));
      }
      see(segment->first, segment->second.end, &segment->second);
      at = segment->second.end;
    }
    if (at < end) {
      see(at, end, static_cast<Segment*>(nullptr));
    }
  }
  void write(int64_t begin, int64_t end, const Content& content, uint32_t writer);

 private:
  void cut(int64_t at);
  std::map<int64_t, Segment> segments_;  ///< by their first byte, not overlapping
};

}  // namespace tridex::arch::checking

#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "arch/design/dram_timing.h"

namespace tridex::arch {

/// Where a line lies in its channel; `column` counts lines in the row.
struct LinePlace {
  int row = 0, bank = 0, group = 0, column = 0;
};

/// DramTiming::mapping, ready to be used: each line below lines() has a place of its own.
class AddressMap {
 public:
  explicit AddressMap(const DramTiming& timing)
      : lines_(int64_t{timing.rows} * timing.bank_groups * timing.banks_per_group *
               (timing.row_bytes / timing.line_bytes())),
        groups_(timing.bank_groups),
        columns_(timing.row_bytes / timing.line_bytes()) {
    const std::vector<AddressPiece> pieces = counted_mapping(timing);
    std::array<int, 4> done{};
    for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
      const auto field = static_cast<size_t>(piece->field);
      if (piece->bits > 0) {
        pieces_.push_back({field, piece->bits, done[field]});
        done[field] += piece->bits;
      }
    }
    size_t at = 0;
    for (const AddressPiece::Field field : {AddressPiece::Field::kGroup, AddressPiece::Field::kColumn}) {
      const int bits = done[static_cast<size_t>(field)];
      if (bits > 0) {
        const Piece lowest = pieces_.at(at++);
        goes_round_ = goes_round_ && lowest.field == static_cast<size_t>(field) && lowest.bits == bits;
      }
    }
  }

  [[nodiscard]] LinePlace place(int64_t line) const {
    std::array<int64_t, 4> fields{};
    for (const Piece& piece : pieces_) {
      fields[piece.field] |= (line & ((int64_t{1} << piece.bits) - 1)) << piece.shift;
      line >>= piece.bits;
    }
    const auto field = [&](AddressPiece::Field f) {
      return static_cast<int>(fields[static_cast<size_t>(f)]);
    };
    return {field(AddressPiece::Field::kRow), field(AddressPiece::Field::kBank),
            field(AddressPiece::Field::kGroup), field(AddressPiece::Field::kColumn)};
  }

  /// The place of `line`, given that of the line before it: cheap along a row.
  [[nodiscard]] LinePlace place_after(LinePlace before, int64_t line) const {
    if (!goes_round_) {
      return place(line);
    }
    if (++before.group < groups_) {
      return before;
    }
    before.group = 0;
    return ++before.column < columns_ ? before : place(line);
  }

  /// Consecutive lines from `place` on that stay in its row and its bank's neighbours' in the other groups,
  /// where goes_round_groups().
  [[nodiscard]] int64_t lines_in_rows_from(const LinePlace& place) const {
    return int64_t{columns_ - place.column} * groups_ - place.group;
  }

  [[nodiscard]] int64_t lines() const { return lines_; }
  /// Consecutive lines go round the groups, then along their rows: `group` lowest, `column` next.
  [[nodiscard]] bool goes_round_groups() const { return goes_round_; }

 private:
  struct Piece {  // least significant first
    size_t field;
    int bits, shift;
  };
  int64_t lines_;
  int groups_, columns_;
  std::vector<Piece> pieces_;
  bool goes_round_ = true;
};

}  // namespace tridex::arch

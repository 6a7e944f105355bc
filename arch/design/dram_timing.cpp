#include "arch/design/dram_timing.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <tuple>

#include "arch/design/read_value.h"

namespace tridex::arch {
namespace {

using Field = AddressPiece::Field;

constexpr int64_t kMaxClocks = 100000;
constexpr int kMaxQueue = 1024;
constexpr int kFields = 4;
constexpr std::array<const char*, kFields> kFieldNames{"row", "bank", "column", "group"};

const char* name_of(Field field) {
  return kFieldNames[static_cast<size_t>(field)];
}

/// Bits of each field's number in a line's address.
std::array<int, kFields> field_bits(const DramTiming& t) {
  const auto bits = [](int count) {
    return static_cast<int>(std::bit_width(static_cast<unsigned>(count - 1)));
  };
  return {bits(t.rows), bits(t.banks_per_group), bits(t.row_bytes / t.line_bytes()), bits(t.bank_groups)};
}

/// "column:5" or "column".
AddressPiece read_piece(const Yaml& yaml, const std::string& word) {
  const size_t colon = word.find(':');
  const std::string name = word.substr(0, colon);
  AddressPiece piece;
  size_t field = 0;
  while (field < kFields && name != kFieldNames[field]) {
    ++field;
  }
  if (field == kFields) {
    yaml.fail(fmt::format("'{}' is no part of an address (known: row, bank, column, group)", name));
  }
  piece.field = static_cast<Field>(field);
  if (colon != std::string::npos) {
    const std::string digits = word.substr(colon + 1);
    if (digits.empty() || digits.size() > 2 || digits.find_first_not_of("0123456789") != std::string::npos) {
      yaml.fail(fmt::format("'{}': expected a number of bits, 0 to 99, after '{}:'", word, name));
    }
    piece.bits = std::stoi(digits);
  }
  return piece;
}

std::vector<AddressPiece> read_mapping(const Yaml& yaml) {
  std::vector<AddressPiece> pieces;
  if (yaml.is_list()) {
    for (const Yaml& item : yaml.items()) {
      pieces.push_back(read_piece(item, item.text()));
    }
  } else {
    std::istringstream words(yaml.text());
    for (std::string word; words >> word;) {
      pieces.push_back(read_piece(yaml, word));
    }
  }
  return pieces;
}

void read_controller(const Yaml& yaml, DramController& c) {
  using Kind = DramController::Kind;
  using Page = DramController::Page;
  c.kind = yaml.choice<Kind>("controller", c.kind, {{"fcfs", Kind::kFcfs}, {"fr_fcfs", Kind::kFrFcfs}});
  c.page = yaml.choice<Page>("page", c.page, {{"open", Page::kOpen}, {"closed", Page::kClosed}});
  c.read_queue = read_integer(yaml, "read_queue", c.read_queue, 1, kMaxQueue);
  c.write_queue = read_integer(yaml, "write_queue", c.write_queue, 1, kMaxQueue);
  c.write_high = read_integer(yaml, "write_high", c.write_high, 0, kMaxQueue);
  c.write_low = read_integer(yaml, "write_low", c.write_low, 0, kMaxQueue);
  c.max_wait = read_integer(yaml, "max_wait", c.max_wait, 0, 1 << 24);
}

void check_controller(const Yaml& yaml, const DramController& c) {
  if (c.page == DramController::Page::kClosed && c.kind == DramController::Kind::kFcfs) {
    yaml.fail("page: closed needs controller: fr_fcfs");
  }
  const int high = c.write_high > 0 ? c.write_high : c.write_queue;
  if (high > c.write_queue) {
    yaml.fail(fmt::format("write_high {} is more than write_queue {}: writes would never be drained", high,
                          c.write_queue));
  }
  if (c.write_low > high) {
    yaml.fail(fmt::format("write_low {} is more than write_high {}", c.write_low, high));
  }
}

void check_timing(const Yaml& yaml, const DramTiming& t) {
  const double ps = t.tck_ns * 1000;
  if (std::abs(ps - std::round(ps)) > 1e-6) {
    yaml.fail(fmt::format("tck_ns {} is not a whole number of picoseconds", t.tck_ns));
  }
  if (t.row_bytes < t.line_bytes()) {
    yaml.fail(fmt::format("row_bytes {} is less than a line, {} bytes (bus_bits / 8 * burst_length)",
                          t.row_bytes, t.line_bytes()));
  }
  if (t.channels > 1 && t.capacity_bytes() / t.channels % t.interleave_bytes != 0) {
    yaml.fail(fmt::format("a channel of {} bytes is not made of whole blocks of interleave_bytes {}",
                          t.capacity_bytes() / t.channels, t.interleave_bytes));
  }
  if (t.interleave_bytes < t.line_bytes()) {
    yaml.fail(
        fmt::format("interleave_bytes {} is less than a line, {} bytes", t.interleave_bytes, t.line_bytes()));
  }
  if (t.burst_length % t.beats_per_clock != 0) {
    yaml.fail(fmt::format("burst_length {} is not a whole number of clocks of {} beats", t.burst_length,
                          t.beats_per_clock));
  }
  if (t.tccd_s < t.burst_clocks()) {
    yaml.fail(fmt::format("tccd_s {} is less than a burst's {} clocks on the data bus", t.tccd_s,
                          t.burst_clocks()));
  }
  if (t.cwl > t.cl + t.burst_clocks() + 1) {
    yaml.fail(fmt::format("cwl {} is too far beyond cl {}: a read's data would meet a write's", t.cwl, t.cl));
  }
  const std::tuple<const char*, int, const char*, int> orders[] = {
      {"tccd_l", t.tccd_l, "tccd_s", t.tccd_s}, {"trrd_l", t.trrd_l, "trrd_s", t.trrd_s},
      {"twtr_l", t.twtr_l, "twtr_s", t.twtr_s}, {"trc", t.trc, "tras", t.tras},
      {"tras", t.tras, "trcd", t.trcd},
  };
  for (const auto& [longer, a, shorter, b] : orders) {
    if (a < b) {
      yaml.fail(fmt::format("{} {} is less than {} {}", longer, a, shorter, b));
    }
  }
  if (t.refresh && t.trefi < 2 * (t.trfc + t.trp)) {
    yaml.fail(fmt::format("trefi {} leaves less than half of the time between refreshes of {} clocks",
                          t.trefi, t.trfc + t.trp));
  }
  if (t.capacity_bytes() > (int64_t{1} << 44)) {
    yaml.fail(fmt::format("a memory of {} bytes is not plausible", t.capacity_bytes()));
  }
  check_controller(yaml, t.controller);
  if (const std::string fault = mapping_fault(t); !fault.empty()) {
    (yaml.has("mapping") ? yaml.at("mapping") : yaml).fail(fault);
  }
}

}  // namespace

void read_timing(const Yaml& yaml, DramTiming& t) {
  t.tck_ns = yaml.real("tck_ns", t.tck_ns, 0.1, 100);
  t.bus_bits = read_power_of_two(yaml, "bus_bits", t.bus_bits, 8, 2048);
  t.burst_length = read_power_of_two(yaml, "burst_length", t.burst_length, 2, 32);
  t.beats_per_clock = read_power_of_two(yaml, "beats_per_clock", t.beats_per_clock, 1, 16);
  t.bank_groups = read_power_of_two(yaml, "bank_groups", t.bank_groups, 1, 16);
  t.banks_per_group = read_power_of_two(yaml, "banks_per_group", t.banks_per_group, 1, 64);
  t.rows = read_integer(yaml, "rows", t.rows, 1, 1 << 24);
  t.row_bytes = read_power_of_two(yaml, "row_bytes", t.row_bytes, 64, 1 << 20);
  const std::pair<const char*, int*> clocks[] = {
      {"cl", &t.cl},         {"cwl", &t.cwl},       {"trcd", &t.trcd},     {"trp", &t.trp},
      {"tras", &t.tras},     {"trc", &t.trc},       {"tccd_s", &t.tccd_s}, {"tccd_l", &t.tccd_l},
      {"trrd_s", &t.trrd_s}, {"trrd_l", &t.trrd_l}, {"tfaw", &t.tfaw},     {"twr", &t.twr},
      {"twtr_s", &t.twtr_s}, {"twtr_l", &t.twtr_l}, {"trtp", &t.trtp},
  };
  for (const auto& [key, value] : clocks) {
    *value = read_integer(yaml, key, *value, 1, 512);
  }
  t.trfc = read_integer(yaml, "trfc", t.trfc, 1, kMaxClocks);
  t.trefi = read_integer(yaml, "trefi", t.trefi, 1, kMaxClocks);
  t.refresh = yaml.boolean("refresh", t.refresh);
  t.ideal = yaml.boolean("ideal", t.ideal);
  t.channels = read_integer(yaml, "channels", t.channels, 1, 256);
  t.interleave_bytes = read_power_of_two(yaml, "interleave_bytes", t.interleave_bytes, 16, 1 << 30);
  if (const auto mapping = yaml.find("mapping")) {
    t.mapping = read_mapping(*mapping);
  }
  read_controller(yaml, t.controller);
  yaml.finish();
  check_timing(yaml, t);
}

std::string mapping_fault(const DramTiming& t) {
  const std::array<int, kFields> needed = field_bits(t);
  for (size_t f = 0; f < kFields; ++f) {
    int counted = 0;
    int pieces = 0;
    int rests = 0;
    for (const AddressPiece& piece : t.mapping) {
      if (piece.field == static_cast<Field>(f)) {
        ++pieces;
        rests += piece.bits == AddressPiece::kRest ? 1 : 0;
        counted += piece.bits == AddressPiece::kRest ? 0 : piece.bits;
      }
    }
    const char* name = kFieldNames[f];
    if (rests > 1) {
      return fmt::format("'{}' stands twice without a number of bits; give all but one of them as {}:BITS",
                         name, name);
    }
    if (counted > needed[f] || (rests == 0 && counted < needed[f])) {
      return fmt::format("{} bits of '{}', but this memory's lines have {}; write {}:{} or {} alone", counted,
                         name, needed[f], name, needed[f], name);
    }
    if (f == static_cast<size_t>(Field::kRow) && !std::has_single_bit(static_cast<unsigned>(t.rows)) &&
        (pieces > 1 || t.mapping.front().field != Field::kRow)) {
      return fmt::format("{} rows are no power of two, so 'row' must be whole and the first", t.rows);
    }
  }
  return "";
}

std::vector<AddressPiece> counted_mapping(const DramTiming& t) {
  if (const std::string fault = mapping_fault(t); !fault.empty()) {
    throw std::logic_error("DRAM address mapping: " + fault);
  }
  std::array<int, kFields> left = field_bits(t);
  std::vector<AddressPiece> pieces = t.mapping;
  for (const AddressPiece& piece : pieces) {
    left[static_cast<size_t>(piece.field)] -= piece.bits == AddressPiece::kRest ? 0 : piece.bits;
  }
  for (AddressPiece& piece : pieces) {
    piece.bits = piece.bits == AddressPiece::kRest ? left[static_cast<size_t>(piece.field)] : piece.bits;
  }
  return pieces;
}

std::string mapping_text(const DramTiming& t) {
  std::string text;
  for (const AddressPiece& piece : counted_mapping(t)) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : " ", name_of(piece.field), piece.bits);
  }
  return text;
}

}  // namespace tridex::arch

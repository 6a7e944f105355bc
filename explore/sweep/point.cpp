#include "explore/sweep/point.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/hash.h"

namespace tridex::explore {
namespace {

std::string fields_of(const arch::Device& d) {
  return fmt::format("{} {} {} {} {} {} {} {}", d.name, d.part, d.lut, d.ff, d.bram36, d.uram, d.dsp,
                     static_cast<int>(d.dsp_kind));
}

std::string fields_of(const arch::DramTiming& t) {
  std::string text = fmt::format("{} {} {} {} {}", t.name, t.tck_ns, t.refresh, t.ideal, t.channels);
  for (const int field : {t.bus_bits,
                          t.burst_length,
                          t.bank_groups,
                          t.banks_per_group,
                          t.rows,
                          t.row_bytes,
                          t.interleave_bytes,
                          t.cl,
                          t.cwl,
                          t.trcd,
                          t.trp,
                          t.tras,
                          t.trc,
                          t.tccd_s,
                          t.tccd_l,
                          t.trrd_s,
                          t.trrd_l,
                          t.tfaw,
                          t.twr,
                          t.twtr_s,
                          t.twtr_l,
                          t.trtp,
                          t.trfc,
                          t.trefi,
                          t.beats_per_clock,
                          static_cast<int>(t.controller.kind),
                          static_cast<int>(t.controller.page),
                          t.controller.read_queue,
                          t.controller.write_queue,
                          t.controller.write_high,
                          t.controller.write_low,
                          t.controller.max_wait}) {
    text += fmt::format(" {}", field);
  }
  return text + " " + mapping_text(t);
}

}  // namespace

std::string point_hash(const PointRow& row, const arch::DesignPoint* design,
                       const std::filesystem::path& design_file) {
  std::string text = fmt::format("{}\n{}\n{}\n{}\n{}\n", row.network_hash, row.fidelity, row.frames, row.seed,
                                 row.tool_version);
  if (design != nullptr) {
    text += design->text + "\n" + fields_of(design->device) + "\n" + fields_of(design->dram);
  } else {
    text += "unreadable\n" + read_text(design_file);
    for (const auto& [key, value] : row.settings) {
      text += fmt::format("{}={}\n", key, value);
    }
  }
  return content_hash(text);
}

}  // namespace tridex::explore

#include "app/own_rtl/print.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/names.h"

namespace tridex::app {
namespace {

std::string side_text(const char* name, const arch::OwnSide& side, const arch::OwnResult& result) {
  std::string text = fmt::format("{:<6} {} cycles", name, side.cycles);
  const arch::DramTraffic& traffic = side.traffic;
  if (traffic.read_bytes + traffic.write_bytes > 0) {
    text += fmt::format(", {} bytes read, {} written, {:.2f} GB/s", traffic.read_bytes, traffic.write_bytes,
                        side.bandwidth * 1e-9);
    if (result.peak_bandwidth > 0) {
      text += fmt::format(" ({:.0f} % of the memory's peak), DRAM row hits {} of {}",
                          100 * side.bandwidth / result.peak_bandwidth, traffic.row_hits,
                          traffic.row_hits + traffic.row_misses);
    }
  }
  if (side.stream_bytes_in + side.stream_bytes_out > 0) {
    text += fmt::format(", {} bytes into streams, {} out", side.stream_bytes_in, side.stream_bytes_out);
  }
  return text + "\n";
}

std::string interfaces_text(const arch::PortPlan& ports) {
  std::vector<std::string> names;
  for (size_t i = 0; i < ports.interfaces.count; ++i) {
    const arch::Interface& one = ports.interfaces.list[i];
    const char* const bus = one.kind == arch::BusKind::kLite   ? "AXI4-Lite"
                            : one.kind == arch::BusKind::kAxi4 ? "AXI4"
                                                               : "AXI4-Stream";
    names.push_back(fmt::format("{}* ({})", one.prefix, bus));
  }
  return join(names);
}

void add_faults(std::string& text, const char* side, const std::vector<std::string>& faults) {
  // A broken bus repeats itself.
  constexpr int kMostLines = 20;
  int lines = 0;
  for (size_t i = 0; i < faults.size();) {
    size_t next = i + 1;
    while (next < faults.size() && faults[next] == faults[i]) {
      ++next;
    }
    if (++lines > kMostLines) {
      text += fmt::format("{}: and {} more\n", side, faults.size() - i);
      return;
    }
    text +=
        fmt::format("{}: {}{}\n", side, faults[i], next > i + 1 ? fmt::format(" ({} times)", next - i) : "");
    i = next;
  }
}

}  // namespace

std::string result_text(const arch::Work& work, const arch::OwnResult& result) {
  std::string text =
      fmt::format("{} at {} MHz, {}: {}\n", work.rtl, work.clock_mhz,
                  work.dram.ideal ? "ideal memory" : work.dram.name, interfaces_text(result.ports));
  if (!result.ports.held_low.empty()) {
    text += fmt::format("inputs that belong to no interface, held at 0: {}\n", join(result.ports.held_low));
  }
  if (!result.ports.not_read.empty()) {
    text += fmt::format("outputs that belong to no interface, not read: {}\n", join(result.ports.not_read));
  }
  for (const std::string& read : result.rtl.reads) {
    text += read + "\n";
  }
  text += side_text("RTL", result.rtl, result);
  if (result.model) {
    text += side_text("model", *result.model, result);
    if (result.rtl.faults.empty() && result.model->faults.empty()) {
      text += fmt::format("RTL / model: {:.3f} of the cycles\n",
                          static_cast<double>(result.rtl.cycles) / static_cast<double>(result.model->cycles));
    }
  }
  if (!result.waves.file.empty()) {
    text += result.waves.written ? fmt::format("waveforms: {}{}\n", result.waves.file,
                                               result.waves.replaced ? " (in place of an older file)" : "")
                                 : "no waveforms: the run has ended before their first cycle\n";
  }
  text += fmt::format("simulated in {:.2f} s: {:.0f} cycles of the RTL a second\n", result.seconds,
                      static_cast<double>(result.rtl.cycles) / std::max(result.seconds, 1e-9));
  add_faults(text, "RTL", result.rtl.faults);
  if (result.model) {
    add_faults(text, "model", result.model->faults);
  }
  const bool good = result.rtl.faults.empty() && (!result.model || result.model->faults.empty());
  const size_t checked = work.expected.size() + work.received.size();
  return text + (good ? fmt::format("as expected: {} {}, no bus rule broken\n", checked,
                                    checked == 1 ? "region or stream" : "regions or streams")
                      : "NOT AS EXPECTED\n");
}

}  // namespace tridex::app

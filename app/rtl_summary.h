#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "arch/platform/run.h"

namespace tridex::app {

/// Commands in RTL of one layer on one engine, beside the TLM engine's.
struct RtlLayer {
  std::string layer, engine, op;
  int64_t commands = 0, results = 0, rtl_cycles = 0, tlm_cycles = 0;
  int64_t worst = 0;   ///< RTL cycles less TLM cycles of the command that is farthest off
  int64_t beyond = 0;  ///< commands that are off by more than the larger of 2 % and 8 cycles
  const arch::Difference* difference = nullptr;  ///< the first one

  void add(const arch::RtlCommandResult& command);
  /// RTL cycles more than TLM cycles, in per cent.
  [[nodiscard]] double error() const;
};

/// By layer and engine, in the order of their first commands; the references are into `run`.
std::vector<RtlLayer> rtl_layers(const arch::Run& run);
RtlLayer rtl_total(const arch::Run& run);

std::string rtl_table(const std::vector<RtlLayer>& layers);
/// The command whose differing result came first; null where all are equal.
const arch::RtlCommandResult* first_difference(const arch::Run& run);

/// Waveforms of the window that the run was given, of each engine in RTL.
nlohmann::json waves_json(const arch::Run& run, const arch::WaveWindow& window);
/// The same for the terminal, a line each.
std::string waves_text(const nlohmann::json& waves);

std::string difference_text(const arch::Difference& difference, const char* expected);
nlohmann::json to_json(const RtlLayer& layer);
nlohmann::json to_json(const arch::Difference& difference);

}  // namespace tridex::app

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
std::string difference_text(const arch::Difference& difference, const char* expected);
nlohmann::json to_json(const RtlLayer& layer);
nlohmann::json to_json(const arch::Difference& difference);

}  // namespace tridex::app

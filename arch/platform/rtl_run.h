#pragma once
#include <memory>
#include <set>
#include <vector>

#include "arch/cosim/rtl_engine.h"
#include "arch/platform/platform.h"
#include "arch/platform/run.h"

namespace tridex::arch {

/// The engines in RTL of one run, and what they report.
class RtlRun {
 public:
  /// Error: no engine with implementation rtl, one whose parameters are not compiled in, a layer that is not
  /// there or gives it nothing to do, a command that RTL does not do.
  RtlRun(const DesignPoint& design, const quant::IntegerGraph& graph, const Program& program,
         const RunOptions& options);

  /// For Platform.
  std::unique_ptr<EngineModule> make_engine(const Engine& engine);
  /// After the simulation: throws what ended it in an engine, or fills rtl_commands and rtl_clocks.
  void finish(Run& run) const;

 private:
  [[nodiscard]] bool selected(const Instruction& instruction) const;
  [[nodiscard]] const Engine& engine_of(const Instruction& instruction) const;
  [[nodiscard]] std::string name_of(const Instruction& instruction) const;
  [[nodiscard]] WaveWindow waves_of(const Engine& engine) const;
  void require_commands();
  [[nodiscard]] Difference difference_of(const Instruction& instruction,
                                         const RtlCommand::Difference& difference) const;

  const DesignPoint& design_;
  const quant::IntegerGraph& graph_;
  const Program& program_;
  const RunOptions& options_;
  std::set<int> layers_;  ///< nodes; empty: all
  int64_t all_ = 0, done_ = 0;
  std::vector<const RtlEngine*> engines_;
  std::vector<RtlCommandResult> results_;
};

}  // namespace tridex::arch

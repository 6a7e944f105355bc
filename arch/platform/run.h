#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "arch/design/design_point.h"
#include "arch/design/run_result.h"
#include "arch/design/wave_window.h"
#include "quant/integer_executor.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

/// A fault planted in a functional run, for tests of the comparison.
struct Fault {
  enum class Kind { kFlipDramByte, kSwapTileAddresses, kDropLoad, kFlipRtlResult } kind = Kind::kFlipDramByte;
  /// Byte of the constants, from the first layer's on; number of a tile's load; number of a result that is
  /// wanted, of the first engine in RTL, counted over the run.
  int64_t index = 0;
};

/// Of a run with engines in RTL.
struct RtlOptions {
  std::vector<std::string> layers;  ///< whose commands go through RTL, the others through TLM; empty: all
  WaveWindow waves;                 ///< of several engines the file f.vcd becomes f.NAME.vcd
  /// Called as each command in RTL is done: how many are, of all.
  std::function<void(int64_t done, int64_t all)> progress;
};

struct RunOptions {
  Fidelity fidelity = Fidelity::kTimed;
  int frames = 3;
  uint64_t seed = 1;
  bool timeline = false;
  /// timed and functional: every binding is checked against the TLM-2.0 base protocol. Changes no cycle.
  bool monitor = false;
  const quant::Codes* input = nullptr;  ///< functional: the image
  /// functional: the integer reference's codes of every node; each tile is compared as it is written.
  const std::vector<quant::Codes>* reference = nullptr;
  std::optional<Fault> fault;
  RtlOptions rtl;  ///< rtl
  /// timed, functional: the program is checked before it runs (arch/mapping/check_program.h).
  /// std::logic_error with the findings if it is not legal.
  bool check_program = false;
  /// functional: a tensor's bytes in DRAM are destroyed as soon as the last load of a frame has read them, so
  /// that a frame which reads before it wrote cannot find the same bytes of the frame before.
  bool poison = false;
};

/// The first element that a functional run computed differently from the reference.
struct Difference {
  std::string layer;
  int tile = 0;
  int c = 0, y = 0, x = 0;
  int64_t got = 0, expected = 0;
};

/// A command that RTL executed, beside the TLM engine's.
struct RtlCommandResult {
  std::string layer, engine, op;
  int tile = 0, frame = 0;
  int64_t start_cycle = 0, rtl_cycles = 0, tlm_cycles = 0;
  int64_t results = 0;
  std::optional<Difference> difference;  ///< `got` from RTL, `expected` from the TLM engine
  int64_t difference_cycle = 0;          ///< of the run, in which that result came
};

struct Run {
  RunResult result;
  quant::Codes output;            ///< functional: the logits' codes, read from the modelled DRAM
  int64_t compared_elements = 0;  ///< functional with a reference
  std::vector<std::string> compared_layers;
  std::optional<Difference> difference;
  int64_t checked_instructions = 0, checked_bytes = 0;  ///< with RunOptions::check_program
  std::vector<RtlCommandResult> rtl_commands;           ///< rtl: in the order of their ends
  int64_t rtl_clocks = 0;                               ///< rtl: clock cycles of all Verilated engines
  std::vector<WaveFile> rtl_waves;      ///< rtl: of each engine in RTL, where waves were asked for
  std::vector<std::string> violations;  ///< with RunOptions::monitor: breaches of the protocol, a line each
};

/// Compiles the network onto the design and runs it. The SystemC kernel elaborates once a process: call this
/// once in a process for timed, functional and rtl (fork a child for each); analytic any number of times.
/// Errors: a design that cannot compute the network (what it lacks), or that no tile fits (layer, bytes
/// needed and there).
Run run(const DesignPoint& design, const quant::IntegerGraph& graph, const RunOptions& options);

}  // namespace tridex::arch

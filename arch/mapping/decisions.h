#pragma once
#include <string>
#include <vector>

#include "arch/design/mapping_options.h"
#include "arch/design/run_result.h"
#include "arch/mapping/residency.h"
#include "arch/mapping/stages.h"
#include "quant/integer_graph.h"

namespace tridex::arch {

/// What the mapper decided when it made a program.
struct Decisions {
  /// Of a convolution that is a stage of its own.
  struct Loops {
    bool inputs_outside = false;  ///< conv_loops.h
    bool inputs_stay = false;     ///< all of its input is on the chip while its blocks of weights go by
    int blocks = 1, tiles = 1;    ///< of weights, of rows
    bool chosen = false;          ///< loop_order is best, and this reads less than the weights outside
  };
  std::vector<Stage> stages;
  std::vector<Loops> loops;  ///< per stage
  Residency residency;
  std::vector<double> stage_ends;  ///< per stage, of the first frame, by the estimate (estimate.h)

  std::string machine;     ///< the program is made for: "" for the design itself, or what is smaller there
  MappingOptions options;  ///< of the one that won
  int programs = 1;        ///< that were made
};

/// The same for people, by names.
MappingResult describe(const quant::IntegerGraph& graph, const Decisions& decisions);

}  // namespace tridex::arch

#pragma once
#include "explore/search/optimizer.h"

namespace tridex::explore {

/// optimize() with "nsga2", "maco" or "nspso". pagmo_optimizer.cpp alone includes pagmo.
void optimize_with_pagmo(const OptimizerProblem& problem, const OptimizerOptions& options);

}  // namespace tridex::explore

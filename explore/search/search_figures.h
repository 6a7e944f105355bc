#pragma once
#include <optional>
#include <string>
#include <vector>

#include "arch/design/run_result.h"
#include "base/yaml.h"
#include "explore/store/objectives.h"
#include "explore/store/store.h"

namespace tridex::explore {

/// The figure of points that a YAML scalar names: a column of number_columns(), "accuracy" (percent) or
/// "traffic_mb" (DRAM bytes a frame, both ways, in 10^6); "throughput", "latency", "energy", "bram" and
/// "traffic" stand for fps, latency_ms, energy_mj, bram36 and traffic_mb. Error: file:line: key, the nearest.
std::string figure_in(const Yaml& yaml);
std::string figure_in(const Yaml& yaml, const std::string& text);  ///< a part of the scalar

/// What a figure can be.
struct Interval {
  double low, high;
};
/// What the figure of a point of `frames` frames can be, of any fidelity, where `bound` is its analytic row:
/// * costs, MACs and accuracy are what they are;
/// * cycles and latency are at least the bound's;
/// * fps, gops and utilization are at most the bound's with a margin: those of several frames leave out what
///   the second frame did beside the first (kFramesBeside);
/// * a frame's traffic is at least its part of what must be read once, and its own output;
/// * of the others (energy, power, stalls, rows) nothing is known.
Interval interval_of(const std::string& name, const PointRow& bound, int frames);
/// Whether interval_of() can say anything.
bool has_interval(const std::string& name);

/// The part of a frame that is done before the first one ends, at the most. 122 random small networks on
/// random machines (tests/arch/platform/random_designs_test.cpp) had 0.024 at the most, which is a ratio of
/// 1.012 over three frames; this is four times as much.
constexpr double kFramesBeside = 0.1;

struct SearchObjective {
  std::string name;
  bool maximize = false;
  std::string where;  ///< "FILE:LINE: KEY", for errors
};

/// "dsp <= 1700", "fps >= 30", "fits".
struct SearchConstraint {
  std::string name;
  bool at_most = false;  ///< else at least
  double limit = 0;
  /// 0 where it holds; else by how much it does not, of the limit (of 1, where that is less).
  [[nodiscard]] double violation(double value) const;
};
SearchConstraint constraint_in(const Yaml& yaml);

/// What a search minimizes, one cost an objective, with feasibility first (Deb's rule): a point that breaks
/// constraints has costs above those of all points that break none, and of two such points the one that
/// breaks them less has less of every cost. So an algorithm that knows no constraints compares points
/// rightly. Objectives that are maximized are negated.
std::vector<double> costs_of(const std::vector<SearchObjective>& objectives,
                             const std::vector<double>& values, double violation);
/// Of a point that did not run to its end, or that lacks an objective: above all others.
std::vector<double> costs_of_failure(size_t objectives);
/// Whether they are those of a point that breaks no constraint.
bool are_feasible(const std::vector<double>& costs);

}  // namespace tridex::explore

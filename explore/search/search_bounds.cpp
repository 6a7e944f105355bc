#include "explore/search/search_bounds.h"

#include <limits>
#include <set>
#include <stdexcept>

#include "arch/platform/run.h"
#include "base/error.h"
#include "base/parallel.h"
#include "explore/search/search_costs.h"
#include "quant/quantize.h"

namespace tridex::explore {

void SearchBounds::find(const std::vector<Choice>& choices) {
  struct Work {
    const Choice* choice;
    size_t network;
    const models::Graph* graph;
    DesignVariant design;
    Bound bound;
  };
  std::vector<Work> missing;
  std::set<Choice> seen;
  for (const Choice& choice : choices) {
    if (bounds_.count(choice) > 0 || !seen.insert(choice).second) {
      continue;
    }
    const size_t network = space_.network(choice);
    missing.push_back({&choice, network, &space_.networks().graph(network), space_.design(choice), {}});
  }
  const std::vector<NetworkVariant>& variants = space_.networks().variants();
  parallel_for(missing.size(), threads_, [&](size_t i) {
    Work& work = missing[i];
    if (!work.design.design) {
      return;
    }
    try {
      const quant::IntegerGraph network = quant::shape_only(*work.graph, variants[work.network].recipe);
      arch::RunOptions options;
      options.fidelity = arch::Fidelity::kAnalytic;
      arch::RunResult run = arch::run(*work.design.design, network, options).result;
      run.layers.clear();
      PointRow row;
      row.result = to_json(run);
      work.bound = {Bound::Kind::kIntervals, intervals_of(search_, row)};
    } catch (const Error&) {
      work.bound.kind = Bound::Kind::kNothing;
    }
  });
  for (Work& work : missing) {
    bounds_.emplace(*work.choice, std::move(work.bound));
  }
}

Costs SearchBounds::least(const Choice& choice, const Interval& accuracy) const {
  const Bound& bound = bounds_.at(choice);
  switch (bound.kind) {
    case Bound::Kind::kUnreadable:
      return costs_of_failure(search_.objectives.size());
    case Bound::Kind::kNothing:
      return Costs(search_.objectives.size(), -std::numeric_limits<double>::infinity());
    case Bound::Kind::kIntervals:
      return least_costs(search_, bound.intervals, accuracy);
  }
  throw std::logic_error("SearchBounds");
}

bool SearchBounds::is_nothing(const Choice& choice) const {
  return bounds_.at(choice).kind == Bound::Kind::kNothing;
}

}  // namespace tridex::explore

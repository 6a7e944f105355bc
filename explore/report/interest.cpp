#include <map>
#include <set>

#include "explore/report/figures.h"
#include "explore/report/page_data.h"
#include "explore/store/objectives.h"
#include "explore/store/pareto.h"

namespace tridex::explore {

std::vector<size_t> by_interest(const Report& report) {
  std::vector<size_t> order;
  std::set<size_t> known;
  const auto take = [&](const std::vector<size_t>& points) {
    for (const size_t i : points) {
      if (report.rows[i].status == "ok" && known.insert(i).second) {
        order.push_back(i);
      }
    }
  };
  std::vector<std::vector<std::optional<double>>> values(report.rows.size());
  for (const auto& model : report.models) {
    if (model.best) {
      take({*model.best});
    }
  }
  for (const auto& model : report.models) {
    take(model.front);
    take(model.throughput_dsp);
    take(model.throughput_accuracy);
  }
  std::map<std::string, std::vector<size_t>> fitting;
  for (size_t i = 0; i < report.rows.size(); ++i) {
    if (report.rows[i].status == "ok" && number_of(report.rows[i], "/cost/fits") != 0) {
      fitting[report.rows[i].model].push_back(i);
      values[i] = objectives_of(report.rows[i]);
    }
  }
  for (const auto& [model, points] : fitting) {
    for (size_t a = 0; a < objectives().size(); ++a) {
      for (size_t b = a + 1; b < objectives().size(); ++b) {
        std::vector<size_t> both;
        std::vector<std::vector<double>> pairs;
        const auto wanted = [&](size_t i, size_t o) {
          return objectives()[o].larger_is_better ? *values[i][o] : -*values[i][o];
        };
        for (const size_t i : points) {
          if (values[i][a] && values[i][b]) {
            both.push_back(i);
            pairs.push_back({wanted(i, a), wanted(i, b)});
          }
        }
        std::vector<size_t> front;
        for (const size_t k : pareto_front(pairs)) {
          front.push_back(both[k]);
        }
        take(front);
      }
    }
  }
  std::vector<size_t> others(report.rows.size());
  for (size_t i = 0; i < others.size(); ++i) {
    others[i] = i;
  }
  take(others);
  return order;
}

}  // namespace tridex::explore

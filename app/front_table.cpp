#include "app/front_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/accuracy_remark.h"
#include "app/console.h"
#include "app/key_columns.h"
#include "base/names.h"

namespace tridex::app {
namespace {

using explore::number_of;
using explore::PointRow;

std::vector<const PointRow*> front_rows(const explore::Report& report, const explore::ModelFronts& model) {
  std::vector<const PointRow*> rows;
  for (const size_t i : model.front) {
    rows.push_back(&report.rows[i]);
  }
  return rows;
}

/// The names of those whose points there are.
std::set<std::string> sweeps_of(const explore::Report& report, const std::string& model) {
  std::set<std::string> names;
  for (const auto& row : report.rows) {
    if (row.model == model) {
      names.insert(row.sweep);
    }
  }
  return names;
}

std::string table_of(const explore::Report& report, const explore::ModelFronts& model) {
  const auto columns = KeyColumns::telling(front_rows(report, model));
  std::vector<std::string> header{">frames/s", ">latency ms", ">GOPS", ">DSP", ">BRAM36", ">URAM"};
  header.push_back(model.metric == "miou" ? ">mIoU %" : model.metric == "top1" ? ">top-1 %" : ">accuracy");
  header.emplace_back("recipe");
  const auto names = columns.headers();
  header.insert(header.end(), names.begin(), names.end());
  header.emplace_back("point");
  Table table(header);
  std::vector<size_t> order(model.front.rbegin(), model.front.rend());
  if (!model.measured) {
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return report.rows[a].recipe < report.rows[b].recipe; });
  }
  for (const size_t i : order) {
    const PointRow& row = report.rows[i];
    const auto number = [&](const char* pointer, const char* form) {
      return fmt::format(fmt::runtime(form), number_of(row, pointer));
    };
    std::vector<std::string> cells{number("/fps", "{:.1f}"),         number("/latency_ms", "{:.3f}"),
                                   number("/gops", "{:.1f}"),        number("/cost/dsp", "{:.0f}"),
                                   number("/cost/bram36", "{:.0f}"), number("/cost/uram", "{:.0f}")};
    cells.push_back(row.accuracy ? fmt::format("{:.2f}", row.accuracy->value) : "not measured");
    cells.push_back(row.recipe);
    const auto values = columns.cells(row.settings);
    cells.insert(cells.end(), values.begin(), values.end());
    cells.push_back(row.hash.substr(0, 8));
    table.row(std::move(cells));
  }
  return table.text() + columns.legend();
}

}  // namespace

std::string front_text(const explore::Report& report) {
  std::string text;
  for (const auto& model : report.models) {
    text += text.empty() ? "" : "\n";
    text +=
        fmt::format("Pareto front of {}: {} of {} points ({} do not fit the device, {} without a result)\n",
                    model.model, model.front.size(), model.fitting, model.misfits, model.failed);
    const auto sweeps = sweeps_of(report, model.model);
    text += sweeps.size() < 2
                ? ""
                : fmt::format("(of {}, which share the folder)\n", join({sweeps.begin(), sweeps.end()}));
    text += !model.front.empty() ? table_of(report, model)
            : model.misfits > 0  ? "No point fits.\n"
                                 : "No point has a result.\n";
    if (model.front.empty()) {
      continue;
    }
    const auto rows = front_rows(report, model);
    const std::string same = KeyColumns::telling(rows).rest(rows[0]->settings);
    text += same.empty() ? "" : fmt::format("the same in all rows: {}\n", same);
    text += accuracy_remark(rows);
    if (!model.measured) {
      text += fmt::format("accuracy not measured: one front per recipe ({})\n",
                          report.rows[model.front[0]].accuracy_note);
    }
  }
  return text;
}

}  // namespace tridex::app

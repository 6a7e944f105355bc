#include "app/front_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/console.h"
#include "app/key_columns.h"
#include "base/names.h"

namespace tridex::app {
namespace {

using explore::number_of;
using explore::PointRow;

/// Keys that do not have one value in the whole front, and those that share a column with them; the others
/// say nothing about its points.
std::vector<std::string> telling_keys(const explore::Report& report, const std::vector<size_t>& front) {
  const auto common = explore::common_settings(report, front);
  std::set<std::string> keys;
  for (const size_t i : front) {
    for (const auto& [key, value] : report.rows[i].settings) {
      keys.insert(key);
    }
  }
  return KeyColumns::whole({keys.begin(), keys.end()},
                           [&](const std::string& key) { return !common.contains(key); });
}

std::string table_of(const explore::Report& report, const explore::ModelFronts& model) {
  const KeyColumns columns(telling_keys(report, model.front));
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
    text += !model.front.empty() ? table_of(report, model)
            : model.misfits > 0  ? "No point fits.\n"
                                 : "No point has a result.\n";
    if (model.front.empty()) {
      continue;
    }
    if (const auto common = explore::common_settings(report, model.front); !common.empty()) {
      std::vector<std::string> settings;
      const auto shown = telling_keys(report, model.front);
      for (const auto& [key, value] : common) {
        if (std::find(shown.begin(), shown.end(), key) == shown.end()) {
          settings.push_back(key + "=" + value);
        }
      }
      text += settings.empty() ? "" : fmt::format("the same in all rows: {}\n", join(settings));
    }
    if (!model.measured) {
      text += fmt::format("accuracy not measured: one front per recipe ({})\n",
                          report.rows[model.front[0]].accuracy_note);
    }
  }
  return text;
}

}  // namespace tridex::app

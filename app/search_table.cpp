#include "app/search_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/accuracy_remark.h"
#include "app/console.h"
#include "app/key_columns.h"

namespace tridex::app {
namespace {

std::string digits(double value) {
  return value == std::floor(value) && std::abs(value) < 1e15 ? fmt::format("{:.0f}", value)
                                                              : fmt::format("{:.6g}", value);
}

}  // namespace

std::string search_text(const explore::Search& search, const explore::SearchSummary& summary,
                        const std::filesystem::path& folder) {
  std::vector<const explore::PointRow*> front;
  for (const auto& row : summary.front) {
    front.push_back(&row);
  }
  const auto& first = search.objectives[0];
  std::stable_sort(front.begin(), front.end(), [&](const auto* a, const auto* b) {
    const auto x = explore::figure_of(first.name, *a), y = explore::figure_of(first.name, *b);
    return first.maximize ? x > y : x < y;
  });
  std::vector<std::string> header;
  for (const auto& objective : search.objectives) {
    header.push_back(">" + objective.name);
  }
  header.emplace_back("recipe");
  const auto columns = KeyColumns::telling(front);
  const auto names = columns.headers();
  header.insert(header.end(), names.begin(), names.end());
  header.emplace_back("point");
  Table table(header);
  for (const auto* row : front) {
    std::vector<std::string> cells;
    for (const auto& objective : search.objectives) {
      cells.push_back(digits(explore::figure_of(objective.name, *row).value_or(0)));
    }
    cells.push_back(row->recipe);
    const auto values = columns.cells(row->settings);
    cells.insert(cells.end(), values.begin(), values.end());
    cells.push_back(row->hash.substr(0, 8));
    table.row(std::move(cells));
  }
  std::string text = fmt::format("{} points in the front of {}\n", front.size(), search.sweep.name);
  const size_t asked = summary.evaluations + summary.pruned + summary.predicted_out + summary.excluded;
  text += !front.empty() ? table.text() + columns.legend()
          : asked == 0   ? "Nothing has been evaluated yet.\n"
                         : "No point that was asked for has a result and keeps all constraints.\n";
  const std::string same = front.empty() ? "" : columns.rest(front[0]->settings);
  text += same.empty() ? "" : fmt::format("the same in all rows: {}\n", same);
  const bool of_accuracy = std::any_of(search.objectives.begin(), search.objectives.end(),
                                       [](const auto& objective) { return objective.name == "accuracy"; });
  text += of_accuracy ? accuracy_remark(front) : "";
  text += fmt::format(
      "\n{} of {} points evaluated ({} were there already, {} failed), {} pruned; ended by {}; {}\n",
      summary.evaluations, summary.space, summary.already, summary.failed, summary.pruned, summary.end,
      (folder / "search.json").string());
  if (search.predict) {
    text += fmt::format("{} of {} networks made; {} points left out by predicted accuracy\n",
                        summary.networks_made, summary.networks, summary.predicted_out);
  }
  if (summary.failed > 0) {
    text += fmt::format("a reason for failures: {}\n", summary.failure);
  }
  if (summary.excluded > 0) {
    text += fmt::format("{} of the points asked for are excluded by constraints{}\n", summary.excluded,
                        summary.refused.empty() ? "" : " or have a network that cannot be made");
  }
  if (!summary.refused.empty()) {
    text += fmt::format("the first network that cannot be made: {}\n", summary.refused);
  }
  return text;
}

}  // namespace tridex::app

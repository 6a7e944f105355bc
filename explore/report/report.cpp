#include "explore/report/report.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/names.h"
#include "explore/report/page_data.h"
#include "explore/report/page_parts.h"
#include "explore/store/pareto.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

/// Percent of accuracy that speed may cost the point which is shown first.
constexpr double kAccuracySlack = 1.0;

bool fits(const PointRow& row) {
  return row.status == "ok" && number_of(row, "/cost/fits") != 0;
}

std::vector<size_t> front_of(const std::vector<PointRow>& rows, const std::vector<size_t>& among,
                             const std::function<std::vector<double>(const PointRow&)>& objectives) {
  std::vector<std::vector<double>> points;
  for (const size_t i : among) {
    points.push_back(objectives(rows[i]));
  }
  std::vector<size_t> front;
  for (const size_t i : pareto_front(points)) {
    front.push_back(among[i]);
  }
  return front;
}

ModelFronts fronts_of(const std::vector<PointRow>& rows, const std::string& model) {
  ModelFronts result;
  result.model = model;
  std::vector<size_t> all, measured;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].model != model) {
      continue;
    }
    if (!fits(rows[i])) {
      ++(rows[i].status == "ok" ? result.misfits : result.failed);
      continue;
    }
    all.push_back(i);
    if (rows[i].accuracy) {
      measured.push_back(i);
      result.metric = rows[i].accuracy->metric;
    }
  }
  result.fitting = all.size();
  result.measured = !measured.empty();
  const auto fps = [](const PointRow& row) { return number_of(row, "/fps"); };
  const auto dsp = [](const PointRow& row) { return number_of(row, "/cost/dsp"); };
  const auto fps_and_dsp = [&](const PointRow& row) { return std::vector{fps(row), -dsp(row)}; };
  if (result.measured) {
    result.throughput_dsp = front_of(rows, all, fps_and_dsp);
  } else {
    // Fewer bits are faster, and nobody knows what they cost: a recipe is compared with itself only, and axes
    // make other recipes of one name.
    std::map<std::string, std::vector<size_t>> recipes;
    for (const size_t i : all) {
      recipes[rows[i].recipe + " " + rows[i].network_hash].push_back(i);
    }
    for (const auto& [recipe, points] : recipes) {
      const auto front = front_of(rows, points, fps_and_dsp);
      result.throughput_dsp.insert(result.throughput_dsp.end(), front.begin(), front.end());
    }
    std::stable_sort(result.throughput_dsp.begin(), result.throughput_dsp.end(),
                     [&](size_t a, size_t b) { return fps_and_dsp(rows[a]) < fps_and_dsp(rows[b]); });
  }
  result.throughput_accuracy = front_of(rows, measured, [&](const PointRow& row) {
    return std::vector{fps(row), row.accuracy->value};
  });
  result.front = result.measured ? front_of(rows, measured,
                                            [&](const PointRow& row) {
                                              return std::vector{fps(row), -dsp(row), row.accuracy->value};
                                            })
                                 : result.throughput_dsp;
  double floor = -std::numeric_limits<double>::infinity();
  for (const size_t i : measured) {
    floor = std::max(floor, rows[i].accuracy->value - kAccuracySlack);
  }
  // Rising throughput and, of equals, falling DSPs: the last one is the fastest at the least cost.
  for (const size_t i : result.front) {
    if (!result.measured || rows[i].accuracy->value >= floor) {
      result.best = i;
    }
  }
  return result;
}

json point_json(const PointRow& row) {
  json point{{"hash", row.hash},          {"model", row.model},   {"recipe", row.recipe},
             {"status", row.status},      {"reason", row.reason}, {"settings", row.settings},
             {"note", row.accuracy_note}, {"accuracy", nullptr}};
  if (row.accuracy) {
    point["accuracy"] = {{"metric", row.accuracy->metric},
                         {"value", row.accuracy->value},
                         {"images", row.accuracy->images},
                         {"executor", row.accuracy->executor}};
  }
  if (row.status == "ok") {
    const std::vector<json> numbers = numbers_in(row);
    for (size_t i = 0; i < numbers.size(); ++i) {
      point[number_columns()[i].name] = numbers[i];
    }
    point["fits"] = fits(row);
    point["stalls"] = row.result.value("stalls", json::object());
  }
  return point;
}

}  // namespace

double number_of(const PointRow& row, const std::string& pointer) {
  const json::json_pointer where(pointer);
  if (!row.result.contains(where)) {
    return 0;
  }
  const json& value = row.result.at(where);
  return value.is_boolean()  ? static_cast<double>(value.get<bool>())
         : value.is_number() ? value.get<double>()
                             : 0;
}

std::vector<std::string> recipes_of(const Report& report, const std::vector<size_t>& points) {
  std::set<std::string> recipes;
  for (const size_t i : points) {
    recipes.insert(report.rows[i].recipe);
  }
  return {recipes.begin(), recipes.end()};
}

std::map<std::string, std::string> common_settings(const std::vector<const PointRow*>& rows) {
  std::map<std::string, std::string> common;
  for (const PointRow* row : rows) {
    if (row == rows[0]) {
      common = row->settings;
    }
    std::erase_if(common, [&](const auto& one) {
      const auto found = row->settings.find(one.first);
      return found == row->settings.end() || found->second != one.second;
    });
  }
  return common;
}

Report make_report(std::vector<PointRow> rows) {
  Report report;
  report.rows = std::move(rows);
  std::set<std::string> models, sweeps;
  for (const auto& row : report.rows) {
    models.insert(row.model);
    sweeps.insert(row.sweep);
  }
  report.title = join({sweeps.begin(), sweeps.end()});
  for (const auto& model : models) {
    report.models.push_back(fronts_of(report.rows, model));
  }
  return report;
}

std::set<size_t> points_of_fronts(const Report& report) {
  std::set<size_t> points;
  for (const auto& model : report.models) {
    for (const auto* front : {&model.throughput_dsp, &model.throughput_accuracy, &model.front}) {
      points.insert(front->begin(), front->end());
    }
  }
  return points;
}

json read_search(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "search.json";
  if (!std::filesystem::exists(file)) {
    return nullptr;
  }
  json search;
  try {
    search = json::parse(read_text(file));
  } catch (const json::parse_error& error) {
    fail("{}: is not JSON ({}); write it again with `tridex search`", file.string(), error.what());
  }
  const auto lacks = [&](const std::string& key) {
    fail("{}: has no list '{}'; write it again with `tridex search`", file.string(), key);
  };
  for (const char* key : {"objectives", "generations", "front"}) {
    if (!search.is_object() || !search.contains(key) || !search[key].is_array()) {
      lacks(key);
    }
  }
  for (const json& generation : search["generations"]) {
    for (const char* key : {"evaluations", "hypervolume"}) {
      if (!generation.is_object() || !generation.contains(key) || !generation[key].is_number()) {
        fail("{}: a generation has no number '{}'; write it again with `tridex search`", file.string(), key);
      }
    }
  }
  return search;
}

json to_json(const Report& report) {
  json models = json::array(), points = json::array(), layers = json::object(), designs = json::object();
  for (const auto& model : report.models) {
    json one{{"model", model.model},
             {"measured", model.measured},
             {"metric", model.metric},
             {"throughput_dsp", model.throughput_dsp},
             {"throughput_accuracy", model.throughput_accuracy},
             {"front", model.front},
             {"best", nullptr},
             {"fitting", model.fitting},
             {"misfits", model.misfits},
             {"failed", model.failed}};
    if (model.best) {
      one["best"] = *model.best;
    }
    models.push_back(std::move(one));
  }
  for (const auto& row : report.rows) {
    points.push_back(point_json(row));
  }
  for (const size_t i : points_of_fronts(report)) {
    const PointRow& row = report.rows[i];
    layers[row.hash] = row.result.value("layers", json::array());
    designs[row.hash] = row.design;
  }
  return {{"title", report.title}, {"version", TRIDEX_VERSION}, {"models", models},
          {"points", points},      {"layers", layers},          {"designs", designs}};
}

std::string report_page(const Report& report, const PageSources& sources) {
  std::string data = page_data(report, sources).dump(-1, ' ', false, json::error_handler_t::replace);
  // A "</script>" inside a string of the data must not end the element that holds it.
  for (size_t at = data.find("</"); at != std::string::npos; at = data.find("</", at + 3)) {
    data.replace(at, 2, "<\\/");
  }
  std::string page = kPageHtml;
  const auto fill = [&](const std::string& mark, const std::string& content) {
    page.replace(page.find(mark), mark.size(), content);
  };
  fill("@STYLE@", kPageCss);
  fill("@CHARTS@", kPageCharts);
  fill("@SCRIPT@", kPageJs);
  fill("@DATA@", data);
  return page;
}

}  // namespace tridex::explore

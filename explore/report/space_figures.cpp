#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <string_view>

#include "explore/report/effects.h"
#include "explore/report/figures.h"
#include "explore/store/objectives.h"
#include "explore/sweep/sweep_networks.h"

namespace tridex::explore {
namespace {

/// More lines than this are a smear on paper: evenly chosen ones are drawn beside those of the front.
constexpr size_t kMostLines = 400;

/// The last two parts of a key, and the one before an index: "engines.0.lanes", "schedule.double_buffer". Of
/// one with a glob over layers, in which dots part nothing, the last part and the glob:
/// "weight_bits[*stages.0*]".
std::string short_key(const std::string& key) {
  if (const size_t glob = key.find('['); glob != std::string::npos) {
    return key.substr(key.rfind('.', glob) + 1);
  }
  size_t at = key.size();
  for (int parts = 0; at != 0 && (parts < 2 || std::isdigit(static_cast<unsigned char>(key[at])) != 0);
       ++parts) {
    const size_t dot = key.rfind('.', at - 2);
    at = dot == std::string::npos || at < 2 ? 0 : dot + 1;
  }
  return key.substr(at);
}

/// Values of an objective of points that have it, and those points.
struct ObjectiveValues {
  std::vector<size_t> points;
  std::vector<double> values;
};
ObjectiveValues known_values(const Report& report, const std::vector<size_t>& points, size_t objective) {
  ObjectiveValues result;
  for (const size_t i : points) {
    if (const auto value = objectives_of(report.rows[i])[objective]) {
      result.points.push_back(i);
      result.values.push_back(*value);
    }
  }
  return result;
}

std::string title_of(const Objective& objective) {
  return std::string(objective.label) + (*objective.unit == 0 ? "" : fmt::format(" [{}]", objective.unit));
}

void draw_effects(Gnuplot& gnuplot, const Report& report, const ModelFronts& model, size_t objective) {
  const ObjectiveValues of = known_values(report, fitting_points(report, model.model), objective);
  auto effects = main_effects(report, of.points, of.values);
  if (std::string_view(objectives()[objective].name) == "accuracy") {
    // The network alone has an accuracy; means over a search's points would show one of the machine's keys.
    std::erase_if(effects, [](const MainEffect& effect) {
      return effect.axis != "recipe" && !is_network_key(effect.axis);
    });
  }
  if (effects.empty()) {
    return;
  }
  double mean = 0;
  for (const double value : of.values) {
    mean += value / static_cast<double>(of.values.size());
  }
  std::string data, labels;
  for (size_t k = 0; k < effects.size(); ++k) {
    const MainEffect& effect = effects[effects.size() - 1 - k];  // the largest on top
    data += fmt::format("{} {} {}\n", k, effect.means.front().second, effect.means.back().second);
    labels +=
        fmt::format("{}'{}: {} to {}' {}", labels.empty() ? "" : ", ", Gnuplot::plain(short_key(effect.axis)),
                    Gnuplot::plain(effect.means.front().first), Gnuplot::plain(effect.means.back().first), k);
  }
  const Objective& wanted = objectives()[objective];
  const std::string name = fmt::format("{}_effects_{}", model.model, wanted.name);
  gnuplot.draw(name, data,
               fmt::format("set title '{}: lowest to highest mean of each axis, {} points' noenhanced\n"
                           "set xlabel '{}'\nset ytics ({}) noenhanced\nset yrange [-0.6:{}]\nunset key\n"
                           "set arrow from {}, graph 0 to {}, graph 1 nohead dt 2 lc rgb '#D55E00'\n",
                           model.model, of.points.size(), title_of(wanted), labels,
                           static_cast<double>(effects.size()) - 0.4, mean, mean),
               fmt::format("plot '{}.dat' using 2:1:($3-$2):(0) with vectors nohead lw 12 lc rgb '{}'", name,
                           kFigureColours[0]));
}

/// Settings that differ, then objectives; the better end of an objective is up.
void draw_parallel(Gnuplot& gnuplot, const Report& report, const ModelFronts& model) {
  const std::vector<size_t> points = fitting_points(report, model.model);
  struct Axis {
    std::string label, low, high;
    std::map<size_t, double> shares;  ///< point -> place from 0 to 1
  };
  std::vector<Axis> axes;
  std::map<std::string, std::map<std::string, double>> levels;
  for (const size_t i : points) {
    levels["recipe"][report.rows[i].recipe] = 0;
    for (const auto& [key, level] : report.rows[i].settings) {
      levels[key][level] = 0;
    }
  }
  for (auto& [key, places] : levels) {
    if (places.size() < 2) {
      continue;
    }
    std::vector<std::string> order;
    for (const auto& [level, place] : places) {
      order.push_back(level);
    }
    std::stable_sort(order.begin(), order.end(), [](const std::string& a, const std::string& b) {
      return a.size() != b.size() && a.find_first_not_of("0123456789") == std::string::npos &&
                     b.find_first_not_of("0123456789") == std::string::npos
                 ? a.size() < b.size()
                 : a < b;
    });
    for (size_t k = 0; k < order.size(); ++k) {
      places[order[k]] = static_cast<double>(k) / static_cast<double>(order.size() - 1);
    }
    Axis axis{short_key(key), order.front(), order.back(), {}};
    for (const size_t i : points) {
      const auto& settings = report.rows[i].settings;
      const auto found = settings.find(key);
      if (key == "recipe" || found != settings.end()) {
        axis.shares[i] = places[key == "recipe" ? report.rows[i].recipe : found->second];
      }
    }
    axes.push_back(std::move(axis));
  }
  for (size_t o = 0; o < objectives().size(); ++o) {
    const ObjectiveValues of = known_values(report, points, o);
    const auto [low, high] = std::minmax_element(of.values.begin(), of.values.end());
    if (of.values.empty() || *low == *high) {
      continue;
    }
    const bool up = objectives()[o].larger_is_better;
    Axis axis{objectives()[o].label,
              fmt::format("{:.4g}", up ? *low : *high),
              fmt::format("{:.4g}", up ? *high : *low),
              {}};
    for (size_t k = 0; k < of.points.size(); ++k) {
      const double share = (of.values[k] - *low) / (*high - *low);
      axis.shares[of.points[k]] = up ? share : 1 - share;
    }
    axes.push_back(std::move(axis));
  }
  if (axes.size() < 2) {
    return;
  }
  const auto lines = [&](const std::vector<size_t>& of) {
    std::string data;
    for (const size_t i : of) {
      for (size_t a = 0; a < axes.size(); ++a) {
        const auto share = axes[a].shares.find(i);
        data += share == axes[a].shares.end() ? "\n" : fmt::format("{} {}\n", a, share->second);
      }
      data += "\n";
    }
    return data;
  };
  std::vector<size_t> some;
  const size_t step = points.size() / kMostLines + 1;
  for (size_t k = 0; k < points.size(); k += step) {
    some.push_back(points[k]);
  }
  std::string labels, ends;
  for (size_t a = 0; a < axes.size(); ++a) {
    labels += fmt::format("{}'{}' {}", a == 0 ? "" : ", ", Gnuplot::plain(axes[a].label), a);
    ends += fmt::format(
        "set label '{}' at {}, 1.03 center font ',10' noenhanced\nset label '{}' at {}, -0.03 center font "
        "',10' "
        "noenhanced\nset arrow from {}, 0 to {}, 1 nohead lc rgb '#444444'\n",
        Gnuplot::plain(axes[a].high), a, Gnuplot::plain(axes[a].low), a, a, a);
  }
  // The first label, turned by 35 degrees, is all left of its axis.
  const std::string name = model.model + "_parallel";
  gnuplot.draw(
      name, "# block0\n" + lines(some) + "\n# block1\n" + lines(model.front),
      fmt::format(
          "set title '{}: {} of {} points, and the front' noenhanced\nset xrange [-0.4:{}]\nset yrange "
          "[-0.06:1.06]\n"
          "unset ytics\nunset grid\nset border 0\nset lmargin {}\nset xtics ({}) rotate by 35 right "
          "noenhanced scale 0\n"
          "set key outside top horizontal\n{}",
          model.model, some.size(), points.size(), static_cast<double>(axes.size()) - 0.6,
          2 + axes[0].label.size() * 4 / 5, labels, ends),
      fmt::format("plot '{0}.dat' index 'block0' with lines lw 0.6 lc rgb '#cfcfcf' title 'points', '' index "
                  "'block1' with "
                  "lines lw 1.2 lc rgb '{1}' title 'front'",
                  name, kFigureColours[0]));
}

}  // namespace

void draw_space(Gnuplot& gnuplot, const Report& report, const ModelFronts& model) {
  for (size_t o = 0; o < objectives().size(); ++o) {
    const std::string name = objectives()[o].name;
    if (name == "fps" || name == "energy_mj" || (name == "accuracy" && model.measured)) {
      draw_effects(gnuplot, report, model, o);
    }
  }
  draw_parallel(gnuplot, report, model);
}

void draw_search(Gnuplot& gnuplot, const nlohmann::json& search) {
  if (search.is_null() || search["generations"].empty()) {
    return;
  }
  std::string data;
  for (const auto& generation : search["generations"]) {
    data += fmt::format("{} {}\n", generation["evaluations"].get<double>(),
                        generation["hypervolume"].get<double>());
  }
  gnuplot.draw(
      "hypervolume", data,
      fmt::format(
          "set title '{}, {}' noenhanced\nset xlabel 'Evaluations'\nset ylabel 'Hypervolume'\nunset key\n",
          Gnuplot::plain(search.value("name", "search")), Gnuplot::plain(search.value("algorithm", ""))),
      fmt::format("plot 'hypervolume.dat' with steps lw 2 lc rgb '{}'", kFigureColours[0]));
}

}  // namespace tridex::explore

#include <algorithm>
#include <array>
#include <functional>

#include "base/error.h"
#include "base/file.h"
#include "explore/report/figures.h"

namespace tridex::explore {
namespace {

/// x y colour of a point.
using Columns = std::function<std::array<double, 3>(const PointRow&)>;

/// How the points of a recipe look: gnuplot's filled marks, and a colour where accuracy gives none.
constexpr int kFilledMarks[] = {7, 5, 9, 13, 11, 15};

/// Points over two figures, a third one their colour, and their front.
class FrontFigures {
 public:
  FrontFigures(const Report& report, const ModelFronts& model, Gnuplot& gnuplot)
      : report_(report), model_(model), gnuplot_(gnuplot), fitting_(fitting_points(report, model.model)) {
    std::copy_if(fitting_.begin(), fitting_.end(), std::back_inserter(measured_),
                 [&](size_t i) { return report.rows[i].accuracy.has_value(); });
  }

  void throughput_dsp() {
    scatter("throughput_dsp", {"DSP slices", "Frames a second", metric(), "steps", "frames and DSPs"},
            fitting_, model_.throughput_dsp, [](const PointRow& row) {
              return std::array{number_of(row, "/cost/dsp"), number_of(row, "/fps"),
                                row.accuracy ? row.accuracy->value : 0};
            });
  }

  void throughput_accuracy() {
    scatter("throughput_accuracy",
            {"Frames a second", metric(), "DSP slices", "linespoints pt 6 ps 2", "frames and accuracy"},
            measured_, model_.throughput_accuracy, [](const PointRow& row) {
              return std::array{number_of(row, "/fps"), row.accuracy->value, number_of(row, "/cost/dsp")};
            });
  }

 private:
  [[nodiscard]] std::string metric() const {
    return model_.metric == "miou" ? "mIoU [%]" : "Top-1 accuracy [%]";
  }

  struct Look {
    std::string x, y, colour, line, objectives;
  };

  void scatter(const std::string& kind, const Look& look, const std::vector<size_t>& all,
               const std::vector<size_t>& front, const Columns& columns) {
    const std::string name = model_.model + "_" + kind;
    std::string data, plot;
    int blocks = 0;
    const auto draw_block = [&](const std::vector<size_t>& points, const std::string& how) {
      if (points.empty()) {
        return;
      }
      data += fmt::format("# block{}\n", blocks);
      for (const size_t i : points) {
        const auto [x, y, colour] = columns(report_.rows[i]);
        data += fmt::format("{} {} {}\n", x, y, colour);
      }
      data += "\n\n";
      plot += fmt::format("{} '{}.dat' index 'block{}' {}", plot.empty() ? "plot" : ",", name, blocks, how);
      ++blocks;
    };
    const auto only = [&](const std::vector<size_t>& points, const std::string& recipe, bool measured) {
      std::vector<size_t> chosen;
      std::copy_if(points.begin(), points.end(), std::back_inserter(chosen), [&](size_t i) {
        return report_.rows[i].recipe == recipe && report_.rows[i].accuracy.has_value() == measured;
      });
      return chosen;
    };
    // A mark says the recipe. On one machine recipes are almost equally fast: marks drawn first, of the
    // lowest value, are the largest.
    const auto size = [&](size_t later) {
      return look.line == "steps" ? 1.2 + 0.8 * static_cast<double>(std::min(later, size_t{4})) : 1.5;
    };
    struct Group {
      std::vector<size_t> points;
      std::string how;
      double highest = 0;
    };
    std::vector<Group> groups;
    const auto recipes = recipes_of(report_, fitting_);
    for (size_t r = 0; r < recipes.size(); ++r) {
      const int mark = kFilledMarks[r % std::size(kFilledMarks)];
      const std::string title = Gnuplot::plain(recipes[r]);
      const auto plain = only(all, recipes[r], false);
      draw_block(plain,
                 model_.measured
                     ? fmt::format("using 1:2 with points pt {} ps 1.2 lc rgb '#9a9a9a' title '{}, "
                                   "accuracy not measured' noenhanced",
                                   mark, title)
                     : fmt::format("using 1:2 with points pt {} ps {:.1f} lc rgb '{}' title '{}' noenhanced",
                                   mark, size(recipes.size() - 1 - r),
                                   kFigureColours[r % std::size(kFigureColours)], title));
      Group group{only(all, recipes[r], true),
                  fmt::format("lc palette pt {} title '{}' noenhanced", mark, title)};
      const auto value = [&](size_t i) { return columns(report_.rows[i])[2]; };
      std::stable_sort(group.points.begin(), group.points.end(),
                       [&](size_t a, size_t b) { return value(a) < value(b); });
      if (!group.points.empty()) {
        group.highest = value(group.points.back());
        groups.push_back(std::move(group));
      }
    }
    std::stable_sort(groups.begin(), groups.end(),
                     [](const Group& a, const Group& b) { return a.highest < b.highest; });
    const bool coloured = !groups.empty();
    for (size_t g = 0; g < groups.size(); ++g) {
      draw_block(groups[g].points, fmt::format("using 1:2:3 with points ps {:.1f} {}",
                                               size(groups.size() - 1 - g), groups[g].how));
    }
    if (model_.measured) {
      draw_block(front, fmt::format("using 1:2 with {} lw 1.5 lc rgb '#cc3311' title 'front of {} only'",
                                    look.line, look.objectives));
    } else {
      for (size_t r = 0; r < recipes.size(); ++r) {
        draw_block(
            only(front, recipes[r], false),
            fmt::format("using 1:2 with {} lw 1.5 lc rgb '{}' title 'front of {}' noenhanced", look.line,
                        kFigureColours[r % std::size(kFigureColours)], Gnuplot::plain(recipes[r])));
      }
    }
    std::string settings = fmt::format(
        "set title '{}' noenhanced\nset xlabel '{}'\nset ylabel '{}'\nset key outside top horizontal\n"
        "set offsets graph 0.04, graph 0.04, graph 0.06, graph 0.04\n",
        model_.model, look.x, look.y);
    settings += !coloured ? "" : fmt::format("set cblabel '{}'\n", look.colour);
    gnuplot_.draw(name, data, settings, plot);
  }

  const Report& report_;
  const ModelFronts& model_;
  Gnuplot& gnuplot_;
  std::vector<size_t> fitting_, measured_;
};

}  // namespace

std::vector<size_t> fitting_points(const Report& report, const std::string& model) {
  std::vector<size_t> points;
  for (size_t i = 0; i < report.rows.size(); ++i) {
    const PointRow& row = report.rows[i];
    if (row.model == model && row.status == "ok" && number_of(row, "/cost/fits") != 0) {
      points.push_back(i);
    }
  }
  return points;
}

Figures write_figures(const Report& report, const nlohmann::json& search,
                      const std::filesystem::path& folder) {
  if (!Gnuplot::there()) {
    return {{}, "gnuplot is not installed (Debian: gnuplot-nox)"};
  }
  ensure_folder(folder);
  Gnuplot gnuplot(folder);
  for (const auto& model : report.models) {
    if (!model.best) {
      continue;
    }
    FrontFigures fronts(report, model, gnuplot);
    fronts.throughput_dsp();
    if (model.measured) {
      fronts.throughput_accuracy();
    }
    draw_point(gnuplot, report, model);
    draw_space(gnuplot, report, model);
  }
  draw_search(gnuplot, search);
  return {gnuplot.files, ""};
}

}  // namespace tridex::explore

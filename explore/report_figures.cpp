#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <numeric>
#include <set>

#include "arch/design/run_result.h"
#include "base/error.h"
#include "base/file.h"
#include "explore/report.h"

namespace tridex::explore {
namespace {

using std::filesystem::path;

/// More bars than this cannot be read in a figure of a page's width.
constexpr size_t kMostBars = 40;

bool has_gnuplot() {
  const char* variable = std::getenv("PATH");
  const std::string folders = variable == nullptr ? "" : variable;
  for (size_t begin = 0; begin <= folders.size();) {
    const size_t end = std::min(folders.find(':', begin), folders.size());
    if (::access((path(folders.substr(begin, end - begin)) / "gnuplot").c_str(), X_OK) == 0) {
      return true;
    }
    begin = end + 1;
  }
  return false;
}

/// Runs `gnuplot SCRIPT` in `folder`, so that scripts name files without a path and can be run again by hand.
void run_gnuplot(const path& folder, const std::string& script) {
  const path log = folder / (script + ".log");
  const pid_t child = ::fork();
  if (child < 0) {
    fail("gnuplot cannot be started: {}", std::strerror(errno));
  }
  if (child == 0) {
    if (::chdir(folder.c_str()) == 0 && std::freopen((script + ".log").c_str(), "w", stderr) != nullptr) {
      ::execlp("gnuplot", "gnuplot", script.c_str(), nullptr);
    }
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const std::string said = std::filesystem::exists(log) ? read_text(log) : "";
  std::filesystem::remove(log);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fail("{}: gnuplot failed: {}", (folder / script).string(), said);
  }
}

/// One script that draws `plot` as NAME.png and NAME.svg.
std::string script_of(const std::string& name, const std::string& settings, const std::string& plot) {
  const std::string style =
      "set encoding utf8\n"
      "set border 3 lc rgb '#444444'\n"
      "set tics nomirror\n"
      "set grid lc rgb '#dddddd'\n"
      "set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')\n";
  return fmt::format(
      "# gnuplot {0}.gp\n{1}{2}set terminal pngcairo size 1200,800 font 'sans,14' linewidth 1.5\n"
      "set output '{0}.png'\n{3}\nset terminal svg size 1200,800 font 'sans,14' linewidth 1.5\n"
      "set output '{0}.svg'\n{3}\n",
      name, style, settings, plot);
}

std::string quoted(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\'' || c == '\n' || c == '"'; }, ' ');
  return text;
}

/// x y colour of a point.
using Columns = std::function<std::array<double, 3>(const PointRow&)>;

/// How the points of a recipe look: gnuplot's filled marks, and a colour where accuracy gives none.
constexpr int kMarks[] = {7, 5, 9, 13, 11, 15};
constexpr const char* kColours[] = {"#2b7bba", "#e08214", "#7b5aa6", "#4d9221", "#c51b7d", "#8c510a"};

/// A layer's name without what all names of a checkpoint share.
std::string short_layer(std::string name) {
  for (const std::string part : {"backbone.", "op_list."}) {
    for (size_t at = name.find(part); at != std::string::npos; at = name.find(part)) {
      name.erase(at, part.size());
    }
  }
  return quoted(name.ends_with(".conv") ? name.substr(0, name.size() - 5) : name);
}

class FigureWriter {
 public:
  FigureWriter(const Report& report, const ModelFronts& model, path folder)
      : report_(report), model_(model), folder_(std::move(folder)) {
    for (size_t i = 0; i < report.rows.size(); ++i) {
      const PointRow& row = report.rows[i];
      if (row.model == model.model && row.status == "ok" && number_of(row, "/cost/fits") != 0) {
        fitting_.push_back(i);
        if (row.accuracy) {
          measured_.push_back(i);
        }
      }
    }
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

  /// Busy and stalled cycles, by reason, of the best point's longest layers, in the network's order.
  void layers() {
    const PointRow& row = report_.rows[*model_.best];
    const auto all = row.result.value("layers", nlohmann::json::array());
    const auto cycles = [](const nlohmann::json& layer) {
      int64_t sum = layer.value("busy_cycles", int64_t{0});
      for (const auto& [cause, stall] : stall_reasons(layer)) {
        sum += stall;
      }
      return sum;
    };
    std::vector<size_t> order(all.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return cycles(all[a]) > cycles(all[b]); });
    order.resize(std::min(order.size(), kMostBars));
    std::sort(order.begin(), order.end());
    std::set<std::string> causes;
    for (const size_t i : order) {
      for (const auto& [cause, stall] : stall_reasons(all[i])) {
        causes.insert(cause);
      }
    }
    std::string data = "layer busy";
    for (const auto& cause : causes) {
      data += " " + cause;
    }
    data += "\n";
    for (const size_t i : order) {
      data += fmt::format("\"{}\" {}", short_layer(all[i].value("name", "")),
                          all[i].value("busy_cycles", int64_t{0}));
      arch::Stalls stalls = stall_reasons(all[i]);
      for (const auto& cause : causes) {
        data += fmt::format(" {}", stalls[cause]);
      }
      data += "\n";
    }
    const std::string name = model_.model + "_layers";
    write_file(folder_ / (name + ".dat"), data);
    const std::string settings = fmt::format(
        "set title '{}, {}, {:.0f} frames/s: cycles of layers, stalls by reason{}' noenhanced\n"
        "set style data histograms\nset style histogram rowstacked\nset style fill solid\nset boxwidth 0.8\n"
        "set ylabel 'Cycles, all engines added'\nset xtics rotate by 90 right font ',10' noenhanced\nset key "
        "outside top "
        "noenhanced\n"
        "set for [i=1:15] linetype i lc rgb word('#2b7bba #e08214 #c51b7d #7b5aa6 #b8a10b #8c510a #de77ae "
        "#737373 #4d9221 #01665e #c7a17a #a6cee3 #3f007d #fb9a99 #222222', i)\n"
        "set key autotitle columnheader\nset bmargin 18\nset yrange [0:*]\n",
        model_.model, row.recipe, number_of(row, "/fps"),
        order.size() < all.size() ? fmt::format(", longest {} of {}", order.size(), all.size()) : "");
    draw(name, settings, fmt::format("plot for [c=2:{}] '{}.dat' using c:xtic(1)", causes.size() + 2, name));
  }

  std::vector<path> files;

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
      const int mark = kMarks[r % std::size(kMarks)];
      const std::string title = quoted(recipes[r]);
      const auto plain = only(all, recipes[r], false);
      draw_block(
          plain,
          model_.measured
              ? fmt::format("using 1:2 with points pt {} ps 1.2 lc rgb '#9a9a9a' title '{}, "
                            "accuracy not measured' noenhanced",
                            mark, title)
              : fmt::format("using 1:2 with points pt {} ps {:.1f} lc rgb '{}' title '{}' noenhanced", mark,
                            size(recipes.size() - 1 - r), kColours[r % std::size(kColours)], title));
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
        draw_block(only(front, recipes[r], false),
                   fmt::format("using 1:2 with {} lw 1.5 lc rgb '{}' title 'front of {}' noenhanced",
                               look.line, kColours[r % std::size(kColours)], quoted(recipes[r])));
      }
    }
    write_file(folder_ / (name + ".dat"), data);
    std::string settings = fmt::format(
        "set title '{}' noenhanced\nset xlabel '{}'\nset ylabel '{}'\nset key outside top horizontal\n"
        "set offsets graph 0.04, graph 0.04, graph 0.06, graph 0.04\n",
        model_.model, look.x, look.y);
    settings += !coloured ? "" : fmt::format("set cblabel '{}'\n", look.colour);
    draw(name, settings, plot);
  }

  void draw(const std::string& name, const std::string& settings, const std::string& plot) {
    write_file(folder_ / (name + ".gp"), script_of(name, settings, plot));
    run_gnuplot(folder_, name + ".gp");
    files.push_back(folder_ / (name + ".png"));
    files.push_back(folder_ / (name + ".svg"));
  }

  const Report& report_;
  const ModelFronts& model_;
  path folder_;
  std::vector<size_t> fitting_, measured_;
};

}  // namespace

Figures write_figures(const Report& report, const path& folder) {
  Figures figures;
  if (!has_gnuplot()) {
    figures.missing = "gnuplot is not installed (Debian: gnuplot-nox)";
    return figures;
  }
  ensure_folder(folder);
  for (const auto& model : report.models) {
    if (!model.best) {
      continue;
    }
    FigureWriter writer(report, model, folder);
    writer.throughput_dsp();
    if (model.measured) {
      writer.throughput_accuracy();
    }
    writer.layers();
    figures.files.insert(figures.files.end(), writer.files.begin(), writer.files.end());
  }
  return figures;
}

}  // namespace tridex::explore

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "arch/design/design_point.h"
#include "base/error.h"
#include "base/yaml.h"
#include "explore/report/figures.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

/// More bars than this cannot be read in a figure of a page's width.
constexpr size_t kMostBars = 40;

int64_t all_cycles(const json& layer) {
  int64_t sum = layer.value("busy_cycles", int64_t{0});
  for (const auto& [cause, stall] : stall_reasons(layer)) {
    sum += stall;
  }
  return sum;
}

/// Busy and stalled cycles, by reason, of the longest layers, in the network's order.
void draw_layers(Gnuplot& gnuplot, const ModelFronts& model, const PointRow& row, const json& all) {
  std::vector<size_t> order(all.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return all_cycles(all[a]) > all_cycles(all[b]); });
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
  const std::string name = model.model + "_layers";
  const std::string settings = fmt::format(
      "set title '{}, {}, {:.0f} frames/s: cycles of layers, stalls by reason{}' noenhanced\n"
      "set style data histograms\nset style histogram rowstacked\nset style fill solid\nset boxwidth 0.8\n"
      "set ylabel 'Cycles, all engines added'\nset xtics rotate by 90 right font ',10' noenhanced\n"
      "set key outside top noenhanced\n"
      "set for [i=1:15] linetype i lc rgb word('#0072B2 #E69F00 #56B4E9 #009E73 #D55E00 #CC79A7 #F0E442 "
      "#999999 "
      "#004c75 #a06e00 #1f6f99 #00543d #8a3c00 #8f4a72 #444444', i)\n"
      "set key autotitle columnheader\nset bmargin 18\nset yrange [0:*]\n",
      model.model, row.recipe, number_of(row, "/fps"),
      order.size() < all.size() ? fmt::format(", longest {} of {}", order.size(), all.size()) : "");
  gnuplot.draw(name, data, settings,
               fmt::format("plot for [c=2:{}] '{}.dat' using c:xtic(1)", causes.size() + 2, name));
}

/// GOPS over operations a byte, a layer a point, under what multipliers and reads allow. A layer without
/// traffic has no place on a logarithmic axis and is left out.
void draw_roofline(Gnuplot& gnuplot, const ModelFronts& model, const PointRow& row, const json& layers) {
  const double utilization = number_of(row, "/utilization"), cycles = number_of(row, "/cycles");
  if (utilization <= 0 || cycles <= 0) {
    return;
  }
  const double peak = number_of(row, "/gops") / utilization;
  const double clock = cycles / (number_of(row, "/latency_ms") / 1000);
  std::map<std::string, std::string> regions;
  double least = 1, most = 10;
  for (const json& layer : layers) {
    const auto value = [&](const char* key) { return layer.value(key, 0.0); };
    const double bytes = value("read_bytes") + value("write_bytes"),
                 length = value("end_cycle") - value("start_cycle");
    if (value("macs") <= 0 || bytes <= 0 || length <= 0) {
      continue;
    }
    const double intensity = 2 * value("macs") / bytes;
    least = std::min(least, intensity);
    most = std::max(most, intensity);
    regions[layer.value("region", "")] +=
        fmt::format("{} {} {}\n", intensity, 2 * value("macs") / (length / clock) / 1e9,
                    1 + 6 * std::sqrt(length / cycles));
  }
  if (regions.empty()) {
    return;
  }
  const std::string name = model.model + "_roofline";
  const auto bandwidth = read_bandwidth(row);
  most = std::max(most * 2, bandwidth ? 4 * peak * 1e9 / *bandwidth : 0);
  std::string data = fmt::format("# block0\n{} {}\n", least, bandwidth ? *bandwidth * least / 1e9 : peak);
  data += bandwidth ? fmt::format("{} {}\n", peak * 1e9 / *bandwidth, peak) : "";
  data += fmt::format("{} {}\n", most, peak);
  std::string plot = fmt::format(
      "plot '{}.dat' index 'block0' using 1:2 with lines lw 2 lc rgb '#222222' title '{:.0f} GOPS{}'", name,
      peak, bandwidth ? fmt::format(", {:.1f} GB/s of reads", *bandwidth / 1e9) : "");
  int block = 1;
  for (const auto& [region, points] : regions) {
    data += fmt::format("\n\n# block{}\n{}", block, points);
    plot += fmt::format(
        ", '{}.dat' index 'block{}' using 1:2:3 with points pt 7 ps variable lc rgb '{}' title '{}' "
        "noenhanced",
        name, block, kFigureColours[(block - 1) % 8], Gnuplot::plain(region.empty() ? "layers" : region));
    ++block;
  }
  gnuplot.draw(
      name, data,
      fmt::format("set title '{}, {}, {:.0f} frames/s: roofline; area: time, above the slope: read before it "
                  "began' noenhanced\n"
                  "set logscale xy\nset xlabel 'Operations a byte of DRAM traffic'\nset ylabel 'GOPS'\n"
                  "set key outside top horizontal\n",
                  model.model, row.recipe, number_of(row, "/fps")),
      plot);
}

void draw_traffic(Gnuplot& gnuplot, const ModelFronts& model, const PointRow& row, const json& layers) {
  std::string data = "layer read written\n";
  for (const json& layer : layers) {
    data += fmt::format("\"{}\" {} {}\n", short_layer(layer.value("name", "")),
                        static_cast<double>(layer.value("read_bytes", int64_t{0})) / 1024,
                        static_cast<double>(layer.value("write_bytes", int64_t{0})) / 1024);
  }
  const std::string name = model.model + "_traffic";
  gnuplot.draw(
      name, data,
      fmt::format(
          "set title '{}, {}, {:.0f} frames/s: DRAM traffic of the first frame, layers in order' noenhanced\n"
          "set style data histograms\nset style histogram rowstacked\nset style fill solid\nset boxwidth "
          "0.8\n"
          "set ylabel 'KiB'\nset xlabel 'Layers'\nunset xtics\nset key outside top horizontal\nset yrange "
          "[0:*]\n",
          model.model, row.recipe, number_of(row, "/fps")),
      fmt::format("plot '{0}.dat' using 2 lc rgb '{1}' title 'read', '' using 3 lc rgb '{2}' title 'written'",
                  name, kFigureColours[0], kFigureColours[1]));
}

/// Percent of each buffer's bytes that are in use over the run.
void draw_buffers(Gnuplot& gnuplot, const ModelFronts& model, const PointRow& row) {
  const json buffers = row.result.value("buffers", json());
  if (buffers.empty()) {
    return;
  }
  const std::string name = model.model + "_buffers";
  std::string data, plot;
  for (size_t b = 0; b < buffers.size(); ++b) {
    const json& most = buffers[b]["most"];
    data += fmt::format("# block{}\n", b);
    for (size_t k = 0; k < most.size(); ++k) {
      data += fmt::format(
          "{} {}\n",
          buffers[b]["cycles"].get<double>() * static_cast<double>(k) / static_cast<double>(most.size()),
          100 * most[k].get<double>() / buffers[b]["bytes"].get<double>());
    }
    data += "\n\n";
    plot += fmt::format("{} '{}.dat' index 'block{}' with steps lw {} lc rgb '{}' title '{}'",
                        b == 0 ? "plot" : ",", name, b, 3.0 - static_cast<double>(b),
                        kFigureColours[b == 2 ? 3 : b], buffers[b]["name"].get<std::string>());
  }
  gnuplot.draw(
      name, data,
      fmt::format("set title '{}, {}, {:.0f} frames/s: buffers in use' noenhanced\nset xlabel 'Cycles'\n"
                  "set ylabel '% of the bytes'\nset yrange [0:105]\nset key outside top horizontal\n",
                  model.model, row.recipe, number_of(row, "/fps")),
      plot);
}

}  // namespace

std::string short_layer(std::string name) {
  for (const std::string part : {"backbone.", "op_list."}) {
    for (size_t at = name.find(part); at != std::string::npos; at = name.find(part)) {
      name.erase(at, part.size());
    }
  }
  return Gnuplot::plain(name.ends_with(".conv") ? name.substr(0, name.size() - 5) : name);
}

std::optional<double> read_bandwidth(const PointRow& row) {
  try {
    const arch::DesignPoint design = arch::read_design(Yaml::parse(row.design, row.hash));
    constexpr int64_t kBytes = 1 << 30;
    const double cycles = design.transfer_cycles(kBytes, 0);
    return cycles > 0 ? std::optional(kBytes / cycles * design.clock_mhz * 1e6) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void draw_point(Gnuplot& gnuplot, const Report& report, const ModelFronts& model) {
  const PointRow& row = report.rows[*model.best];
  const json layers = row.result.value("layers", json::array());
  draw_layers(gnuplot, model, row, layers);
  draw_roofline(gnuplot, model, row, layers);
  draw_traffic(gnuplot, model, row, layers);
  draw_buffers(gnuplot, model, row);
}

}  // namespace tridex::explore

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explore/report/quantization_report.h"

namespace tridex::explore {
namespace {

using quant::PlaceHistogram;
using quant::TensorReport;

/// Drawn as infinitely good: nothing differs.
constexpr double kCeilingDb = 80;
constexpr size_t kLongFact = 60;  ///< characters; a longer one has a line of the grid to itself

constexpr const char* kStyle = R"css(
:root { --ink: #1d2430; --soft: #5d6878; --line: #dde2e9; --ground: #f4f6f9; --accent: #21618c; --bad: #c8321a; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.4 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1360px; margin: 0 auto; padding: 20px; }
h1 { font-size: 23px; margin: 0 0 14px; }
h2 { font-size: 17px; margin: 0 0 4px; }
section { background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: 16px; margin: 0 0 16px; }
.note { color: var(--soft); margin: 0 0 10px; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 8px 18px; margin: 0; }
dl div { border-left: 3px solid var(--line); padding-left: 9px; }
dt { color: var(--soft); font-size: 12.5px; }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
pre { background: var(--ground); padding: 12px; overflow-x: auto; font-size: 12.5px; }
summary { cursor: pointer; color: var(--accent); margin-top: 12px; }
svg text { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: var(--soft); }
.chart { width: 100%; height: auto; display: block; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; width: 100%; }
th, td { text-align: right; padding: 3px 6px; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; position: sticky; top: 0; background: #fff; }
th.word, td.word { text-align: left; }
td small { color: var(--soft); display: block; white-space: normal; }
th.db { min-width: 90px; }
td.db { background: linear-gradient(to right, #cfe3f1 var(--w), transparent var(--w)); font-weight: 600; }
tr.worst td.db { background: linear-gradient(to right, #f6cfc8 var(--w), transparent var(--w)); }
td svg { display: block; }
i { display: inline-block; width: 11px; height: 11px; margin: 0 5px 0 12px; border-radius: 2px; vertical-align: -1px; }
)css";

constexpr const char* kBlue = "#2b7bba";
constexpr const char* kOrange = "#e08214";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string decibels(double value) {
  return std::isfinite(value) ? fmt::format("{:.1f}", value) : "exact";
}

/// A layer's name without what all names of a checkpoint share.
std::string short_name(std::string name) {
  for (const std::string part : {"backbone.", "op_list.", "main."}) {
    for (size_t at = name.find(part); at != std::string::npos; at = name.find(part)) {
      name.erase(at, part.size());
    }
  }
  return name;
}

/// SQNR of tensors (line) and of weights (marks) from the input to the logits.
std::string chart(const std::vector<TensorReport>& tensors) {
  constexpr double kWidth = 1280, kHeight = 300, kLeft = 44, kRight = 10, kTop = 12, kBottom = 34;
  double low = 0, high = 10;
  for (const TensorReport& t : tensors) {
    for (const double db : {t.sqnr_db, t.weight_sqnr_db.value_or(t.sqnr_db)}) {
      low = std::min(low, std::max(std::floor(db / 10) * 10, -kCeilingDb));
      high = std::max(high, std::min(std::ceil(db / 10) * 10, kCeilingDb));
    }
  }
  const double step = (kWidth - kLeft - kRight) / static_cast<double>(std::max<size_t>(tensors.size(), 1));
  const auto x = [&](size_t i) { return kLeft + (static_cast<double>(i) + 0.5) * step; };
  const auto y = [&](double db) {
    return kTop + (high - std::clamp(db, low, high)) / (high - low) * (kHeight - kTop - kBottom);
  };
  std::string out = fmt::format("<svg class=\"chart\" viewBox=\"0 0 {} {}\">", kWidth, kHeight);
  for (double db = low; db <= high; db += 10) {
    out += fmt::format(
        "<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"#dde2e9\"/><text x=\"{:.1f}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{:g}</text>",
        kLeft, y(db), kWidth - kRight, kLeft - 6, y(db) + 4, db);
  }
  std::string region;
  for (size_t i = 0; i < tensors.size(); ++i) {  // a line where a part of the network begins
    if (tensors[i].region != region) {
      region = tensors[i].region;
      out += fmt::format(
          "<path d=\"M{0:.1f} {1}V{2}\" stroke=\"#c3cad4\" stroke-dasharray=\"2 3\"/><text x=\"{3:.1f}\" "
          "y=\"{4}\" transform=\"rotate(20 {3:.1f} {4})\">{5}</text>",
          x(i) - step / 2, kTop, kHeight - kBottom, x(i) - step / 2 + 2, kHeight - kBottom + 12,
          escaped(region));
    }
  }
  std::string line, marks;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const TensorReport& t = tensors[i];
    line += fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : "L", x(i), y(t.sqnr_db));
    if (t.weight_sqnr_db) {
      marks += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"#fff\" stroke=\"{}\" "
          "stroke-width=\"1.5\"><title>{}: "
          "{}-bit weights, {} dB</title></circle>",
          x(i), y(*t.weight_sqnr_db), kOrange, escaped(t.name), *t.weight_bits, decibels(*t.weight_sqnr_db));
    }
    marks += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"><title>{}: {}-bit output, {} "
        "dB</title></circle>",
        x(i), y(t.sqnr_db), kBlue, escaped(t.name), t.bits, decibels(t.sqnr_db));
  }
  return out +
         fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-opacity=\"0.45\"/>", line, kBlue) +
         marks + "</svg>";
}

/// Counts on a logarithmic scale; the range of the codes is shaded.
std::string histogram(const TensorReport& t) {
  constexpr double kWidth = 230, kHeight = 38;
  const PlaceHistogram& h = t.histogram;
  const double span = std::max(h.high - h.low, 1e-30);
  const auto x = [&](double place) { return (std::clamp(place, h.low, h.high) - h.low) / span * kWidth; };
  int64_t most = 1;
  for (const int64_t count : h.floats) {
    most = std::max(most, count);
  }
  for (const int64_t count : h.codes) {
    most = std::max(most, count);
  }
  const double bin = kWidth / PlaceHistogram::kBins;
  const auto y = [&](int64_t count) {
    return kHeight -
           std::log1p(static_cast<double>(count)) / std::log1p(static_cast<double>(most)) * (kHeight - 2);
  };
  std::string bars = fmt::format("M0 {}", kHeight), outline;
  for (size_t i = 0; i < h.floats.size(); ++i) {
    const double from = static_cast<double>(i) * bin;
    bars += fmt::format("L{:.1f} {:.1f}H{:.1f}", from, y(h.floats[i]), from + bin);
    outline += fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : "L", from + bin / 2, y(h.codes[i]));
  }
  return fmt::format(
      "<svg width=\"{0}\" height=\"{1}\"><rect x=\"{2:.1f}\" width=\"{3:.1f}\" height=\"{1}\" "
      "fill=\"#eef3f7\"/>"
      "<path d=\"{4}V{1}Z\" fill=\"{5}\" fill-opacity=\"0.55\"/><path d=\"{6}\" fill=\"none\" "
      "stroke=\"{7}\"/>"
      "<path d=\"M{2:.1f} 0V{1}M{8:.1f} 0V{1}\" stroke=\"#c8321a\" stroke-dasharray=\"3 2\"/></svg>",
      kWidth, kHeight, x(0), x(1) - x(0), bars, kBlue, outline, kOrange, x(1));
}

/// "12" or "12 to 15".
template <typename T>
std::string extent(const char* format, const T& low, const T& high) {
  const std::string a = fmt::format(fmt::runtime(format), low), b = fmt::format(fmt::runtime(format), high);
  return a == b ? a : a + " to " + b;
}

std::string row(const TensorReport& t, bool worst, double best) {
  const double share = std::clamp((std::isfinite(t.sqnr_db) ? t.sqnr_db : best) / best, 0.0, 1.0);
  const auto cell = [](const std::string& text) { return "<td>" + text + "</td>"; };
  return fmt::format(
             "<tr{}><td>{}</td><td class=\"word\" title=\"{}\">{}<small>{}{}, {} x {} x {}</small></td>",
             worst ? " class=\"worst\"" : "", t.id, escaped(t.name), escaped(short_name(t.name)), t.op,
             t.role == "none" ? "" : ", " + t.role, t.shape.c, t.shape.h, t.shape.w) +
         cell(histogram(t)) + cell(fmt::format("{}{}", t.bits, t.is_signed ? " s" : "")) +
         fmt::format("<td class=\"db\" style=\"--w: {:.0f}%\">{}</td>", 100 * share, decibels(t.sqnr_db)) +
         cell(fmt::format("{:.5f}", t.cosine)) + cell(fmt::format("{:.3f}", 100 * t.clipped)) +
         fmt::format("<td>{:.3g} to {:.3g}<small>scale {}, zero {}</small></td>", t.low, t.high,
                     extent("{:.3g}", t.smallest_scale, t.largest_scale),
                     extent("{}", t.lowest_zero, t.highest_zero)) +
         cell(t.weight_bits ? std::to_string(*t.weight_bits) : "") +
         cell(t.weight_sqnr_db ? decibels(*t.weight_sqnr_db) : "") + "</tr>\n";
}

}  // namespace

std::string quantization_page(const QuantizationReport& report) {
  constexpr size_t kWorst = 10;
  std::vector<double> order;
  double best = 1;
  for (const TensorReport& t : report.tensors) {
    order.push_back(t.sqnr_db);
    best = std::isfinite(t.sqnr_db) ? std::max(best, t.sqnr_db) : best;
  }
  std::sort(order.begin(), order.end());
  const double bound = order.size() > kWorst ? order[kWorst - 1] : -kCeilingDb;
  std::string facts, rows;
  for (const auto& [name, value] : report.facts) {
    const char* place = value.size() > kLongFact ? " style=\"grid-column: 1 / -1\"" : "";
    facts += fmt::format("<div{}><dt>{}</dt><dd>{}</dd></div>\n", place, escaped(name), escaped(value));
  }
  for (const TensorReport& t : report.tensors) {
    rows += row(t, t.sqnr_db <= bound, best);
  }
  std::string wider;
  if (!report.wider.empty()) {
    wider = fmt::format("<details><summary>Layers with more bits than the recipe's widths: {}</summary><pre>",
                        report.wider.size());
    for (const std::string& layer : report.wider) {
      wider += escaped(layer) + "\n";
    }
    wider += "</pre></details>";
  }
  const std::string title = escaped(report.model + ", " + report.recipe);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{0}: "
      "quantization</title>\n"
      "<style>{1}</style>\n</head>\n<body><main>\n<h1>{0}</h1>\n"
      "<section><dl>{2}</dl><details><summary>Recipe (YAML)</summary><pre>{3}</pre></details>{9}</section>\n"
      "<section><h2>SQNR against the float network, dB</h2><p class=\"note\">Each tensor with everything "
      "before it "
      "quantized, and the weights of each convolution against the float ones (fitted weights make up for "
      "what "
      "came before, and differ more).<i style=\"background: {4}\"></i>tensors"
      "<i style=\"background: {5}\"></i>weights</p>{6}</section>\n"
      "<section><h2>Tensors</h2><p class=\"note\">Histograms: counts on a logarithmic scale<i "
      "style=\"background: "
      "{4}\"></i>float network<i style=\"background: {5}\"></i>integer network; between the dashed lines "
      "lies the "
      "range of the codes (of each channel, where scales or zero points are per channel). Red: the {7} "
      "tensors of "
      "lowest SQNR. s: signed codes.</p>\n<div class=\"scroll\"><table><thead><tr><th>#</th><th "
      "class=\"word\">layer</th><th "
      "class=\"word\">values</th><th>bits</th><th class=\"db\">SQNR dB</th><th>cosine</th><th>clipped "
      "%</th><th>range of the "
      "codes</th><th>W bits</th><th>W dB</th></tr></thead>\n"
      "<tbody>\n{8}</tbody></table></div></section>\n</main></body>\n</html>\n",
      title, kStyle, facts, escaped(report.recipe_text), kBlue, kOrange, chart(report.tensors), kWorst, rows,
      wider);
}

}  // namespace tridex::explore

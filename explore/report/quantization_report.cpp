#include "explore/report/quantization_report.h"

#include <fmt/format.h>

#include <cmath>

#include "base/file.h"

namespace tridex::explore {
namespace {

/// A CSV field for a number that may be infinite or absent.
std::string field(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "";
}

/// Names of layers come from files: a comma or a quote must not make two fields.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' ? "\"\"" : std::string(1, c);
  }
  return out + "\"";
}

nlohmann::json finite(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

}  // namespace

std::vector<std::string> wider_layers(const quant::IntegerGraph& network, const quant::Recipe& recipe) {
  std::vector<std::string> result;
  for (const quant::IntNode& node : network.nodes) {
    std::string what;
    if (node.op == quant::IntOp::kConv && node.weight_bits > recipe.weight_bits) {
      what = fmt::format("{}-bit weights", node.weight_bits);
    }
    if (node.op != quant::IntOp::kInput && node.out.bits > recipe.activation_bits) {
      what += fmt::format("{}{}-bit output", what.empty() ? "" : ", ", node.out.bits);
    }
    if (!what.empty()) {
      result.push_back(node.name + ": " + what);
    }
  }
  return result;
}

nlohmann::json to_json(const quant::TensorReport& t) {
  nlohmann::json figures{{"name", t.name},
                         {"op", t.op},
                         {"role", t.role},
                         {"region", t.region},
                         {"block", t.block},
                         {"shape", {t.shape.c, t.shape.h, t.shape.w}},
                         {"bits", t.bits},
                         {"signed", t.is_signed},
                         {"per_channel", t.per_channel},
                         {"scale", {t.smallest_scale, t.largest_scale}},
                         {"zero", {t.lowest_zero, t.highest_zero}},
                         {"range", {t.low, t.high}},
                         {"float_range", {t.float_low, t.float_high}},
                         {"clipped", t.clipped},
                         {"sqnr_db", finite(t.sqnr_db)},
                         {"cosine", t.cosine},
                         {"weight_bits", nullptr},
                         {"weight_sqnr_db", nullptr}};
  if (t.weight_bits) {
    figures["weight_bits"] = *t.weight_bits;
    figures["weight_sqnr_db"] = finite(*t.weight_sqnr_db);
  }
  return figures;
}

std::string layers_csv(const std::vector<quant::TensorReport>& tensors) {
  std::string out =
      "name,op,role,region,block,channels,height,width,bits,signed,per_channel,smallest_scale,largest_scale,"
      "lowest_zero,highest_zero,low,high,float_low,float_high,clipped,sqnr_db,cosine,weight_bits,weight_sqnr_"
      "db\n";
  for (const quant::TensorReport& t : tensors) {
    out +=
        fmt::format("{},{},{},{},{},{},{},{},{},{:d},{:d},{:.9g},{:.9g},{},{},{:.6g},{:.6g},{:.6g},{:.6g},",
                    field(t.name), t.op, t.role, t.region, field(t.block), t.shape.c, t.shape.h, t.shape.w,
                    t.bits, t.is_signed, t.per_channel, t.smallest_scale, t.largest_scale, t.lowest_zero,
                    t.highest_zero, t.low, t.high, t.float_low, t.float_high);
    out += fmt::format("{:.6g},{},{:.9g},{},{}\n", t.clipped, field(t.sqnr_db), t.cosine,
                       t.weight_bits ? std::to_string(*t.weight_bits) : "",
                       t.weight_sqnr_db ? field(*t.weight_sqnr_db) : "");
  }
  return out;
}

std::string histograms_csv(const std::vector<quant::TensorReport>& tensors) {
  std::string out = "name,bin,from,to,real_from,real_to,float,codes\n";
  for (const quant::TensorReport& t : tensors) {
    const quant::PlaceHistogram& h = t.histogram;
    const auto place = [&](size_t i) {
      return h.low + (h.high - h.low) * static_cast<double>(i) / quant::PlaceHistogram::kBins;
    };
    const auto real = [&](size_t i) {
      return t.per_channel ? "" : fmt::format("{:.6g}", t.low + (t.high - t.low) * place(i));
    };
    for (size_t i = 0; i < h.floats.size(); ++i) {
      out += fmt::format("{},{},{:.6g},{:.6g},{},{},{},{}\n", field(t.name), i, place(i), place(i + 1),
                         real(i), real(i + 1), h.floats[i], h.codes[i]);
    }
  }
  return out;
}

void write_quantization_report(const QuantizationReport& report, const std::filesystem::path& folder) {
  ensure_folder(folder);
  write_file(folder / "layers.csv", layers_csv(report.tensors));
  write_file(folder / "histograms.csv", histograms_csv(report.tensors));
  write_file(folder / "report.html", quantization_page(report));
}

}  // namespace tridex::explore

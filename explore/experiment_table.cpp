#include <fmt/format.h>

#include <functional>

#include "base/names.h"
#include "explore/experiment.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

/// A number of a row ("/reference/miou"), or nothing where it has none.
std::string number(const json& row, const std::string& pointer, const char* format = "{:.2f}") {
  const json::json_pointer at(pointer);
  return row.contains(at) && row[at].is_number() ? fmt::format(fmt::runtime(format), row[at].get<double>())
                                                 : "";
}

std::string word(const json& row, const std::string& pointer) {
  const json::json_pointer at(pointer);
  return row.contains(at) && row[at].is_string() ? row[at].get<std::string>() : "";
}

std::string interval(const json& row) {
  const std::string at = "/difference_from_float/";
  const std::string value = number(row, at + "points", "{:+.2f}");
  return value.empty() ? ""
                       : fmt::format("{} ({} to {})", value, number(row, at + "low", "{:+.2f}"),
                                     number(row, at + "high", "{:+.2f}"));
}

/// What a machine needs for the row's network.
std::string needs(const json& row) {
  return row.contains("needs") ? join(row["needs"].get<std::vector<std::string>>(), "; ") : "";
}

struct Column {
  std::string title;
  bool word = false;
  std::function<std::string(const json& row)> cell;
};

std::vector<Column> columns(bool segmentation) {
  const std::string main = segmentation ? "miou" : "top1", second = segmentation ? "pixel_accuracy" : "top5";
  const std::string main_title = segmentation ? "mIoU %" : "top-1 %";
  const auto figure = [](const std::string& title, const std::string& pointer,
                         const char* format = "{:.2f}") {
    return Column{title, false, [=](const json& row) { return number(row, pointer, format); }};
  };
  return {{"recipe", true, [](const json& row) { return word(row, "/recipe"); }},
          figure(main_title, "/" + main),
          {"against float (95 %)", false, interval},
          figure(segmentation ? "pixel acc. %" : "top-5 %", "/" + second),
          figure("SQNR dB", "/logits_sqnr_db"),
          figure("agree %", "/agreement_with_float"),
          figure("ref. " + main_title, "/reference/" + main),
          figure("ref. SQNR dB", "/reference/sqnr_db", "{:.1f}"),
          figure("ref. agree %", "/reference/agreement"),
          figure("images", "/calibration_images", "{:.0f}"),
          figure("quantize s", "/quantize_seconds", "{:.1f}"),
          figure("evaluate s", "/seconds", "{:.1f}"),
          {"reference, notes", true, [](const json& row) {
             const std::string error = word(row, "/error");
             return error.empty() ? word(row, "/reference/source") : error;
           }}};
}

/// A bar would end a cell of a Markdown table.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string csv_quoted(const std::string& field) {
  std::string text = "\"";
  for (const char c : field) {
    text += c == '"' ? "\"\"" : std::string(1, c);
  }
  return text + "\"";
}

}  // namespace

std::string experiment_markdown(const json& result) {
  std::string out = fmt::format("# {}\n", result["title"].get<std::string>());
  for (const json& network : result["networks"]) {
    const std::string title = network["title"], name = network["name"];
    out += fmt::format("\n## {}\n\n", title.empty() ? name : title);
    if (network["skipped"].is_string()) {
      out += fmt::format("Skipped: {}\n", network["skipped"].get<std::string>());
      continue;
    }
    out += fmt::format("{}, {} images.\n\n", network["model"].get<std::string>(),
                       network["images"].get<int64_t>());
    const auto all = columns(network["task"] == "segmentation");
    std::string rule;
    for (const Column& column : all) {
      out += "| " + column.title + " ";
      rule += column.word ? "| --- " : "| ---: ";
    }
    out += "|\n" + rule + "|\n";
    for (const json& row : network["rows"]) {
      for (const Column& column : all) {
        out += "| " + cell(column.cell(row)) + " ";
      }
      out += "|\n";
    }
    out += "\nWhat a machine needs:\n\n";
    for (const json& row : network["rows"]) {
      const std::string words = needs(row);
      out += words.empty() ? "" : fmt::format("* {}: {}\n", word(row, "/recipe"), words);
    }
  }
  return out;
}

std::string experiment_csv(const json& result) {
  const std::vector<std::string> figures = {"/top1",
                                            "/top5",
                                            "/miou",
                                            "/pixel_accuracy",
                                            "/difference_from_float/points",
                                            "/difference_from_float/low",
                                            "/difference_from_float/high",
                                            "/logits_sqnr_db",
                                            "/agreement_with_float",
                                            "/reference/top1",
                                            "/reference/top5",
                                            "/reference/miou",
                                            "/reference/pixel_accuracy",
                                            "/reference/sqnr_db",
                                            "/reference/agreement",
                                            "/calibration_images",
                                            "/quantize_seconds",
                                            "/seconds"};
  std::string out = "network,model,images,recipe";
  for (const std::string& pointer : figures) {
    std::string title = pointer.substr(1);
    for (char& c : title) {
      c = c == '/' ? '_' : c;
    }
    out += fmt::format(",{}", title);
  }
  out += ",needs,reference_source,error\n";
  for (const json& network : result["networks"]) {
    for (const json& row : network["rows"]) {
      out += fmt::format("{},{},{},{}", csv_quoted(network["name"]), csv_quoted(network["model"]),
                         network["images"].get<int64_t>(), csv_quoted(row["recipe"]));
      for (const std::string& pointer : figures) {
        out += fmt::format(",{}", number(row, pointer, "{:.6g}"));
      }
      out += fmt::format(",{},{},{}\n", csv_quoted(needs(row)), csv_quoted(word(row, "/reference/source")),
                         csv_quoted(word(row, "/error")));
    }
  }
  return out;
}

}  // namespace tridex::explore

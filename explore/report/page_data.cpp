#include "explore/report/page_data.h"

#include <limits>
#include <map>
#include <set>

#include "explore/report/figures.h"
#include "explore/report/packed.h"
#include "explore/store/objectives.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

/// A column of few different values: their list, and for each point an index into it.
class ChoiceColumn {
 public:
  void add(const std::string& value) {
    const auto [at, fresh] = index_.try_emplace(value, static_cast<int64_t>(index_.size()));
    if (fresh) {
      values_.push_back(value);
    }
    codes_.add(at->second);
  }
  void add_none() { codes_.add({}); }
  [[nodiscard]] json data() const { return {{"values", values_}, {"codes", codes_.text()}}; }
  [[nodiscard]] const std::vector<std::string>& values() const { return values_; }

 private:
  std::map<std::string, int64_t> index_;
  std::vector<std::string> values_;
  PackedNumbers codes_;
};

/// A column of numbers: whole ones without a sign packed, others as doubles.
json number_column(const std::vector<json>& values) {
  bool whole = true;
  for (const json& value : values) {
    whole = whole && (!value.is_number() || (value.is_number_integer() && value.get<int64_t>() >= 0));
  }
  if (whole) {
    PackedNumbers packed;
    for (const json& value : values) {
      packed.add(value.is_number()    ? std::optional(value.get<int64_t>())
                 : value.is_boolean() ? std::optional(int64_t{value.get<bool>()})
                                      : std::nullopt);
    }
    return {{"whole", packed.text()}};
  }
  std::vector<double> doubles;
  for (const json& value : values) {
    doubles.push_back(value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN());
  }
  return {{"doubles", packed_doubles(doubles)}};
}

json number_columns_of(const Report& report) {
  std::map<std::string, std::vector<json>> columns;
  for (const PointRow& row : report.rows) {
    const bool ran = row.status == "ok";
    const std::vector<json> numbers = ran ? numbers_in(row) : std::vector<json>(number_columns().size());
    for (size_t c = 0; c < numbers.size(); ++c) {
      columns[number_columns()[c].name].push_back(numbers[c]);
    }
    const auto values = ran ? objectives_of(row) : std::vector<std::optional<double>>(objectives().size());
    for (size_t c = 0; c < values.size(); ++c) {
      const std::string name = objectives()[c].name;
      if (name == "accuracy" || name == "traffic_mb") {  // the others are columns of the store
        columns[name].push_back(values[c] ? json(*values[c]) : json());
      }
    }
    columns["accuracy_images"].push_back(row.accuracy ? json(row.accuracy->images) : json());
    columns["frames"].push_back(row.frames);
  }
  json data = json::object();
  for (const auto& [name, values] : columns) {
    data[name] = number_column(values);
  }
  return data;
}

json settings_of(const Report& report) {
  std::set<std::string> keys;
  for (const PointRow& row : report.rows) {
    for (const auto& [key, value] : row.settings) {
      keys.insert(key);
    }
  }
  json data = json::object();
  for (const std::string& key : keys) {
    ChoiceColumn choice;
    for (const PointRow& row : report.rows) {
      const auto found = row.settings.find(key);
      if (found == row.settings.end()) {
        choice.add_none();
      } else {
        choice.add(found->second);
      }
    }
    data[key] = choice.data();
  }
  return data;
}

json choices_of(const Report& report) {
  json data = json::object();
  const auto column = [&](const char* name, const std::function<std::string(const PointRow&)>& of) {
    ChoiceColumn choice;
    for (const PointRow& row : report.rows) {
      choice.add(of(row));
    }
    data[name] = choice.data();
  };
  column("model", [](const PointRow& row) { return row.model; });
  column("recipe", [](const PointRow& row) { return row.recipe; });
  column("status", [](const PointRow& row) { return row.status; });
  column("reason", [](const PointRow& row) { return row.reason; });
  column("fidelity", [](const PointRow& row) { return row.fidelity; });
  column("accuracy_note", [](const PointRow& row) { return row.accuracy_note; });
  column("metric", [](const PointRow& row) { return row.accuracy ? row.accuracy->metric : ""; });
  return data;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  lines.push_back(text.substr(begin));
  return lines;
}

/// Designs of a sweep differ in a few lines: those of one length are one list of lines, in which a line that
/// is not the same in all is a choice.
json designs_of(const Report& report) {
  std::vector<std::vector<std::string>> texts;
  std::map<size_t, std::vector<size_t>> forms;  // number of lines -> points
  for (size_t i = 0; i < report.rows.size(); ++i) {
    texts.push_back(lines_of(report.rows[i].design));
    forms[texts.back().size()].push_back(i);
  }
  json data = json::array();
  for (const auto& [length, points] : forms) {
    json lines = json::array();
    for (size_t line = 0; line < length; ++line) {
      ChoiceColumn choice;
      for (const size_t i : points) {
        choice.add(texts[i][line]);
      }
      lines.push_back(choice.values().size() == 1 ? json(choice.values()[0]) : choice.data());
    }
    PackedNumbers who;
    size_t next = 0;  // in rising order: distances are a byte each
    for (const size_t i : points) {
      who.add(static_cast<int64_t>(i - next));
      next = i + 1;
    }
    data.push_back({{"lines", lines}, {"points", who.text()}});
  }
  return data;
}

/// Layers of all points that are kept: what is the same in many points once.
class LayerBook {
 public:
  /// Packed: of each layer its times, bytes, and stalled cycles by cause.
  std::string add(const json& layers) {
    json table = json::array();
    PackedNumbers packed;
    for (const json& layer : layers) {
      table.push_back({layer.value("name", ""), layer.value("region", ""), layer.value("op", ""),
                       layer.value("engine", ""), layer.value("macs", int64_t{0})});
      for (const char* key : {"start_cycle", "end_cycle", "busy_cycles", "read_bytes", "write_bytes"}) {
        packed.add(layer.value(key, int64_t{0}));
      }
      const json parts = layer.value("stall_parts", json::object());
      const json& stalls = parts.empty() ? layer.value("stalls", json::object()) : parts;
      packed.add(static_cast<int64_t>(stalls.size()));
      for (const auto& [cause, cycles] : stalls.items()) {
        packed.add(index(causes_, cause));
        packed.add(cycles.get<int64_t>());
      }
    }
    table_ = index(tables_, table.dump());
    return packed.text();
  }
  [[nodiscard]] int64_t table() const { return table_; }  ///< of what was added last
  [[nodiscard]] json tables() const {
    json data = json::array();
    for (const auto& text : ordered(tables_)) {
      data.push_back(json::parse(text));
    }
    return data;
  }
  [[nodiscard]] json causes() const { return ordered(causes_); }

 private:
  using Index = std::map<std::string, int64_t>;
  static int64_t index(Index& known, const std::string& text) {
    return known.try_emplace(text, static_cast<int64_t>(known.size())).first->second;
  }
  static std::vector<std::string> ordered(const Index& known) {
    std::vector<std::string> texts(known.size());
    for (const auto& [text, at] : known) {
      texts[static_cast<size_t>(at)] = text;
    }
    return texts;
  }
  Index causes_, tables_;
  int64_t table_ = 0;
};

/// What BufferUse gave, packed; null without.
json buffers_of(const PointRow& row) {
  json buffers = row.result.value("buffers", json());
  for (json& buffer : buffers) {
    PackedNumbers most;
    for (const json& bytes : buffer["most"]) {
      most.add(bytes.get<int64_t>());
    }
    buffer["most"] = most.text();
  }
  return buffers;
}

json layers_of(const Report& report, const PageSources& sources) {
  LayerBook book;
  json points = json::object();
  size_t bytes = 0;
  for (const size_t i : by_interest(report)) {
    const PointRow& row = report.rows[i];
    const json fetched = !row.result.contains("layers") && sources.result ? sources.result(row.hash) : json();
    const json& result = fetched.is_null() ? row.result : fetched;
    if (!result.contains("layers") || result["layers"].empty()) {
      continue;
    }
    const std::string packed = book.add(result["layers"]);
    if (!points.empty() && bytes + packed.size() > sources.layer_bytes) {
      break;
    }
    bytes += packed.size();
    const auto bandwidth = read_bandwidth(row);
    points[std::to_string(i)] = {{"table", book.table()},
                                 {"layers", packed},
                                 {"bandwidth", bandwidth ? json(*bandwidth) : json()},
                                 {"buffers", buffers_of(row)}};
  }
  return {{"tables", book.tables()}, {"causes", book.causes()}, {"points", points}};
}

}  // namespace

json page_data(const Report& report, const PageSources& sources) {
  json models = json::array(), hashes = json::array(), wanted = json::array();
  for (const auto& model : report.models) {
    models.push_back({{"model", model.model},
                      {"measured", model.measured},
                      {"metric", model.metric},
                      {"best", model.best ? json(*model.best) : json()}});
  }
  for (const auto& row : report.rows) {
    hashes.push_back(row.hash);
  }
  for (const auto& objective : objectives()) {
    wanted.push_back({{"name", objective.name},
                      {"label", objective.label},
                      {"unit", objective.unit},
                      {"larger", objective.larger_is_better}});
  }
  return {{"title", report.title},
          {"version", TRIDEX_VERSION},
          {"models", models},
          {"objectives", wanted},
          {"hashes", hashes},
          {"numbers", number_columns_of(report)},
          {"choices", choices_of(report)},
          {"settings", settings_of(report)},
          {"designs", designs_of(report)},
          {"detail", layers_of(report, sources)},
          {"search", sources.search}};
}

}  // namespace tridex::explore

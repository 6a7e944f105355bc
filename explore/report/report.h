#pragma once
#include <cstddef>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "explore/store/store.h"

namespace tridex::explore {

/// The points of one network family member and their fronts, as indices into Report::rows. Points that failed
/// or do not fit their device are in no front.
struct ModelFronts {
  std::string model;
  bool measured = false;  ///< some point has an accuracy
  std::string metric;     ///< of it
  /// Frames a second up, DSPs down, in rising order. Where accuracy was not measured: the fronts of all
  /// recipes, each of its own points only.
  std::vector<size_t> throughput_dsp;
  std::vector<size_t> throughput_accuracy;  ///< both up; of the points that have one
  std::vector<size_t> front;                ///< all three, where measured; else throughput_dsp
  /// Shown first: the fastest point of `front` whose accuracy, where measured, is within a percent of the
  /// best; of equals, the one with the fewest DSPs.
  std::optional<size_t> best;
  size_t fitting = 0, misfits = 0, failed = 0;
};

struct Report {
  std::string title;
  std::vector<PointRow> rows;  ///< a result may have "buffers", which is what BufferUse gave
  std::vector<ModelFronts> models;
};
Report make_report(std::vector<PointRow> rows);

/// Those of all networks, each once, in rising order; to_json() and the figures want their layers.
std::set<size_t> points_of_fronts(const Report& report);

/// For scripts: points, fronts, and of the points of fronts the layers, as far as the rows have them, and the
/// designs' texts.
nlohmann::json to_json(const Report& report);

/// search.json of a search's folder; null where there is none. Error: what it lacks.
nlohmann::json read_search(const std::filesystem::path& folder);

struct PageSources;  // explore/report/page_data.h
/// One self-contained HTML file.
std::string report_page(const Report& report, const PageSources& sources);

struct Figures {
  std::vector<std::filesystem::path> files;
  std::string missing;  ///< why there are none: gnuplot is not installed; empty otherwise
};
/// PNG and SVG of the figures of the page, with the gnuplot scripts and data that they were made from: for
/// each network the fronts, effects, parallel coordinates, and of its best point layers, roofline and
/// traffic; of a search (read_search()) the hypervolume. Error: gnuplot's message.
Figures write_figures(const Report& report, const nlohmann::json& search,
                      const std::filesystem::path& folder);

/// Names of the recipes of some points, in order.
std::vector<std::string> recipes_of(const Report& report, const std::vector<size_t>& points);
/// The settings that all of some rows have, with one value.
std::map<std::string, std::string> common_settings(const std::vector<const PointRow*>& rows);

/// A number of a row's result, by JSON pointer; 0 where there is none.
double number_of(const PointRow& row, const std::string& pointer);

}  // namespace tridex::explore

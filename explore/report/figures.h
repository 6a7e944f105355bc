#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "explore/report/gnuplot.h"
#include "explore/report/report.h"

namespace tridex::explore {

// Parts of write_figures(). Each draws what there is data for.

/// Layers' time and stalls, roofline and DRAM traffic of the network's best point, whose row has its layers.
void draw_point(Gnuplot& gnuplot, const Report& report, const ModelFronts& model);
/// What moved the throughput (and the accuracy), and parallel coordinates, of the points that fit.
void draw_space(Gnuplot& gnuplot, const Report& report, const ModelFronts& model);
/// The hypervolume of search.json over its evaluations.
void draw_search(Gnuplot& gnuplot, const nlohmann::json& search);

/// A layer's name without what all names of a checkpoint share.
std::string short_layer(std::string name);
/// Points of a network that have run and fit their device.
std::vector<size_t> fitting_points(const Report& report, const std::string& model);
/// Bytes a second that reads can have of ports and memory; none where the memory is ideal, or where files
/// that the design names are no longer there.
std::optional<double> read_bandwidth(const PointRow& row);

}  // namespace tridex::explore

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "app/command.h"
#include "app/console.h"
#include "base/names.h"
#include "models/builder.h"

namespace tridex::app {
namespace {

using models::Graph;
using models::Node;

struct Options {
  std::string model;
  int classes = 0;
  JsonOption json;
};

int64_t parameters_of(const Graph& graph, int id) {
  int64_t count = 0;
  for (const auto& parameter : graph.parameters(id)) {
    int64_t size = parameter.trained ? 1 : 0;
    for (const int64_t dim : parameter.dims) {
      size *= dim;
    }
    count += size;
  }
  return count;
}

nlohmann::json shape_json(const models::Shape& shape) {
  return {shape.c, shape.h, shape.w};
}
std::string shape_text(const models::Shape& shape) {
  return fmt::format("{}x{}x{}", shape.c, shape.h, shape.w);
}

nlohmann::json to_json(const Graph& graph) {
  nlohmann::json layers = nlohmann::json::array();
  for (const Node& node : graph.nodes) {
    const models::Shape input = node.inputs.empty() ? node.shape : graph.node(node.inputs[0]).shape;
    layers.push_back({{"name", node.name},
                      {"op", models::op_name(node.op)},
                      {"region", models::region_name(node.region)},
                      {"input", shape_json(input)},
                      {"output", shape_json(node.shape)},
                      {"macs", node.macs(graph.nodes)},
                      {"params", parameters_of(graph, node.id)}});
  }
  return {{"model", graph.name},
          {"input", shape_json(graph.node(graph.input).shape)},
          {"macs", graph.macs()},
          {"params", graph.parameter_count()},
          {"layers", layers}};
}

int describe(const Options& options) {
  models::NetworkOptions network;
  if (options.classes > 0) {
    network.classes = options.classes;
  }
  const Graph graph = models::build_network(options.model, network);
  if (options.json.print_text()) {
    Table table({"layer", "op", "region", ">input", ">output", ">MACs", ">params"});
    for (const Node& node : graph.nodes) {
      const models::Shape input = node.inputs.empty() ? node.shape : graph.node(node.inputs[0]).shape;
      const int64_t macs = node.macs(graph.nodes), params = parameters_of(graph, node.id);
      table.row({node.name, models::op_name(node.op), models::region_name(node.region), shape_text(input),
                 shape_text(node.shape), macs == 0 ? "" : grouped(macs), params == 0 ? "" : grouped(params)});
    }
    fmt::print(
        "{}\n{}", table.text(),
        facts({{"model", graph.name},
               {"input", shape_text(graph.node(graph.input).shape)},
               {"layers", grouped(static_cast<int64_t>(graph.nodes.size()))},
               {"MACs", fmt::format("{} ({})", grouped(graph.macs()),
                                    short_number(static_cast<double>(graph.macs())))},
               {"parameters", fmt::format("{} ({})", grouped(graph.parameter_count()),
                                          short_number(static_cast<double>(graph.parameter_count())))}}));
  }
  options.json.write(to_json(graph));
  return 0;
}

}  // namespace

void add_describe(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("describe", "layers, shapes, MACs and parameters of a network");
  command->add_option("model", options->model, "network (" + join(models::network_families()) + ")")
      ->required()
      ->type_name("MODEL");
  command->add_option("--classes", options->classes, "number of classes")->check(CLI::Range(1, 1'000'000));
  options->json.add(command);
  command->footer("Example:\n  tridex describe efficientvit_b1_r224");
  command->callback([options, &action] { action = [options] { return describe(*options); }; });
}

}  // namespace tridex::app

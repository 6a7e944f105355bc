#include <fmt/format.h>

#include <memory>
#include <optional>

#include "app/command.h"
#include "app/console.h"
#include "base/names.h"
#include "explore/model.h"
#include "models/builder.h"
#include "models/network_file.h"

namespace tridex::app {
namespace {

using models::Graph;
using models::Node;

struct DescribeOptions {
  std::string model, yaml;
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

int describe(const DescribeOptions& options) {
  const bool yaml_alone = options.yaml == "-";
  if (yaml_alone && options.json.on_standard_output()) {
    fail("--yaml - and --json -: only one can be the standard output");
  }
  const explore::Model model = explore::find_model(options.model);
  const Graph graph = model.build(options.classes > 0 ? std::optional(options.classes) : std::nullopt);
  if (options.json.print_text() && !yaml_alone) {
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
  if (yaml_alone) {
    fmt::print("{}", models::network_text(graph));
  } else if (!options.yaml.empty()) {
    write_output(options.yaml, models::network_text(graph));
  }
  options.json.write(to_json(graph));
  return 0;
}

}  // namespace

void add_describe(CLI::App& app, Action& action) {
  auto options = std::make_shared<DescribeOptions>();
  auto* command = app.add_subcommand("describe", "layers, shapes, MACs and parameters of a network");
  command
      ->add_option("model", options->model,
                   "network (" + join(models::network_families()) +
                       "), a network file NAME.yaml, or a name in configs/networks")
      ->required()
      ->type_name("MODEL");
  command->add_option("--classes", options->classes, "number of classes")->check(CLI::Range(1, 1'000'000));
  command
      ->add_option("--yaml", options->yaml,
                   "write it as a network file, to change and give to --model; - is the standard output")
      ->type_name("FILE");
  options->json.add(command);
  command->footer(
      "Example:\n  tridex describe efficientvit_b1_r224\n"
      "  tridex describe efficientvit_b0_r64 --yaml mine.yaml && tridex describe mine.yaml\n\n"
      "A network file: configs/networks/tiny_cnn.yaml explains each key.");
  command->callback([options, &action] { action = [options] { return describe(*options); }; });
}

}  // namespace tridex::app

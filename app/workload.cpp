#include "app/workload.h"

#include <algorithm>
#include <random>

#include "arch/design/design_point.h"
#include "base/error.h"
#include "explore/network.h"

namespace tridex::app {

void Workload::add(CLI::App* command) {
  command
      ->add_option(
          "--model", model,
          "network, or network file NAME.yaml, without weights: shapes, or random weights where codes are "
          "computed")
      ->type_name("MODEL");
  command->add_option("--net", net, "quantized network")->type_name("net.tdx");
  command->add_option("--recipe", recipe, "widths for --model (default)")->type_name("RECIPE.yaml");
  command->add_option("--seed", seed, "of random weights and images (1)")->type_name("N");
  command->add_option("--data", data, "take the image from here, where codes are computed")->type_name("DIR");
  command->add_option("--image", image, "number of the image in --data (0)")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000}));
}

quant::IntegerGraph Workload::network(bool values) const {
  if (net.empty() == model.empty()) {
    fail("expected one of --model MODEL and --net net.tdx");
  }
  if (!net.empty()) {
    return quant::load_network(net);
  }
  const quant::Recipe numbers = quant::read_recipe(Yaml::load(arch::find_config(recipe, "quant")));
  const models::Graph graph = explore::find_model(model).build();
  return values ? quant::quantize_random(graph, numbers, seed) : quant::shape_only(graph, numbers);
}

quant::Codes Workload::input(const quant::IntegerGraph& graph) const {
  const quant::IntNode& node = graph.node(graph.input);
  if (!data.empty()) {
    const auto images = models::open_dataset(explore::find_dataset(data), node.shape);
    const int64_t number = std::max<int64_t>(image, 0);
    if (number >= static_cast<int64_t>(images->size())) {
      fail("--image {}: {} has the images 0 to {}", number, data, images->size() - 1);
    }
    return quantize_input(graph, images->load(static_cast<size_t>(number)).image);
  }
  quant::Codes codes{node.shape, std::vector<int32_t>(static_cast<size_t>(node.shape.elements()))};
  std::mt19937_64 random(seed);
  const auto values = static_cast<uint64_t>(node.out.highest() - node.out.lowest() + 1);
  for (auto& code : codes.data) {
    code = static_cast<int32_t>(node.out.lowest() + static_cast<int64_t>(random() % values));
  }
  return codes;
}

std::vector<quant::Codes> reference_of(const quant::IntegerGraph& graph, const quant::Codes& input) {
  std::vector<quant::Codes> reference(graph.nodes.size());
  reference[static_cast<size_t>(graph.input)] = input;
  static_cast<void>(quant::IntegerExecutor(graph).run(
      input, [&](int id, const quant::Codes& codes) { reference[static_cast<size_t>(id)] = codes; }));
  return reference;
}

}  // namespace tridex::app

#include "quant/block_search.h"

#include <algorithm>

#include "base/parallel.h"

namespace tridex::quant {

int judged_at(const IntegerGraph& graph, int id) {
  int last = id;
  for (const IntNode& reader : graph.nodes) {
    if (std::find(reader.inputs.begin(), reader.inputs.end(), id) != reader.inputs.end()) {
      last = std::max(last, reader.id);
    }
  }
  const std::string& block = graph.node(last).block;
  while (!block.empty() && last + 1 < static_cast<int>(graph.nodes.size()) &&
         graph.node(last + 1).block == block) {
    ++last;
  }
  return last;
}

size_t search_block(const FloatFollower& network, const IntegerGraph& graph, int id, size_t candidates,
                    const std::vector<size_t>& images,
                    const std::function<models::Activation(size_t candidate, size_t image)>& quantized,
                    unsigned threads) {
  const int end = judged_at(graph, id);
  const std::vector<int> way = end == id ? std::vector<int>{} : network.way(id, end);
  if (way.empty()) {
    return 0;
  }
  std::vector<std::vector<double>> errors(images.size(), std::vector<double>(candidates, 0));
  parallel_for(images.size(), threads, [&](size_t i) {
    const size_t image = images[i];
    const models::Activation wanted = network.run(way, id, end, network.tensor(id, image), image);
    for (size_t candidate = 0; candidate < candidates; ++candidate) {
      const models::Activation found = network.run(way, id, end, quantized(candidate, image), image);
      double error = 0;
      for (size_t k = 0; k < found.data.size(); ++k) {
        const double e = double{found.data[k]} - wanted.data[k];
        error += e * e;
      }
      errors[i][candidate] = error;
    }
  });
  size_t best = 0;
  double least = 0;
  for (size_t candidate = 0; candidate < candidates; ++candidate) {
    double error = 0;
    for (const auto& image : errors) {
      error += image[candidate];
    }
    if (candidate == 0 || error < least) {
      least = error;
      best = candidate;
    }
  }
  return best;
}

}  // namespace tridex::quant

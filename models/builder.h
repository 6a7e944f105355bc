#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/graph.h"

namespace tridex::models {

/// Appends nodes to a Graph, works out shapes, and keeps the region/block/role of what it appends. Every
/// network, built in or read from a file, is made with it. Errors (tridex::Error) name the node: shapes that
/// do not fit, doubled names, a head size that does not divide the channels.
class GraphBuilder {
 public:
  explicit GraphBuilder(std::string name);

  Region region = Region::kStem;
  std::string block;

  int input(Shape shape);
  int conv(const std::string& name, int from, int out_channels, const ConvAttributes& attributes,
           Role role = Role::kNone);
  int batch_norm(const std::string& name, int from, double eps);
  int layer_norm(const std::string& name, int from, double eps);
  int unary(const std::string& name, Op op, int from);  ///< kHardswish, kRelu, kRelu6, kGlobalAvgPool
  int add(const std::string& name, const std::vector<int>& from);
  int head_slice(const std::string& name, int from, int heads, int part);
  int matmul_tokens(const std::string& name, int k, int v, int heads);
  int token_sum(const std::string& name, int k, int heads);
  int matmul_heads(const std::string& name, int q, int s, int heads);
  int divide(const std::string& name, int numerator, int denominator, int heads, double eps);
  int concat(const std::string& name, const std::vector<int>& from);
  int resize(const std::string& name, int from, int factor);

  /// std::logic_error: not the id of a node that was appended.
  [[nodiscard]] Shape shape(int id) const;
  Graph finish(int output);

 private:
  int append(Node node);
  Graph graph_;
};

/// Sets the number of classes that the weights have (1000, or 19 for segmentation, without weights).
struct NetworkOptions {
  std::optional<int> classes;
};

/// A network by its name: efficientvit_b0_r224 (_b1_ _b2_ _b3_, any resolution after _r, or _rHxW),
/// efficientvit_seg_b0_r1024x2048, mobilenet_v2_r224. Error: lists the known families.
Graph build_network(const std::string& name, const NetworkOptions& options = {});
/// "efficientvit_b0_rN", ... for messages and help.
std::vector<std::string> network_families();

}  // namespace tridex::models

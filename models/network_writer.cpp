#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "models/network_file.h"
#include "models/network_schema.h"

namespace tridex::models {

namespace {

void require_name(const std::string& name, bool network = false) {
  if (const std::string defect = name_defect(name, network); !defect.empty()) {
    fail("'{}' cannot be written into a network file: {}", name, defect);
  }
}

/// Checkpoints name their tensors as they like ("conv/kernel:0").
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

class Line {
 public:
  void put(const char* key, const std::string& value) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", key, value);
  }
  void put(const char* key, double value) { put(key, fmt::format("{}", value)); }
  void put(const char* key, int value) { put(key, std::to_string(value)); }
  void put(const char* key, int value, int otherwise) {
    if (value != otherwise) {
      put(key, value);
    }
  }
  [[nodiscard]] std::string text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

void put_conv(Line& line, const Node& node) {
  const ConvAttributes& a = node.conv;
  line.put("channels", node.shape.c);
  line.put("kernel", a.kernel_h == a.kernel_w ? std::to_string(a.kernel_h)
                                              : fmt::format("[{}, {}]", a.kernel_h, a.kernel_w));
  line.put("stride", a.stride, 1);
  line.put("groups", a.groups, 1);
  if (a.pad_top == a.pad_left && a.pad_top == a.pad_bottom && a.pad_top == a.pad_right) {
    line.put("padding", a.pad_top, 0);
  } else {
    line.put("padding", fmt::format("[{}, {}, {}, {}]", a.pad_top, a.pad_left, a.pad_bottom, a.pad_right));
  }
  if (a.bias) {
    line.put("bias", "true");
  }
  if (node.role != Role::kNone) {
    line.put("role", role_name(node.role));
  }
}

void put_attribute(Line& line, const Node& node, const std::string& key) {
  if (key == "eps") {
    line.put("eps", node.eps);
  } else if (key == "heads") {
    line.put("heads", node.heads);
  } else if (key == "part") {
    line.put("part", node.part);
  } else if (key == "factor") {
    line.put("factor", node.factor);
  }
}

std::string line_of(const Graph& graph, const Node& node) {
  require_name(node.name);
  Line line;
  line.put("name", node.name);
  line.put("op", op_name(node.op));
  std::string inputs;
  for (const int id : node.inputs) {
    inputs += (inputs.empty() ? "" : ", ") + graph.node(id).name;
  }
  line.put("inputs", "[" + inputs + "]");
  const auto& schemas = op_schemas();
  const auto schema =
      std::find_if(schemas.begin(), schemas.end(), [&](const OpSchema& one) { return one.op == node.op; });
  if (node.op == Op::kConv) {
    put_conv(line, node);
  } else if (schema != schemas.end()) {
    for (const std::string& key : schema->keys) {
      put_attribute(line, node, key);
    }
  }
  line.put("region", region_name(node.region));
  if (!node.block.empty()) {
    require_name(node.block);
    line.put("block", node.block);
  }
  if (!node.tensor_names.empty()) {
    Line tensors;
    for (const auto& [parameter, tensor] : node.tensor_names) {
      tensors.put(parameter.c_str(), quoted(tensor));
    }
    line.put("tensors", tensors.text());
  }
  return line.text();
}

}  // namespace

std::string network_text(const Graph& graph) {
  require_name(graph.name, true);
  const Shape& input = graph.node(graph.input).shape;
  std::string text = fmt::format(
      "# The schema is explained in configs/networks/tiny_cnn.yaml.\n"
      "tridex_network: {}\nname: {}\ninput: {{shape: [{}, {}, {}]}}\noutput: {}\nnodes:\n",
      kNetworkVersion, graph.name, input.c, input.h, input.w, graph.node(graph.output).name);
  std::string block;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::kInput) {
      text += node.block == block ? "" : "\n";
      block = node.block;
      text += "  - " + line_of(graph, node) + "\n";
    }
  }
  return text;
}

}  // namespace tridex::models

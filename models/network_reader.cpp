#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/names.h"
#include "base/yaml.h"
#include "models/builder.h"
#include "models/network_file.h"
#include "models/network_schema.h"

namespace tridex::models {

namespace {

constexpr size_t kMostNodes = 10'000;
constexpr int64_t kMostInteger = 1 << 20;      ///< of an attribute; GraphBuilder says what fits each operator
constexpr size_t kMostLettersOfTensor = 1000;  ///< of a tensor's name
const std::string kInputName = "input";

/// What the keys of one operator say; the rest stays as it is.
struct Attributes {
  int channels = 0, heads = 0, part = 0, factor = 1;
  double eps = 0;
  ConvAttributes conv;
  Role role = Role::kNone;
};

int whole(const Yaml& yaml, int64_t low) {
  return static_cast<int>(yaml.integer(low, kMostInteger));
}

std::vector<int> whole_list(const Yaml& yaml, size_t size, int64_t low) {
  const auto items = yaml.items();
  if (items.size() != size) {
    yaml.fail(fmt::format("expected {} numbers, got {}", size, items.size()));
  }
  std::vector<int> numbers;
  for (const Yaml& item : items) {
    numbers.push_back(whole(item, low));
  }
  return numbers;
}

/// A key that is unknown is found before one that is missing: it is likely that one, misspelt.
void require_known(const Yaml& yaml, const std::vector<std::string>& known) {
  for (const std::string& key : known) {
    static_cast<void>(yaml.has(key));
  }
  yaml.finish();
}

/// The network's reader: one pass, nodes in the file's order.
class NetworkReader {
 public:
  explicit NetworkReader(const Yaml& yaml) : yaml_(yaml), builder_(network_name(yaml)) {}
  Graph read();

 private:
  static std::string network_name(const Yaml& yaml);
  void read_input();
  void list_names();
  void read_node(const Yaml& yaml);
  [[nodiscard]] std::vector<int> inputs_of(const Yaml& yaml, const OpSchema& schema) const;
  [[nodiscard]] int named(const Yaml& yaml) const;
  int build(Op op, const std::string& name, const std::vector<int>& from, const Attributes& a);
  void read_tensor_names(Graph& graph, const Yaml& yaml, Node& node);
  void refuse_unread(const Graph& graph) const;

  const Yaml& yaml_;
  GraphBuilder builder_;
  std::vector<Yaml> items_;                     ///< items_[i] is node i + 1
  std::map<std::string, std::string> where_;    ///< every node of the list: FILE:LINE
  std::map<std::string, int> ids_;              ///< those that are built
  std::map<std::string, std::string> sources_;  ///< tensor -> the parameter that has it
};

std::string NetworkReader::network_name(const Yaml& yaml) {
  const auto given = yaml.find("name");
  std::string name = given ? given->text() : std::filesystem::path(yaml.file()).stem().string();
  if (const std::string defect = name_defect(name, true); !defect.empty()) {
    (given ? *given : yaml)
        .fail(given ? defect
                    : fmt::format("give the network a name: the file's, '{}', is none: {}", name, defect));
  }
  return name;
}

void NetworkReader::read_input() {
  const Yaml input = yaml_.at("input");
  require_known(input, {"shape"});
  const Yaml shape = input.at("shape");
  const auto extents = whole_list(shape, 3, 1);
  try {
    ids_[kInputName] = builder_.input({extents[0], extents[1], extents[2]});
  } catch (const Error& error) {
    shape.fail(error.what());
  }
}

void NetworkReader::list_names() {
  for (const Yaml& item : items_) {
    const Yaml name = item.at("name");
    if (const std::string defect = name_defect(name.text()); !defect.empty()) {
      name.fail(defect);
    }
    if (name.text() == kInputName) {
      name.fail("'input' is the network's input");
    }
    const auto [other, added] = where_.emplace(name.text(), item.where());
    if (!added) {
      name.fail(fmt::format("two nodes are called '{}', the other is at {}", name.text(), other->second));
    }
  }
}

/// The node that is called so, and stands before the one that is read now.
int NetworkReader::named(const Yaml& yaml) const {
  const std::string name = yaml.text();
  if (const auto found = ids_.find(name); found != ids_.end()) {
    return found->second;
  }
  if (const auto later = where_.find(name); later != where_.end()) {
    yaml.fail(fmt::format(
        "'{}' ({}) does not stand before this node: nodes are listed so that each reads earlier ones", name,
        later->second));
  }
  std::vector<std::string> known{kInputName};
  for (const auto& entry : where_) {
    known.push_back(entry.first);
  }
  yaml.fail(fmt::format("no node is called '{}'{}", name, did_you_mean(name, known)));
}

std::vector<int> NetworkReader::inputs_of(const Yaml& yaml, const OpSchema& schema) const {
  const Yaml list = yaml.at("inputs");
  const auto items = list.items();
  if (items.size() < schema.fewest_inputs || items.size() > schema.most_inputs) {
    list.fail(
        fmt::format("{} reads {}, got {}", op_name(schema.op),
                    schema.fewest_inputs == schema.most_inputs
                        ? fmt::format("{} input{}", schema.most_inputs, schema.most_inputs == 1 ? "" : "s")
                        : fmt::format("{} to {} inputs", schema.fewest_inputs, schema.most_inputs),
                    items.size()));
  }
  std::vector<int> ids;
  for (const Yaml& item : items) {
    ids.push_back(named(item));
  }
  return ids;
}

const OpSchema& schema_named(const Yaml& op) {
  std::vector<std::pair<std::string, const OpSchema*>> words;
  for (const OpSchema& schema : op_schemas()) {
    words.emplace_back(op_name(schema.op), &schema);
  }
  return *op.choice(words);
}

/// Refuses keys that are not the operator's; one that is another operator's is said to be so.
void require_keys_of(const Yaml& yaml, const OpSchema& schema) {
  std::vector<std::string> known = common_keys();
  known.insert(known.end(), schema.keys.begin(), schema.keys.end());
  for (const std::string& key : yaml.keys()) {
    std::vector<std::string> owners;
    for (const OpSchema& other : op_schemas()) {
      if (std::count(other.keys.begin(), other.keys.end(), key) != 0) {
        owners.emplace_back(op_name(other.op));
      }
    }
    const bool own = std::count(known.begin(), known.end(), key) != 0;
    if (!own && !owners.empty()) {
      yaml.fail(fmt::format("{} has no '{}', which belongs to: {}", op_name(schema.op), key, join(owners)));
    }
  }
  require_known(yaml, known);
}

ConvAttributes conv_of(const Yaml& yaml) {
  ConvAttributes a;
  const Yaml kernel = yaml.at("kernel");
  const auto sides = kernel.is_list() ? whole_list(kernel, 2, 1) : std::vector<int>(2, whole(kernel, 1));
  a.kernel_h = sides[0];
  a.kernel_w = sides[1];
  a.stride = static_cast<int>(yaml.integer("stride", 1, 1, kMostInteger));
  a.groups = static_cast<int>(yaml.integer("groups", 1, 1, kMostInteger));
  a.bias = yaml.boolean("bias", false);
  if (const auto padding = yaml.find("padding")) {
    const auto p = padding->is_list() ? whole_list(*padding, 4, 0) : std::vector<int>(4, whole(*padding, 0));
    a.pad_top = p[0];
    a.pad_left = p[1];
    a.pad_bottom = p[2];
    a.pad_right = p[3];
  }
  return a;
}

Attributes attributes_of(const Yaml& yaml, const OpSchema& schema) {
  Attributes a;
  for (const std::string& key : schema.keys) {
    if (key == "channels") {
      a.channels = whole(yaml.at(key), 1);
    } else if (key == "kernel") {
      a.conv = conv_of(yaml);
    } else if (key == "role") {
      a.role = yaml.choice<Role>(key, Role::kNone, role_words());
    } else if (key == "eps") {
      a.eps = yaml.at(key).real(0, 1);
    } else if (key == "heads") {
      a.heads = whole(yaml.at(key), 1);
    } else if (key == "part") {
      a.part = static_cast<int>(yaml.at(key).integer(0, 2));
    } else if (key == "factor") {
      a.factor = whole(yaml.at(key), 1);
    }
  }
  return a;
}

int NetworkReader::build(Op op, const std::string& name, const std::vector<int>& from, const Attributes& a) {
  switch (op) {
    case Op::kConv:
      return builder_.conv(name, from[0], a.channels, a.conv, a.role);
    case Op::kBatchNorm:
      return builder_.batch_norm(name, from[0], a.eps);
    case Op::kLayerNorm:
      return builder_.layer_norm(name, from[0], a.eps);
    case Op::kAdd:
      return builder_.add(name, from);
    case Op::kHeadSlice:
      return builder_.head_slice(name, from[0], a.heads, a.part);
    case Op::kMatMulTokens:
      return builder_.matmul_tokens(name, from[0], from[1], a.heads);
    case Op::kTokenSum:
      return builder_.token_sum(name, from[0], a.heads);
    case Op::kMatMulHeads:
      return builder_.matmul_heads(name, from[0], from[1], a.heads);
    case Op::kDivide:
      return builder_.divide(name, from[0], from[1], a.heads, a.eps);
    case Op::kConcat:
      return builder_.concat(name, from);
    case Op::kResize:
      return builder_.resize(name, from[0], a.factor);
    default:
      return builder_.unary(name, op, from[0]);
  }
}

void NetworkReader::read_node(const Yaml& yaml) {
  const OpSchema& schema = schema_named(yaml.at("op"));
  require_keys_of(yaml, schema);
  const std::string name = yaml.at("name").text();
  const auto from = inputs_of(yaml, schema);
  const Attributes attributes = attributes_of(yaml, schema);
  builder_.region = yaml.choice<Region>("region", Region::kStem, region_words());
  builder_.block = yaml.text("block", "");
  if (const std::string defect = name_defect(builder_.block); !builder_.block.empty() && !defect.empty()) {
    yaml.at("block").fail(defect);
  }
  int id = 0;
  try {
    id = build(schema.op, name, from, attributes);
  } catch (const Error& error) {
    yaml.fail(error.what());
  }
  if (const auto shape = yaml.find("shape")) {
    const auto said = whole_list(*shape, 3, 1);
    const Shape is = builder_.shape(id);
    if (is != Shape{said[0], said[1], said[2]}) {
      shape->fail(fmt::format("the file says [{}], {} makes [{}, {}, {}]", fmt::join(said, ", "), name, is.c,
                              is.h, is.w));
    }
  }
  ids_[name] = id;
}

void NetworkReader::read_tensor_names(Graph& graph, const Yaml& yaml, Node& node) {
  const auto tensors = yaml.find("tensors");
  std::vector<std::string> known;
  for (const ParameterInfo& parameter : graph.parameters(node.id)) {
    const std::string key = parameter.name.substr(node.name.size() + 1);
    known.push_back(key);
    std::string source = parameter.name;
    if (const auto given = tensors ? tensors->find(key) : std::nullopt) {
      source = given->text();
      const bool printable = std::all_of(source.begin(), source.end(), [](char c) {
        return static_cast<unsigned char>(c) >= ' ' && c != 0x7f;
      });
      if (source.empty() || source.size() > kMostLettersOfTensor || !printable) {
        given->fail(
            fmt::format("a tensor's name has 1 to {} letters, all of them printable", kMostLettersOfTensor));
      }
      if (source != parameter.name) {
        node.tensor_names[key] = source;
      }
    }
    const auto [other, added] = sources_.emplace(source, parameter.name);
    if (!added) {
      yaml.fail(fmt::format("{} and {} are both the tensor '{}'", other->second, parameter.name, source));
    }
  }
  if (tensors) {
    require_known(*tensors, known);
  }
}

/// Work that leads nowhere is a mistake in a file, and a stage for nothing in a machine.
void NetworkReader::refuse_unread(const Graph& graph) const {
  const auto consumers = graph.consumers();
  for (size_t i = 0; i < items_.size(); ++i) {
    if (consumers[i + 1].empty() && static_cast<int>(i + 1) != graph.output) {
      items_[i].fail(fmt::format("nothing reads '{}', and the output is '{}'", graph.nodes[i + 1].name,
                                 graph.node(graph.output).name));
    }
  }
}

Graph NetworkReader::read() {
  require_known(yaml_, {"tridex_network", "name", "input", "output", "nodes"});
  read_input();
  const Yaml list = yaml_.at("nodes");
  items_ = list.items();
  if (items_.empty() || items_.size() > kMostNodes) {
    list.fail(fmt::format("a network has 1 to {} nodes, got {}", kMostNodes, items_.size()));
  }
  list_names();
  const Yaml output = yaml_.at("output");
  if (output.text() == kInputName) {
    output.fail("the input is no output");
  }
  for (const Yaml& item : items_) {
    read_node(item);
  }
  const int id = named(output);
  Graph graph;
  try {
    graph = builder_.finish(id);
  } catch (const Error& error) {
    list.fail(error.what());
  }
  for (size_t i = 0; i < items_.size(); ++i) {
    read_tensor_names(graph, items_[i], graph.nodes[i + 1]);
  }
  refuse_unread(graph);
  return graph;
}

}  // namespace

Graph parse_network(const std::string& text, const std::string& file) {
  const Yaml yaml = Yaml::parse(text, file);
  const auto version = yaml.find("tridex_network");
  if (!version) {
    yaml.fail(fmt::format("this is no network: it has no key 'tridex_network: {}'", kNetworkVersion));
  }
  if (version->text() != std::to_string(kNetworkVersion)) {
    version->fail(fmt::format("the file has version '{}', this program reads version {}", version->text(),
                              kNetworkVersion));
  }
  return NetworkReader(yaml).read();
}

Graph read_network(const std::filesystem::path& file) {
  return parse_network(read_text(file), file.string());
}

}  // namespace tridex::models

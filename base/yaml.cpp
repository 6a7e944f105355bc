#include "base/yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/names.h"

namespace tridex {

struct Yaml::Node {
  YAML::Node yaml;
  std::string file;
  std::string path;
  std::shared_ptr<const std::vector<std::string>> overridden;  ///< paths that stand in no file
  mutable std::set<std::string> asked;
};

namespace {

int line_of(const YAML::Node& node) {
  return node.Mark().is_null() ? 0 : node.Mark().line + 1;
}

std::string kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map:
      return "a map";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Scalar:
      return fmt::format("'{}'", node.Scalar());
    default:
      return "nothing";
  }
}

/// Whether `path` is, or lies below, one of `tops`.
bool is_below(const std::string& path, const std::vector<std::string>& tops) {
  return std::any_of(tops.begin(), tops.end(), [&](const std::string& top) {
    return path.compare(0, top.size(), top) == 0 && (path.size() == top.size() || path[top.size()] == '.');
  });
}

/// No file of ours comes near either. Through aliases, which yaml-cpp resolves by reference, a few lines can
/// stand for a tree without end or one that no memory holds.
constexpr int kMostDepth = 64;
constexpr int64_t kMostNodes = 1'000'000;

/// Looks at every node once: yaml-cpp keeps the last of two equal keys without a word, and follows aliases
/// into themselves.
class Check {
 public:
  explicit Check(std::string file) : file_(std::move(file)) {}

  void visit(const YAML::Node& node, int depth = 0) {
    if (depth > kMostDepth || ++nodes_ > kMostNodes) {
      fail("{}:{}: more than {} maps and lists inside each other, or {} values (an alias that holds itself?)",
           file_, line_of(node), kMostDepth, kMostNodes);
    }
    if (node.IsMap()) {
      std::set<std::string> seen;
      for (const auto& entry : node) {
        if (!entry.first.IsScalar()) {
          fail("{}:{}: a key must be a word", file_, line_of(entry.first));
        }
        if (!seen.insert(entry.first.Scalar()).second) {
          fail("{}:{}: key '{}' is given twice", file_, line_of(entry.first), entry.first.Scalar());
        }
        visit(entry.second, depth + 1);
      }
    } else if (node.IsSequence()) {
      for (const auto& item : node) {
        visit(item, depth + 1);
      }
    }
  }

 private:
  std::string file_;
  int64_t nodes_ = 0;
};

/// What `path` begins with: an index, or a key of a map. Keys have dots in them where they are paths
/// themselves (axes): the longest key that is there counts; where none is, in a map of such keys, the whole
/// path is a new one, unless it begins with a word that looks misspelt.
std::string first_step(const YAML::Node& node, const std::string& path) {
  std::string step = path.substr(0, path.find('.'));
  if (!node.IsMap()) {
    return step;
  }
  bool known = false;
  std::vector<std::string> words, paths;
  for (const auto& entry : node) {
    const std::string& key = entry.first.Scalar();
    (key.find('.') == std::string::npos ? words : paths).push_back(key);
    if ((path == key || path.starts_with(key + ".")) && key.size() >= step.size()) {
      step = key;
      known = true;
    }
  }
  return !known && !paths.empty() && nearest_name(step, words).empty() ? path : step;
}

/// Returns the path.
std::string apply_override(const YAML::Node& root, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    fail("override '{}': expected key=value, for example clock_mhz=250", text);
  }
  const std::string path = text.substr(0, equals);
  YAML::Node value;
  try {
    value = YAML::Load(text.substr(equals + 1));
  } catch (const YAML::Exception& error) {
    fail("override '{}': the value is not YAML: {}", text, error.msg);
  }
  if (equals + 1 == text.size()) {
    fail("override '{}': there is no value behind '='", text);
  }
  YAML::Node node = root;
  for (size_t begin = 0; begin <= path.size();) {
    const std::string step = first_step(node, path.substr(begin));
    begin += step.size() + 1;
    const bool last = begin > path.size();
    if (node.IsSequence()) {
      size_t index = 0;
      const auto [end, code] = std::from_chars(step.data(), step.data() + step.size(), index);
      if (code != std::errc() || *end != '\0' || index >= node.size()) {
        fail("override '{}': '{}' is not an index of a list of {}", text, step, node.size());
      }
      if (last) {
        node[index] = value;
      } else {
        node.reset(node[index]);
      }
    } else if (node.IsMap()) {
      if (last) {
        node[step] = value;
      } else {
        if (!node[step]) {
          std::vector<std::string> known;
          for (const auto& entry : node) {
            known.push_back(entry.first.Scalar());
          }
          fail("override '{}': no key '{}' (there are: {})", text, step, join(known));
        }
        node.reset(node[step]);
      }
    } else {
      fail("override '{}': '{}' is not inside a map or a list", text, step);
    }
  }
  return path;
}

}  // namespace

Yaml Yaml::load(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  return parse(read_text(file), file.string(), overrides);
}

Yaml Yaml::parse(const std::string& text, const std::string& name,
                 const std::vector<std::string>& overrides) {
  YAML::Node root;
  try {
    root = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    tridex::fail("{}:{}: not valid YAML: {}", name, error.mark.line + 1, error.msg);
  }
  if (!root.IsMap()) {
    tridex::fail("{}: expected a YAML map of keys and values, got {}", name, kind_of(root));
  }
  Check(name).visit(root);
  auto overridden = std::make_shared<std::vector<std::string>>();
  for (const auto& one : overrides) {
    overridden->push_back(apply_override(root, one));
  }
  auto node = std::make_shared<Node>();
  node->yaml = root;
  node->file = name;
  node->overridden = std::move(overridden);
  return Yaml(node);
}

bool Yaml::is_map() const {
  return node_->yaml.IsMap();
}
bool Yaml::is_list() const {
  return node_->yaml.IsSequence();
}
bool Yaml::is_scalar() const {
  return node_->yaml.IsScalar();
}
std::string Yaml::path() const {
  return node_->path;
}
std::string Yaml::file() const {
  return node_->file;
}

std::string Yaml::where() const {
  const int line = is_below(node_->path, *node_->overridden) ? 0 : line_of(node_->yaml);
  return line > 0 ? fmt::format("{}:{}", node_->file, line) : node_->file;
}

void Yaml::fail(const std::string& message) const {
  throw Error(node_->path.empty() ? fmt::format("{}: {}", where(), message)
                                  : fmt::format("{}: {}: {}", where(), node_->path, message));
}

std::optional<Yaml> Yaml::find(const std::string& key) const {
  if (!is_map()) {
    fail(fmt::format("expected a map with the key '{}', got {}", key, kind_of(node_->yaml)));
  }
  node_->asked.insert(key);
  const YAML::Node child = std::as_const(node_->yaml)[key];
  if (!child.IsDefined() || child.IsNull()) {
    return std::nullopt;
  }
  auto node = std::make_shared<Node>();
  node->yaml = child;
  node->file = node_->file;
  node->overridden = node_->overridden;
  node->path = node_->path.empty() ? key : node_->path + "." + key;
  return Yaml(node);
}

bool Yaml::has(const std::string& key) const {
  return find(key).has_value();
}

Yaml Yaml::at(const std::string& key) const {
  auto child = find(key);
  if (!child) {
    fail(fmt::format("the key '{}' is missing", key));
  }
  return *child;
}

std::vector<Yaml> Yaml::items() const {
  if (!is_list()) {
    fail(fmt::format("expected a list, got {}", kind_of(node_->yaml)));
  }
  std::vector<Yaml> result;
  for (size_t i = 0; i < node_->yaml.size(); ++i) {
    auto node = std::make_shared<Node>();
    node->yaml = node_->yaml[i];
    node->file = node_->file;
    node->overridden = node_->overridden;
    node->path = fmt::format("{}.{}", node_->path, i);
    result.push_back(Yaml(node));
  }
  return result;
}

std::vector<std::string> Yaml::keys() const {
  if (!is_map()) {
    fail(fmt::format("expected a map, got {}", kind_of(node_->yaml)));
  }
  std::vector<std::string> result;
  for (const auto& entry : node_->yaml) {
    result.push_back(entry.first.Scalar());
  }
  return result;
}

std::string Yaml::text() const {
  if (!is_scalar()) {
    fail(fmt::format("expected a word, got {}", kind_of(node_->yaml)));
  }
  return node_->yaml.Scalar();
}

bool Yaml::boolean() const {
  bool value = false;
  if (!is_scalar() || !YAML::convert<bool>::decode(node_->yaml, value)) {
    fail(fmt::format("expected true or false, got {}", kind_of(node_->yaml)));
  }
  return value;
}

int64_t Yaml::integer(int64_t low, int64_t high) const {
  int64_t value = 0;
  const std::string word = is_scalar() ? node_->yaml.Scalar() : "";
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || code != std::errc() || end != word.data() + word.size()) {
    fail(fmt::format("expected a whole number, got {}", kind_of(node_->yaml)));
  }
  if (value < low || value > high) {
    fail(fmt::format("{} is outside {} to {}", value, low, high));
  }
  return value;
}

double Yaml::real(double low, double high) const {
  double value = 0;
  if (!is_scalar() || !YAML::convert<double>::decode(node_->yaml, value) || !std::isfinite(value)) {
    fail(fmt::format("expected a number, got {}", kind_of(node_->yaml)));
  }
  if (value < low || value > high) {
    fail(fmt::format("{} is outside {} to {}", value, low, high));
  }
  return value;
}

std::string Yaml::text(const std::string& key, const std::string& otherwise) const {
  const auto child = find(key);
  return child ? child->text() : otherwise;
}

bool Yaml::boolean(const std::string& key, bool otherwise) const {
  const auto child = find(key);
  return child ? child->boolean() : otherwise;
}

int64_t Yaml::integer(const std::string& key, int64_t otherwise, int64_t low, int64_t high) const {
  const auto child = find(key);
  return child ? child->integer(low, high) : otherwise;
}

double Yaml::real(const std::string& key, double otherwise, double low, double high) const {
  const auto child = find(key);
  return child ? child->real(low, high) : otherwise;
}

void Yaml::finish() const {
  for (const auto& entry : node_->yaml) {
    const std::string key = entry.first.Scalar();
    if (node_->asked.count(key) != 0) {
      continue;
    }
    const std::vector<std::string> known(node_->asked.begin(), node_->asked.end());
    const int line = line_of(entry.first);
    tridex::fail("{}{}: unknown key '{}'{} (known: {})", node_->file,
                 line > 0 ? fmt::format(":{}", line) : "",
                 node_->path.empty() ? key : node_->path + "." + key, did_you_mean(key, known), join(known));
  }
}

std::string Yaml::dump() const {
  YAML::Emitter out;
  out << node_->yaml;
  return out.c_str();
}

void Yaml::fail_choice(const std::vector<std::string>& names) const {
  fail(fmt::format("unknown name '{}'{} (known: {})", text(), did_you_mean(text(), names), join(names)));
}

}  // namespace tridex

#include "base/yaml.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/names.h"
#include "explore/report/diff.h"

namespace tridex::explore {
namespace {

using Scalars = std::vector<std::pair<std::string, std::string>>;

void flatten(const Yaml& node, Scalars& out) {
  if (node.is_map()) {
    for (const auto& key : node.keys()) {
      if (const auto child = node.find(key)) {
        flatten(*child, out);
      }
    }
    return;
  }
  if (!node.is_list()) {
    out.emplace_back(node.path(), node.text());
    return;
  }
  const auto items = node.items();
  if (std::any_of(items.begin(), items.end(), [](const Yaml& item) { return !item.is_scalar(); })) {
    for (const auto& item : items) {
      flatten(item, out);
    }
    return;
  }
  std::vector<std::string> words;
  std::transform(items.begin(), items.end(), std::back_inserter(words),
                 [](const Yaml& item) { return item.text(); });
  out.emplace_back(node.path(), fmt::format("[{}]", join(words)));
}

std::optional<std::string> value_of(const Scalars& scalars, const std::string& key) {
  const auto found =
      std::find_if(scalars.begin(), scalars.end(), [&](const auto& one) { return one.first == key; });
  return found == scalars.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

std::vector<KeyDifference> yaml_difference(const std::string& a_text, const std::string& b_text,
                                           const std::string& a, const std::string& b) {
  Scalars of_a, of_b;
  flatten(Yaml::parse(a_text, a), of_a);
  flatten(Yaml::parse(b_text, b), of_b);
  std::vector<KeyDifference> differences;
  for (const auto& [key, value] : of_a) {
    if (const auto other = value_of(of_b, key); other != value) {
      differences.push_back({key, value, other});
    }
  }
  for (const auto& [key, value] : of_b) {
    if (!value_of(of_a, key)) {
      differences.push_back({key, std::nullopt, value});
    }
  }
  return differences;
}

}  // namespace tridex::explore

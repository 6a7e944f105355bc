#include <string_view>

#include "explore/store.h"

namespace tridex::explore {
namespace {

constexpr std::string_view kLayers = "\"layers\":[";

/// Where the list that begins at text[begin] is over.
size_t end_of_list(std::string_view text, size_t begin) {
  int depth = 0;
  for (size_t i = begin; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        for (++i; i < text.size() && text[i] != '"'; ++i) {
          i += text[i] == '\\' ? 1 : 0;
        }
        break;
      case '[':
        ++depth;
        break;
      case ']':
        if (--depth == 0) {
          return i + 1;
        }
        break;
      default:
        break;
    }
  }
  return text.size();
}

}  // namespace

nlohmann::json parse_without_layers(const std::string& result) {
  // In a string the quotation marks of a key would be escaped, so this is a key.
  const size_t begin = result.find(kLayers);
  if (begin == std::string::npos) {
    return nlohmann::json::parse(result);
  }
  const size_t list = begin + kLayers.size() - 1;
  std::string rest = result.substr(0, list) + "null";
  rest.append(result, end_of_list(result, list));
  auto head = nlohmann::json::parse(rest);
  head.erase("layers");
  return head;
}

}  // namespace tridex::explore

#include <string_view>

#include "explore/store/store.h"

namespace tridex::explore {
namespace {

/// Behind the JSON string that begins there; the end of the text where it has no end.
size_t string_end(std::string_view text, size_t begin) {
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      return i + 1;
    }
    i += text[i] == '\\' ? 1 : 0;
  }
  return text.size();
}

/// Where `visit(i, depth)` says false: it is told each bracket and string outside of strings, and how many
/// brackets are open before it. The end of the text if it never does.
template <typename Visit>
size_t scan(std::string_view text, size_t begin, Visit&& visit) {
  int depth = 0;
  for (size_t i = begin; i < text.size();) {
    const char c = text[i];
    const bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
    if ((opens || closes || c == '"' || c == ',') && !visit(i, depth)) {
      return i;
    }
    depth += opens ? 1 : closes ? -1 : 0;
    i = c == '"' ? string_end(text, i) : i + 1;
  }
  return text.size();
}

}  // namespace

nlohmann::json parse_without_layers(const std::string& result) {
  // Cut out as text: to parse the layers, even into nothing, takes ten times as long as the rest.
  constexpr std::string_view kKey = "\"layers\":";
  const size_t key = scan(result, 0, [&](size_t i, int depth) {
    return depth != 1 || result.compare(i, kKey.size(), kKey) != 0;
  });
  if (key == result.size()) {
    auto parsed = nlohmann::json::parse(result);
    if (parsed.is_object()) {
      parsed.erase("layers");  // written by another program, with spaces
    }
    return parsed;
  }
  const size_t value = key + kKey.size();
  size_t end = scan(result, value, [&](size_t i, int depth) {
    return depth > 0 || (result[i] != ',' && result[i] != '}' && result[i] != ']');
  });
  const size_t before = result.find_last_not_of(" \t\r\n", key - 1);  // the comma, or the open bracket
  const bool first = result[before] != ',';
  end += first && end < result.size() && result[end] == ',' ? 1 : 0;
  return nlohmann::json::parse(result.substr(0, first ? key : before) + result.substr(end));
}

}  // namespace tridex::explore

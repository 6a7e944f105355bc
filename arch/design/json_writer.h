#pragma once
#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tridex::arch {

/// Writes JSON into one string, the bytes of nlohmann::json::dump() without its tree: a sweep writes a result
/// for every point. The caller gives the members of an object in the order of their names, as dump() does.
class JsonWriter {
 public:
  /// write(): members, or values.
  template <typename Write>
  void object(Write&& write) {
    text_ += '{';
    write();
    close('}');
  }
  template <typename Write>
  void list(Write&& write) {
    text_ += '[';
    write();
    close(']');
  }
  void key(std::string_view name) {
    quote(name);
    text_ += ':';
  }
  template <typename T>
  void member(std::string_view name, const T& content) {
    key(name);
    value(content);
  }

  void value(std::nullptr_t) { text_ += "null,"; }
  void value(bool flag) { text_ += flag ? "true," : "false,"; }
  void value(std::integral auto number) {
    fmt::format_to(std::back_inserter(text_), FMT_COMPILE("{},"), number);
  }
  void value(double number) { text_ += nlohmann::json(number).dump() + ","; }
  void value(const std::string& word) {
    quote(word);
    text_ += ',';
  }
  template <typename T>
  void value(const std::map<std::string, T>& members) {
    object([&] {
      for (const auto& [name, content] : members) {
        member(name, content);
      }
    });
  }
  template <typename T>
  void value(const std::vector<T>& items) {
    list([&] {
      for (const T& item : items) {
        value(item);
      }
    });
  }

  /// What has been written: one value.
  std::string take() {
    text_.pop_back();
    return std::move(text_);
  }

 private:
  /// Every value ends with a comma; the last one in an object or a list loses it.
  void close(char end) {
    if (text_.back() == ',') {
      text_.back() = end;
    } else {
      text_ += end;
    }
    text_ += ',';
  }
  void quote(std::string_view word) {
    const bool plain = std::all_of(word.begin(), word.end(),
                                   [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
    if (plain) {
      text_ += '"';
      text_ += word;
      text_ += '"';
    } else {
      text_ += nlohmann::json(word).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
  }

  std::string text_;
};

}  // namespace tridex::arch

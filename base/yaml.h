#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tridex {

/// One node of a YAML file, with the file's name, the line and the dotted key in every error. The only door
/// through which YAML comes in: rooms read plain structs with it, and no YAML type leaves the .cpp files.
///
/// Reading a map: ask for each key that is known, then call finish(): a key that nobody asked for is an error
/// that names the nearest known one. Errors: tridex::Error.
class Yaml {
 public:
  /// Reads a file. `overrides` are "dotted.key=value" (list items by number: "axes.0.key=x"); each must lead
  /// to a map or list that exists, its last key may be new. A key with dots in it is found as it stands
  /// ("axes.buffers.weight.kib=[128, 256]"); it may be new in a map that has such keys. The value is parsed as
  /// YAML.
  static Yaml load(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});
  static Yaml parse(const std::string& text, const std::string& name,
                    const std::vector<std::string>& overrides = {});

  [[nodiscard]] bool has(const std::string& key) const;
  [[nodiscard]] Yaml at(const std::string& key) const;                   ///< required
  [[nodiscard]] std::optional<Yaml> find(const std::string& key) const;  ///< absent or null: nullopt
  [[nodiscard]] std::vector<Yaml> items() const;                         ///< of a list
  [[nodiscard]] std::vector<std::string> keys() const;                   ///< of a map, in the file's order
  [[nodiscard]] bool is_map() const;
  [[nodiscard]] bool is_list() const;
  [[nodiscard]] bool is_scalar() const;

  // This node as a value.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] int64_t integer(int64_t low = std::numeric_limits<int64_t>::min(),
                                int64_t high = std::numeric_limits<int64_t>::max()) const;
  [[nodiscard]] double real(double low = -std::numeric_limits<double>::infinity(),
                            double high = std::numeric_limits<double>::infinity()) const;
  /// One of a list of words; the error lists them.
  template <typename T>
  [[nodiscard]] T choice(const std::vector<std::pair<std::string, T>>& words) const {
    std::vector<std::string> names;
    for (const auto& [name, value] : words) {
      if (name == text()) {
        return value;
      }
      names.push_back(name);
    }
    fail_choice(names);
  }

  // A child as a value, with a default when it is absent.
  [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise) const;
  [[nodiscard]] bool boolean(const std::string& key, bool otherwise) const;
  [[nodiscard]] int64_t integer(const std::string& key, int64_t otherwise, int64_t low, int64_t high) const;
  [[nodiscard]] double real(const std::string& key, double otherwise, double low, double high) const;
  template <typename T>
  [[nodiscard]] T choice(const std::string& key, T otherwise,
                         const std::vector<std::pair<std::string, T>>& words) const {
    const auto child = find(key);
    return child ? child->choice(words) : otherwise;
  }

  /// Throws when the map holds a key that was never asked for (has, at, find and the reads with a key ask).
  void finish() const;

  /// Throws an Error "FILE:LINE: KEY: message".
  [[noreturn]] void fail(const std::string& message) const;
  [[nodiscard]] std::string where() const;  ///< "FILE:LINE"
  [[nodiscard]] std::string path() const;   ///< "axes.0.key"
  [[nodiscard]] std::string file() const;
  /// The node as YAML text, keys in the file's order.
  [[nodiscard]] std::string dump() const;

  struct Node;  // defined in yaml.cpp
 private:
  [[noreturn]] void fail_choice(const std::vector<std::string>& names) const;
  explicit Yaml(std::shared_ptr<Node> node) : node_(std::move(node)) {}
  std::shared_ptr<Node> node_;
};

}  // namespace tridex

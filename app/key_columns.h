#pragma once
#include <map>
#include <string>
#include <vector>

#include "explore/store/store.h"

namespace tridex::app {

/// Keys of axes as columns of a table. KEY[A], KEY[B], ... are one column, "KEY[...]", that has their values
/// side by side: each would be as wide as its name and have one digit.
class KeyColumns {
 public:
  explicit KeyColumns(const std::vector<std::string>& keys);
  /// Those of rows that do not have one value in all of them, and those that share a column with one.
  static KeyColumns telling(const std::vector<const explore::PointRow*>& rows);

  /// The keys of each column, in the order of the first ones; in a column by name, so that every table has
  /// one order.
  [[nodiscard]] const std::vector<std::vector<std::string>>& groups() const { return groups_; }
  [[nodiscard]] std::vector<std::string> headers() const;
  /// A cell a column; "" where a key has no value.
  [[nodiscard]] std::vector<std::string> cells(const std::map<std::string, std::string>& settings) const;
  /// "KEY=VALUE, ..." of the settings that no column has.
  [[nodiscard]] std::string rest(const std::map<std::string, std::string>& settings) const;
  /// "KEY[...]: A, B", a line a column of several keys.
  [[nodiscard]] std::string legend() const;

  static std::string header(const std::vector<std::string>& group);

 private:
  std::vector<std::vector<std::string>> groups_;
};

}  // namespace tridex::app

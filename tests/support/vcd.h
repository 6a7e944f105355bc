#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

namespace tridex::test {

/// A value change dump: its time stamps, and the values of signals, the first of a name.
class Vcd {
 public:
  explicit Vcd(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) {
      std::istringstream words(line);
      std::string word, kind, bits, code, name;
      words >> word;
      if (word == "$var" && words >> kind >> bits >> code >> name) {
        codes_.emplace(name, code);
      } else if (line.starts_with("#")) {
        times_.insert(std::stoll(line.substr(1)));
      } else if (line.starts_with("b") && words >> code) {
        values_[code][*times_.rbegin()] = word.substr(1);
      } else if (line.starts_with("0") || line.starts_with("1")) {
        values_[line.substr(1)][*times_.rbegin()] = line.substr(0, 1);
      }
    }
  }
  [[nodiscard]] const std::set<int64_t>& times() const { return times_; }
  /// Those in [from, until).
  [[nodiscard]] std::set<int64_t> times(int64_t from, int64_t until) const {
    return {times_.lower_bound(from), times_.lower_bound(until)};
  }
  /// Times at which a bit becomes 1.
  [[nodiscard]] std::set<int64_t> rises(const std::string& signal) const {
    std::set<int64_t> rises;
    for (const auto& [time, value] : changes(signal)) {
      if (value == "1") {
        rises.insert(time);
      }
    }
    return rises;
  }
  /// Binary digits, as a register sees them that is clocked at this time.
  [[nodiscard]] std::string before(const std::string& signal, int64_t time) const {
    const auto& all = changes(signal);
    const auto next = all.lower_bound(time);
    if (next == all.begin()) {
      throw std::runtime_error(signal + " has no value yet");
    }
    return std::prev(next)->second;
  }

 private:
  [[nodiscard]] const std::map<int64_t, std::string>& changes(const std::string& signal) const {
    return values_.at(codes_.at(signal));
  }

  std::map<std::string, std::string> codes_;
  std::map<std::string, std::map<int64_t, std::string>> values_;  ///< by code and time
  std::set<int64_t> times_;
};

}  // namespace tridex::test

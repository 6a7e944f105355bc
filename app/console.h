#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/verbosity.h"
#include "base/error.h"
#include "models/paired.h"

namespace tridex::app {

/// --json FILE of every command; "-" is the standard output, in place of the text.
class JsonOption {
 public:
  void add(CLI::App* command);
  /// True where the command is to print its text: not with --quiet, nor where JSON is the standard output.
  [[nodiscard]] bool print_text() const { return !on_standard_output() && verbosity() != Verbosity::kQuiet; }
  [[nodiscard]] bool on_standard_output() const { return file_ == "-"; }
  /// False where write() does nothing.
  [[nodiscard]] bool wanted() const { return !file_.empty(); }
  void write(const nlohmann::json& value) const;

 private:
  std::string file_;
};

/// What read(settings) gives. An Error that a --set causes begins with it: "--set copies=abc: ...".
template <typename Read>
auto read_with_settings(const std::vector<std::string>& settings, const Read& read);

/// Writes a file that the user names: as write_file does, but into what is there already and is no regular
/// file
/// (/dev/null, a pipe), which a rename would replace. Ctrl-C waits for its end.
void write_output(const std::filesystem::path& file, const std::string& content);

/// Characters of a line that tables try to keep to.
constexpr size_t kLineWidth = 100;

/// Rows of cells in aligned columns: words to the left, numbers (a header that begins with '>') to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  void row(std::vector<std::string> cells);
  [[nodiscard]] std::string text() const;
  static constexpr size_t kGap = 2;  ///< spaces between columns

 private:
  std::vector<std::string> header_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

/// What --weights takes, for --help.
constexpr const char* kWeightsHelp = "weights: safetensors, or a state dict of PyTorch (.pt, .pth, .bin)";

/// Tells the user, on the standard error output; not with --quiet.
void print_remarks(const std::vector<std::string>& remarks);

/// What --data and --calib take, for --help.
const char* data_help();

/// The recipes of configs/quant, a line each: the name and how its file begins.
std::string recipe_help();

/// "name  value" lines with the values in one column.
std::string facts(const std::vector<std::pair<std::string, std::string>>& lines);

/// 1234567 -> "1,234,567".
std::string grouped(int64_t value);
/// 18.7 M, 2.1 G: three digits and a unit of a thousand's power.
std::string short_number(double value);
/// "-0.30 (95 %: -0.63 to 0.03)", percentage points.
std::string points(const models::Difference& difference);
std::string duration(double seconds);  ///< "42 s", "3 min 10 s", "2 h 05 min"

template <typename Read>
auto read_with_settings(const std::vector<std::string>& settings, const Read& read) {
  const auto reason = [&](const std::vector<std::string>& some) -> std::string {
    try {
      static_cast<void>(read(some));
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  try {
    return read(settings);
  } catch (const Error& error) {
    const std::string said = error.what();
    for (const auto& one : settings) {
      if (said == reason({one}) && said != reason({})) {
        throw Error("--set " + one + ": " + said);
      }
    }
    throw;
  }
}

}  // namespace tridex::app

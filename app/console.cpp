#include "app/console.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "app/interrupt.h"
#include "arch/design/design_point.h"
#include "base/error.h"
#include "base/file.h"

namespace tridex::app {

void JsonOption::add(CLI::App* command) {
  command->add_option("--json", file_, "write the result as JSON; - writes it to the standard output")
      ->type_name("FILE");
}

void JsonOption::write(const nlohmann::json& value) const {
  if (file_.empty()) {
    return;
  }
  const std::string text = value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (file_ == "-") {
    fmt::print("{}", text);
    return;
  }
  write_output(file_, text);
}

void write_output(const std::filesystem::path& file, const std::string& content) {
  const InterruptShield shield;
  write_file(file, content);
}

Table::Table(std::vector<std::string> header) : header_(std::move(header)) {
  for (auto& name : header_) {
    right_.push_back(!name.empty() && name[0] == '>');
    name = right_.back() ? name.substr(1) : name;
  }
}

void Table::row(std::vector<std::string> cells) {
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<size_t> width(header_.size());
  const auto widen = [&](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      width[i] = std::max(width[i], cells[i].size());
    }
  };
  widen(header_);
  std::for_each(rows_.begin(), rows_.end(), widen);
  std::string out;
  const auto add = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      line += i == 0 ? "" : "  ";
      line +=
          right_[i] ? fmt::format("{:>{}}", cells[i], width[i]) : fmt::format("{:<{}}", cells[i], width[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  add(header_);
  std::vector<std::string> rule;
  for (const size_t w : width) {
    rule.emplace_back(w, '-');
  }
  add(rule);
  std::for_each(rows_.begin(), rows_.end(), add);
  return out;
}

void print_remarks(const std::vector<std::string>& remarks) {
  for (const std::string& remark : verbosity() == Verbosity::kQuiet ? std::vector<std::string>{} : remarks) {
    fmt::print(stderr, "note: {}\n", remark);
  }
}

std::string recipe_help() {
  std::map<std::string, std::string> recipes;
  for (const auto& name : arch::config_names("quant")) {
    std::ifstream file(arch::config_root() / "quant" / (name + ".yaml"));
    std::string line;
    std::string first;  // sentence of the comment at the beginning
    while (first.find(". ") == std::string::npos && std::getline(file, line) && line.rfind("# ", 0) == 0) {
      first += (first.empty() ? "" : " ") + line.substr(2);
    }
    recipes[name] = first.substr(0, first.find(". "));
  }
  std::string text = "Recipes (every key of a recipe of your own: " +
                     (arch::config_root() / "quant" / "default.yaml").string() + "):\n";
  constexpr size_t kWidth = 96;
  for (const auto& [name, about] : recipes) {
    const bool fits = about.size() <= kWidth;
    text += fmt::format("  {:<19} {}{}\n", name, fits ? about : about.substr(0, about.rfind(' ', kWidth)),
                        fits ? "" : " ...");
  }
  return text;
}

const char* data_help() {
  return R"(Images: the name of a data set in configs/datasets, a data set YAML of your own, or a folder with one of
  labels.csv        lines FILE,CLASS after the header file,class_index
  image/ label/     photos and label PNGs of equal names: segmentation
  CLASS/*.JPEG ...  one subfolder per class (JPEG or PNG), numbered in sorted order as in torchvision's
                    ImageFolder; there must be as many as the network has classes, or else classes.txt in
                    the folder lists the subfolders' names in the order of the network's classes
A folder of classified photos gets EfficientViT's evaluation transform for an input of r x r: short side to
ceil(r / 0.95), bicubic; centre crop; / 255; ImageNet mean and deviation. A YAML can give another one.)";
}

std::string facts(const std::vector<std::pair<std::string, std::string>>& lines) {
  size_t width = 0;
  for (const auto& [name, value] : lines) {
    width = std::max(width, name.size());
  }
  std::string out;
  for (const auto& [name, value] : lines) {
    out += fmt::format("{:<{}}  {}\n", name, width, value);
  }
  return out;
}

std::string grouped(int64_t value) {
  std::string text = std::to_string(value);
  const size_t first = value < 0 ? 1 : 0;
  for (size_t i = text.size(); i > first + 3; i -= 3) {
    text.insert(i - 3, ",");
  }
  return text;
}

std::string short_number(double value) {
  int power = 0;
  for (; std::abs(value) >= 999.5 && power < 4; ++power) {
    value /= 1000;
  }
  constexpr const char* kUnits[] = {"", " k", " M", " G", " T"};
  return fmt::format("{:.{}f}{}", value,
                     power == 0 || std::abs(value) >= 99.95 ? 0
                     : std::abs(value) >= 9.995             ? 1
                                                            : 2,
                     kUnits[power]);
}

std::string points(const models::Difference& difference) {
  return fmt::format("{:+.2f} ({:g} %: {:+.2f} to {:+.2f})", difference.value, 100 * models::kConfidence,
                     difference.low, difference.high);
}

std::string duration(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 60) {
    return fmt::format("{} s", whole);
  }
  return whole < 3600 ? fmt::format("{} min {:02} s", whole / 60, whole % 60)
                      : fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace tridex::app

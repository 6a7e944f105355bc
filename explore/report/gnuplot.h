#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace tridex::explore {

/// Okabe and Ito's colours as in the page (explore/report/page/base.js), blue first, grey last.
extern const char* const kFigureColours[8];

/// Draws figures by gnuplot into a folder, which keeps the scripts and data that they were made from.
class Gnuplot {
 public:
  static bool there();  ///< in the PATH
  explicit Gnuplot(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// NAME.png and NAME.svg by NAME.gp from NAME.dat. Error: gnuplot's message.
  void draw(const std::string& name, const std::string& data, const std::string& settings,
            const std::string& plot);
  /// A text without what would end a string of a script or of a data file.
  static std::string plain(std::string text);

  std::vector<std::filesystem::path> files;  ///< that were drawn

 private:
  std::filesystem::path folder_;
};

}  // namespace tridex::explore

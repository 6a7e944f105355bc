#pragma once
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"

namespace tridex::test {

/// The lines of points.csv without the last three columns (host, time, seconds).
inline std::vector<std::string> csv_without_host(const std::filesystem::path& folder) {
  std::istringstream in(read_text(folder / "points.csv"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    for (int i = 0; i < 3; ++i) {
      line.erase(line.rfind(','));
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace tridex::test

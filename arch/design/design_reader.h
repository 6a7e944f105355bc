#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "arch/design/design_point.h"

namespace tridex::arch {

/// Reads many variants of one design, each as read_design() does. Files are read once: the design's is kept
/// without its comments, which are most of it, and those of devices and memories parsed.
class DesignReader {
 public:
  explicit DesignReader(const std::filesystem::path& file) : file_(file), text_(Yaml::load(file).dump()) {}
  DesignPoint read(const std::vector<std::string>& overrides);
  DesignPoint read_with(const std::map<std::string, std::string>& settings);  ///< key -> value

 private:
  std::filesystem::path file_;
  std::string text_;
  std::map<std::filesystem::path, Yaml> named_;
};

}  // namespace tridex::arch

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "arch/design/design_point.h"
#include "base/error.h"
#include "base/names.h"

namespace tridex::arch {

namespace fs = std::filesystem;

fs::path config_root() {
  if (const char* named = std::getenv("TRIDEX_CONFIGS"); named != nullptr && *named != '\0') {
    return named;
  }
  std::error_code code;
  const fs::path program = fs::read_symlink("/proc/self/exe", code);
  const fs::path installed = program.parent_path().parent_path() / "share" / "tridex" / "configs";
  return !code && fs::is_directory(installed, code) ? installed : fs::path(TRIDEX_CONFIG_DIR);
}

std::vector<std::string> config_names(const std::string& kind) {
  std::vector<std::string> names;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(config_root() / kind, code)) {
    if (entry.path().extension() == ".yaml") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path find_config(const std::string& name, const std::string& kind) {
  std::error_code code;
  if (fs::is_regular_file(name, code)) {
    return name;
  }
  const fs::path folder = config_root() / kind;
  if (fs::path preset = folder / (name + ".yaml"); fs::is_regular_file(preset, code)) {
    return preset;
  }
  const std::vector<std::string> names = config_names(kind);
  fail("'{}' is neither a file nor a name in {}{} (known: {})", name, folder.string(),
       did_you_mean(name, names), join(names));
}

}  // namespace tridex::arch

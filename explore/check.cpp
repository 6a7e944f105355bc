#include "explore/check.h"

#include <algorithm>

#include "base/error.h"
#include "base/yaml.h"

namespace tridex::explore {

std::string kind_of_file(const std::filesystem::path& file) {
  const Yaml yaml = Yaml::load(file);
  const std::string folder = std::filesystem::absolute(file).parent_path().filename();
  std::vector<std::string> best;
  std::ptrdiff_t most = 1;
  const auto keys = yaml.keys();
  const auto known_to = [&](const FileKind& kind) {
    return std::count_if(keys.begin(), keys.end(), [&](const std::string& key) {
      return std::find(kind.keys.begin(), kind.keys.end(), key) != kind.keys.end();
    });
  };
  for (const auto& name : FileKinds::names()) {
    const auto kind = FileKinds::make(name, "kind of file");
    if (!kind->folder.empty() && kind->folder == folder) {
      return name;
    }
    auto known = known_to(*kind);
    if (known > 0 && !kind->base.empty()) {
      known += known_to(*FileKinds::make(kind->base, "kind of file"));
    }
    if (known > most) {
      best.clear();
    }
    if (known >= most) {
      best.push_back(name);
      most = known;
    }
  }
  if (best.size() != 1) {
    fail("{}: its keys ({}) do not tell what it is, say --kind {}", file.string(), join(keys),
         join(best.empty() ? FileKinds::names() : best, " or "));
  }
  return best.front();
}

std::string check_file(const std::filesystem::path& file, const std::string& kind) {
  return FileKinds::make(kind, "kind of file")->check(file);
}

}  // namespace tridex::explore

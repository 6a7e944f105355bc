#include "app/stored_point.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "quant/integer_graph.h"

namespace tridex::app {

std::optional<PointName> point_name(const std::string& word) {
  const size_t at = word.rfind('#');
  return at == std::string::npos ? std::nullopt
                                 : std::optional(PointName{word.substr(0, at), word.substr(at + 1)});
}

explore::PointRow stored_point(const explore::Store& store, const PointName& name) {
  const std::string word = name.folder.string() + "#" + name.hash;
  std::optional<explore::PointRow> found;
  for (auto& row : store.rows(explore::Store::Layers::kWithout)) {
    if (row.hash.rfind(name.hash, 0) != 0) {
      continue;
    }
    if (found) {
      fail("{}: two points or more begin with '{}', {} and {} among them", word, name.hash, found->hash,
           row.hash);
    }
    found = std::move(row);
  }
  if (!found) {
    fail("{}: no point of the store begins with '{}' (tridex query {} --columns hash lists them)", word,
         name.hash, name.folder.string());
  }
  if (found->status != "ok") {
    fail("{}: has no result: {}: {}", word, found->status, found->reason);
  }
  return std::move(*found);
}

std::optional<std::filesystem::path> network_of(const PointName& name, const explore::PointRow& point) {
  const auto folder = name.folder / "networks";
  if (!std::filesystem::is_directory(folder)) {
    return std::nullopt;
  }
  const std::string begin = point.model + "-" + point.recipe + "-";  // cache_network's names
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".tdx" && entry.path().filename().string().rfind(begin, 0) == 0) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::mutex mutex;
  size_t found = files.size();
  parallel_for(files.size(), 0, [&](size_t i) {
    {
      const std::lock_guard lock(mutex);
      if (found < i) {
        return;
      }
    }
    try {
      if (quant::load_network(files[i]).hash() == point.network_hash) {
        const std::lock_guard lock(mutex);
        found = std::min(found, i);
      }
    } catch (const Error&) {  // not one that the point could have run
    }
  });
  return found < files.size() ? std::optional(files[found]) : std::nullopt;
}

}  // namespace tridex::app

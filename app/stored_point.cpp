#include "app/stored_point.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "app/workload.h"
#include "arch/platform/run.h"
#include "base/error.h"
#include "base/parallel.h"
#include "quant/integer_graph.h"

namespace tridex::app {
namespace {

/// Of those that the folder keeps.
std::optional<std::filesystem::path> network_of(const PointName& name, const explore::PointRow& point) {
  const auto folder = name.folder / "networks";
  if (!std::filesystem::is_directory(folder)) {
    return std::nullopt;
  }
  const auto begins = [](const std::filesystem::path& file, const std::string& with) {
    return file.filename().string().rfind(with, 0) == 0;
  };
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".tdx" && begins(entry.path(), point.model + "-")) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  // Most likely first: cache_network() puts the recipe's name into the file's, which a recipe may say itself.
  std::stable_partition(files.begin(), files.end(), [&](const auto& file) {
    return begins(file, point.model + "-" + point.recipe + "-");
  });
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

bool is_made_by(const std::string& model, const std::string& recipe, const std::string& hash) {
  Workload work;
  work.model = model;
  work.recipe = recipe;
  try {
    return work.network(false).hash() == hash;
  } catch (const Error&) {  // names of a sweep's own files
    return false;
  }
}

}  // namespace

std::optional<PointName> point_name(const std::string& word) {
  const size_t at = word.rfind('#');
  if (at == std::string::npos || at == 0 || std::filesystem::is_regular_file(word)) {
    return std::nullopt;
  }
  return PointName{word.substr(0, at), word.substr(at + 1)};
}

explore::PointRow stored_point(const explore::Store& store, const PointName& name) {
  const std::string word = name.folder.string() + "#" + name.hash;
  if (name.hash.empty()) {
    fail("{}: the beginning of a point's hash is missing after # (tridex query {} shows them)", word,
         name.folder.string());
  }
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
  return std::move(*found);
}

std::vector<std::string> PointRun::words() const {
  std::vector<std::string> words = net.empty()
                                       ? std::vector<std::string>{"--model", model, "--recipe", recipe}
                                       : std::vector<std::string>{"--net", net};
  const arch::RunOptions usual;
  if (fidelity != arch::fidelity_name(usual.fidelity)) {
    words.insert(words.end(), {"--fidelity", fidelity});
  }
  if (frames != usual.frames) {
    words.insert(words.end(), {"--frames", std::to_string(frames)});
  }
  if (seed != usual.seed) {
    words.insert(words.end(), {"--seed", std::to_string(seed)});
  }
  return words;
}

std::optional<PointRun> run_of(const PointName& name, const explore::PointRow& point) {
  PointRun run{"", "", "", point.fidelity, point.frames, point.seed};
  if (const auto network = network_of(name, point)) {
    run.net = network->string();
  } else if (is_made_by(point.model, point.recipe, point.network_hash)) {
    run.model = point.model;
    run.recipe = point.recipe;
  } else {
    return std::nullopt;
  }
  return run;
}

}  // namespace tridex::app

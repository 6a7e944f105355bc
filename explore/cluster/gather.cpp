#include "explore/cluster/gather.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "explore/sweep/shard_file.h"

namespace tridex::explore {
namespace {

using std::filesystem::path;

/// What decides between two rows of one point.
struct End {
  bool ok = false;
  std::string time;  ///< UTC, so that text order is that of time
  explicit End(const PointRow& row) : ok(row.status == "ok"), time(row.time) {}
  [[nodiscard]] bool gives_way_to(const End& other) const { return !ok && (other.ok || other.time > time); }
};

class Gathering {
 public:
  explicit Gathering(const path& folder) : store_(folder / "store.sqlite") {
    for (const auto& row : store_.rows(Store::Layers::kWithout)) {
      ends_.emplace(row.hash, row);
    }
  }

  GatherSummary run(const path& folder) {
    for (const path& file : shard_files(folder)) {
      ++summary_.files;
      ShardReader reader(file);
      reader.read([&](ShardLine&& line) { take(std::move(line)); });
      if (reader.damaged() > 0) {
        summary_.remarks.push_back(fmt::format("{}: {} of its lines cannot be read and are left out",
                                               file.string(), reader.damaged()));
      }
      if (reader.torn_bytes() > 0) {
        summary_.remarks.push_back(fmt::format("{}: its last line is torn ({} bytes) and is left out",
                                               file.string(), reader.torn_bytes()));
      }
    }
    summary_.rows = store_.rows(Store::Layers::kWithout);
    write_file(folder / "points.csv", points_csv(summary_.rows));
    write_stored_list(folder, store_, false);
    return std::move(summary_);
  }

 private:
  void take(ShardLine&& line) {
    if (line.accuracy) {
      const auto& [network, key, accuracy] = *line.accuracy;
      if (!store_.accuracy(network, key)) {  // only once: the store's data set may have been changed since
        store_.put_accuracy(network, key, accuracy);
        store_.set_dataset(network, key, "");
      }
      return;
    }
    ++summary_.lines;
    const End end(line.point);
    const auto found = ends_.find(line.point.hash);
    if (found != ends_.end() && !found->second.gives_way_to(end)) {
      return;
    }
    store_.put(line.point, line.result);
    ++(found == ends_.end() ? summary_.added : summary_.replaced);
    ends_.insert_or_assign(line.point.hash, end);
  }

  Store store_;
  std::map<std::string, End> ends_;  // by hash
  GatherSummary summary_;
};

}  // namespace

GatherSummary gather(const path& folder) {
  if (!std::filesystem::is_directory(shards_folder(folder)) &&
      !std::filesystem::exists(folder / "store.sqlite")) {
    fail("{}: no such folder: {} is not the output folder of a sweep's shards",
         shards_folder(folder).string(), folder.string());
  }
  return Gathering(folder).run(folder);
}

void write_stored_list(const path& folder, const Store& store, bool only_ok) {
  StoredList list;
  list.ok = store.finished(true);
  if (!only_ok) {
    list.failed = store.finished(false);
    for (const auto& hash : list.ok) {
      list.failed.erase(hash);
    }
  }
  list.accuracies = store.accuracies();
  write_stored_list(folder, list);
}

}  // namespace tridex::explore

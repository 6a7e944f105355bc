#include "explore/sweep/recorder.h"

#include <algorithm>
#include <map>

#include "base/file.h"
#include "explore/sweep/shard_file.h"

namespace tridex::explore {
namespace {

using std::filesystem::path;

class StoreRecorder : public Recorder {
 public:
  explicit StoreRecorder(const path& folder) : folder_(folder), store_(folder / "store.sqlite") {}

  std::set<std::string> finished(bool only_ok) const override { return store_.finished(only_ok); }
  Claim claim(const std::string& hash, bool only_ok) override { return store_.claim(hash, only_ok); }
  void put(const PointRow& row, const std::string& result) override { store_.put(row, result); }
  std::optional<Accuracy> accuracy(const std::string& network_hash,
                                   const std::string& dataset_key) const override {
    return store_.accuracy(network_hash, dataset_key);
  }
  void put_accuracy(const std::string& network_hash, const std::string& dataset_key,
                    const Accuracy& accuracy) override {
    store_.put_accuracy(network_hash, dataset_key, accuracy);
  }
  void set_dataset(const std::string& network_hash, const std::string& dataset_key,
                   const std::string& note) override {
    store_.set_dataset(network_hash, dataset_key, note);
  }
  std::optional<PointRow> row(const std::string& hash) const override {
    return store_.row(hash, Store::Layers::kWithout);
  }
  std::vector<PointRow> rows() const override { return store_.rows(Store::Layers::kWithout); }
  path finish(const std::vector<PointRow>& rows) override {
    write_file(folder_ / "points.csv", points_csv(rows));
    return folder_ / "points.csv";
  }

 private:
  path folder_;
  Store store_;
};

class ShardRecorder : public Recorder {
 public:
  ShardRecorder(const path& folder, const Shard& shard)
      : folder_(folder), writer_(folder, shard), stored_(read_stored_list(folder)) {
    for (auto& record : stored_.accuracies) {
      accuracies_[{record.network_hash, record.dataset_key}] = record.accuracy;
    }
    for (const path& file : shard_files(folder, shard)) {
      ShardReader(file).read([&](ShardLine&& line) { keep(std::move(line)); });
    }
  }

  std::set<std::string> finished(bool only_ok) const override {
    std::set<std::string> hashes = stored_.ok;
    if (!only_ok) {
      hashes.insert(stored_.failed.begin(), stored_.failed.end());
    }
    for (const auto& [hash, row] : rows_) {
      if (!only_ok || row.status == "ok") {
        hashes.insert(hash);
      }
    }
    return hashes;
  }

  Claim claim(const std::string&, bool) override { return Claim::kMine; }

  void put(const PointRow& row, const std::string& result) override {
    writer_.append(point_line(row, result));
    keep({row, result, {}});
  }

  std::optional<Accuracy> accuracy(const std::string& network_hash,
                                   const std::string& dataset_key) const override {
    const auto found = accuracies_.find({network_hash, dataset_key});
    return found == accuracies_.end() ? std::nullopt : std::optional(found->second);
  }

  void put_accuracy(const std::string& network_hash, const std::string& dataset_key,
                    const Accuracy& accuracy) override {
    writer_.append(accuracy_line({network_hash, dataset_key, accuracy}));
    accuracies_[{network_hash, dataset_key}] = accuracy;
  }

  void set_dataset(const std::string&, const std::string&, const std::string&) override {}

  std::optional<PointRow> row(const std::string& hash) const override {
    const auto found = rows_.find(hash);
    if (found == rows_.end()) {
      return std::nullopt;
    }
    PointRow row = found->second;
    row.accuracy = accuracy(row.network_hash, row.dataset_key);
    return row;
  }

  std::vector<PointRow> rows() const override {
    std::vector<PointRow> rows;
    for (const auto& [hash, kept] : rows_) {
      rows.push_back(*row(hash));
    }
    return rows;
  }

  path finish(const std::vector<PointRow>&) override { return shards_folder(folder_); }

 private:
  void keep(ShardLine&& line) {
    if (line.accuracy) {
      accuracies_[{line.accuracy->network_hash, line.accuracy->dataset_key}] = line.accuracy->accuracy;
      return;
    }
    PointRow& row = rows_[line.point.hash];
    if (row.status != "ok") {
      row = std::move(line.point);
    }
  }

  path folder_;
  ShardWriter writer_;
  StoredList stored_;
  std::map<std::pair<std::string, std::string>, Accuracy> accuracies_;  // by network and data set
  std::map<std::string, PointRow> rows_;                                // by hash
};

}  // namespace

std::unique_ptr<Recorder> make_store_recorder(const path& folder) {
  return std::make_unique<StoreRecorder>(folder);
}

std::unique_ptr<Recorder> make_shard_recorder(const path& folder, const Shard& shard) {
  return std::make_unique<ShardRecorder>(folder, shard);
}

}  // namespace tridex::explore

#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "explore/store/store.h"
#include "explore/sweep/launcher.h"

namespace tridex::explore {

/// Where a sweep's rows go while it runs. The calls are those of Store.
class Recorder {
 public:
  virtual ~Recorder() = default;
  [[nodiscard]] virtual std::set<std::string> finished(bool only_ok) const = 0;
  [[nodiscard]] virtual Claim claim(const std::string& hash, bool only_ok) = 0;
  virtual void put(const PointRow& row, const std::string& result) = 0;
  [[nodiscard]] virtual std::optional<Accuracy> accuracy(const std::string& network_hash,
                                                         const std::string& dataset_key) const = 0;
  virtual void put_accuracy(const std::string& network_hash, const std::string& dataset_key,
                            const Accuracy& accuracy) = 0;
  virtual void set_dataset(const std::string& network_hash, const std::string& dataset_key,
                           const std::string& note) = 0;
  /// A point's row, without layers; none where it is not there.
  [[nodiscard]] virtual std::optional<PointRow> row(const std::string& hash) const = 0;
  /// All rows that are there, without layers.
  [[nodiscard]] virtual std::vector<PointRow> rows() const = 0;
  /// Called once, at the end. The file or folder that the user is told of.
  virtual std::filesystem::path finish(const std::vector<PointRow>& rows) = 0;
};

/// FOLDER/store.sqlite, and points.csv at the end.
std::unique_ptr<Recorder> make_store_recorder(const std::filesystem::path& folder);

/// A file of the shard's own (ShardWriter). Finished is what earlier files of the shard and
/// shards/stored.jsonl say, and claims are refused by nobody; rows() are those of the shard's files. Which
/// data set points of other files take their accuracy from is decided when they are gathered.
std::unique_ptr<Recorder> make_shard_recorder(const std::filesystem::path& folder, const Shard& shard);

}  // namespace tridex::explore

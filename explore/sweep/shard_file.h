#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "explore/store/store.h"
#include "explore/sweep/launcher.h"

namespace tridex::explore {

/// A line of a shard's file: a point with its result's text, or an accuracy. HACKING.md has the keys.
struct ShardLine {
  PointRow point;      ///< of accuracies: hash is empty; its `result` has no layers
  std::string result;  ///< JSON text as Store::put takes it
  std::optional<AccuracyRecord> accuracy;
};

/// With the newline.
std::string point_line(const PointRow& row, const std::string& result);
std::string accuracy_line(const AccuracyRecord& record);
/// None: not a whole line, or not one of ours.
std::optional<ShardLine> read_shard_line(std::string_view line);

/// FOLDER/shards.
std::filesystem::path shards_folder(const std::filesystem::path& folder);
/// The files of all shards, or of one, sorted: shards/K-of-N.jsonl and, of later processes, K-of-N.2.jsonl
/// and so on.
std::vector<std::filesystem::path> shard_files(const std::filesystem::path& folder);
std::vector<std::filesystem::path> shard_files(const std::filesystem::path& folder, const Shard& shard);

/// Follows a shard's file that may grow meanwhile.
class ShardReader {
 public:
  explicit ShardReader(std::filesystem::path file) : file_(std::move(file)) {}
  /// The lines that have come since the last call. A last line without its end waits until it has one.
  void read(const std::function<void(ShardLine&&)>& take);
  [[nodiscard]] size_t damaged() const { return damaged_; }  ///< lines that were left out
  [[nodiscard]] size_t torn_bytes() const { return torn_; }  ///< behind the last whole line
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  size_t offset_ = 0, damaged_ = 0, torn_ = 0;
};

/// Appends lines to a new file of a shard, which appears with the first line. No other process writes into it
/// (over a network, appends of two hosts to one file can get lost), so that of two processes that run one
/// shard, because one was taken for dead, both leave whole rows.
class ShardWriter {
 public:
  ShardWriter(std::filesystem::path folder, Shard shard);
  ~ShardWriter();
  ShardWriter(const ShardWriter&) = delete;
  ShardWriter& operator=(const ShardWriter&) = delete;
  /// One write(2). Error: the file and the reason; what is there of the line is a torn one.
  void append(const std::string& line);

 private:
  void make();
  std::filesystem::path folder_, file_;
  Shard shard_;
  int fd_ = -1;
};

/// shards/stored.jsonl: what shards need not do since the store has it. They do not open the store: SQLite's
/// WAL is for processes of one host.
struct StoredList {
  std::set<std::string> ok, failed;  ///< hashes of points
  std::vector<AccuracyRecord> accuracies;
};
void write_stored_list(const std::filesystem::path& folder, const StoredList& list);
StoredList read_stored_list(const std::filesystem::path& folder);  ///< empty where there is no such file

}  // namespace tridex::explore

#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "arch/design/run_result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tridex::explore {

/// How good a network is on a data set; why not, where it was not measured.
struct Accuracy {
  std::string metric;  ///< top1 or miou, percent
  double value = 0;
  int64_t images = 0;
  std::string executor;
};

/// An accuracy as the store has it.
struct AccuracyRecord {
  std::string network_hash, dataset_key;
  Accuracy accuracy;
};

/// A point of a sweep: what was run, and how it ended.
struct PointRow {
  std::string hash;                             ///< of everything that the result depends on
  std::string sweep, design;                    ///< the sweep's name; the design's YAML
  std::map<std::string, std::string> settings;  ///< of the axes
  std::string model, recipe, network_hash, dataset_key;
  std::string accuracy_note;  ///< why there is no accuracy; else empty
  std::string fidelity, tool_version;
  int frames = 0;
  uint64_t seed = 0;
  std::string status, reason, log;  ///< Outcome
  nlohmann::json result;   ///< RunResult as JSON, perhaps without its layers; null unless status is "ok"
  std::string host, time;  ///< where and when (UTC)
  double seconds = 0;
  std::optional<Accuracy> accuracy;  ///< read only: joined from what put_accuracy() stored
};

/// A number of a result with a column of its own in the store and in points.csv.
struct NumberColumn {
  const char* name;
  const char* pointer;  ///< JSON pointer into PointRow::result; kStall: a reason of stall_reasons()
  enum Kind {
    kPlain,
    kAFrame,    ///< the result's is of all frames, the column's of one (rounded down)
    kModelled,  ///< 0 is not a number but none
    kStall      ///< cycles of all engines and frames
  };
  Kind kind = kPlain;
};
const std::vector<NumberColumn>& number_columns();
/// Stalled cycles of a result or of a layer (JSON) by reason: what its waits for loads and stores were spent
/// on, whatever they waited for ("input.row_miss" and "weights.row_miss" are "row_miss"), and the causes that
/// have no parts. Of results that are too old for parts: by cause.
arch::Stalls stall_reasons(const nlohmann::json& item);
/// The numbers of a row in the order of number_columns(); null where there is none.
std::vector<nlohmann::json> numbers_in(const PointRow& row);

/// A result (json_text) without its layers, which are most of it and are not parsed.
nlohmann::json parse_without_layers(const std::string& result);

/// What became of the wish to run a point.
enum class Claim {
  kMine,   ///< run it, and put() its row: nobody else does as long as this process lives
  kDone,   ///< its row is there
  kTaken,  ///< another process, which lives, runs it
};

/// The results of sweeps in one SQLite file in WAL mode, DIR/store.sqlite; HACKING.md has the schema. Each
/// call is a transaction of its own, so that whatever ends this process leaves whole rows. Several processes
/// of one machine may have it open and write. Errors: the file and SQLite's reason.
class Store {
 public:
  /// Whether the results of rows are to have their layers.
  enum class Layers { kWith, kWithout };

  explicit Store(const std::filesystem::path& file);                ///< makes it if it is not there
  static Store open_existing(const std::filesystem::path& folder);  ///< Error: no store in the folder
  Store(Store&& other) noexcept;
  ~Store();

  /// Points that need not run again. `only_ok`: those that failed are not among them.
  [[nodiscard]] std::set<std::string> finished(bool only_ok) const;
  /// Claims a point that is about to run. A claim ends with put(), with the Store, or with its process; one
  /// of a process that has ended goes to who asks next. `only_ok` as above.
  Claim claim(const std::string& hash, bool only_ok);
  void put(const PointRow& row);  ///< replaces the row of that hash
  /// The same, and stores this text as its result; row.result need not have the layers.
  void put(const PointRow& row, const std::string& result);
  /// Points of the network take their accuracy from this data set from now on ("": none, and why).
  void set_dataset(const std::string& network_hash, const std::string& dataset_key, const std::string& note);
  void put_accuracy(const std::string& network_hash, const std::string& dataset_key,
                    const Accuracy& accuracy);
  [[nodiscard]] std::optional<Accuracy> accuracy(const std::string& network_hash,
                                                 const std::string& dataset_key) const;
  [[nodiscard]] std::vector<AccuracyRecord> accuracies() const;
  /// All rows, ordered by hash.
  [[nodiscard]] std::vector<PointRow> rows(Layers layers = Layers::kWith) const;
  /// A point's whole result; null where it has none or is not there.
  [[nodiscard]] nlohmann::json result(const std::string& hash) const;
  /// One of them; none where the hash is not there.
  [[nodiscard]] std::optional<PointRow> row(const std::string& hash, Layers layers) const;
  [[nodiscard]] size_t size() const;

 private:
  class Statement;
  static PointRow read_row(Statement& select, Layers layers);
  void close();
  void run(const std::string& sql) const;
  template <typename Function>
  void transaction(Function&& function) const;
  void give_back_claims() const;
  void insert_row(const PointRow& row, const std::string& result) const;
  void switch_to_wal() const;
  int64_t stored_version() const;
  void add_columns() const;  ///< those that a store of an older program lacks, empty
  [[noreturn]] void give_up() const;
  std::filesystem::path file_;
  sqlite3* db_ = nullptr;
  mutable std::map<std::string, sqlite3_stmt*> statements_;  ///< prepared, by text; null: in use
  std::string process_;                                      ///< in claims; empty until there is one
  size_t claims_ = 0;
};

/// points.csv: ordered by hash; the same bytes whatever the number of workers, but for the last three columns
/// (host, time, seconds).
std::string points_csv(const std::vector<PointRow>& rows);

}  // namespace tridex::explore

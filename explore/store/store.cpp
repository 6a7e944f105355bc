#include "explore/store/store.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/error.h"
#include "explore/store/store_statement.h"

namespace tridex::explore {
namespace {

constexpr int kSchemaVersion = 2;
constexpr int kBusyMilliseconds = 60'000;

}  // namespace

Store::Store(const std::filesystem::path& file) : file_(file) {
  if (sqlite3_open(file.c_str(), &db_) != SQLITE_OK) {
    const std::string reason = sqlite3_errmsg(db_);
    sqlite3_close(db_);
    fail("{}: {}", file.string(), reason);
  }
  sqlite3_busy_timeout(db_, kBusyMilliseconds);
  try {
    switch_to_wal();
    run("PRAGMA synchronous = NORMAL");
    run("BEGIN IMMEDIATE");
    const int64_t found = stored_version();
    if (found != 0 && found != kSchemaVersion) {
      fail("{}: schema version {}, this program knows {}: use another output folder", file.string(), found,
           kSchemaVersion);
    }
    std::string numbers;
    for (const auto& column : number_columns()) {
      numbers += fmt::format(", {} NUMERIC", column.name);
    }
    run("CREATE TABLE IF NOT EXISTS points (hash TEXT PRIMARY KEY, sweep TEXT, design TEXT, settings TEXT, "
        "model TEXT,"
        " recipe TEXT, network_hash TEXT, dataset_key TEXT, accuracy_note TEXT, fidelity TEXT, tool_version "
        "TEXT,"
        " frames INTEGER, seed INTEGER, status TEXT, reason TEXT, log TEXT, result TEXT, host TEXT, time "
        "TEXT,"
        " seconds REAL" +
        numbers + ") WITHOUT ROWID");
    add_columns();
    run("CREATE TABLE IF NOT EXISTS accuracy (network_hash TEXT, dataset_key TEXT, metric TEXT, value REAL,"
        " images INTEGER, executor TEXT, PRIMARY KEY (network_hash, dataset_key)) WITHOUT ROWID");
    run("CREATE TABLE IF NOT EXISTS claims (hash TEXT PRIMARY KEY, process TEXT) WITHOUT ROWID");
    run(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
    run("COMMIT");
  } catch (...) {
    close();
    throw;
  }
}

Store Store::open_existing(const std::filesystem::path& folder) {
  const auto file = folder / "store.sqlite";
  if (!std::filesystem::is_regular_file(file)) {
    fail("{}: no such file: {} is not the output folder of a sweep", file.string(), folder.string());
  }
  return Store(file);
}

Store::Store(Store&& other) noexcept
    : file_(std::move(other.file_)),
      db_(std::exchange(other.db_, nullptr)),
      statements_(std::exchange(other.statements_, {})),
      process_(std::move(other.process_)),
      claims_(std::exchange(other.claims_, 0)) {}

Store::~Store() {
  give_back_claims();
  close();
}

void Store::close() {
  for (const auto& [sql, statement] : statements_) {
    sqlite3_finalize(statement);
  }
  sqlite3_close_v2(db_);
}

void Store::give_up() const {
  fail("{}: {}", file_.string(), sqlite3_errmsg(db_));
}

void Store::run(const std::string& sql) const {
  if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    give_up();
  }
}

void Store::switch_to_wal() const {
  // Two connections that both want a new file exclusively are told "locked" at once, not after the busy
  // time-out: waiting inside SQLite would be a deadlock.
  const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyMilliseconds);
  for (;;) {
    const int code = sqlite3_exec(db_, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) {
      return;
    }
    if (code != SQLITE_BUSY || std::chrono::steady_clock::now() > give_up_at) {
      give_up();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

int64_t Store::stored_version() const {
  Statement version(*this, "PRAGMA user_version");
  version.step();
  return version.integer();
}

void Store::add_columns() const {
  std::set<std::string> there;
  for (Statement columns(*this, "SELECT name FROM pragma_table_info('points')"); columns.step();) {
    there.insert(columns.text());
  }
  for (const auto& column : number_columns()) {
    if (there.count(column.name) == 0) {
      run(fmt::format("ALTER TABLE points ADD COLUMN {} NUMERIC", column.name));
    }
  }
}

std::set<std::string> Store::finished(bool only_ok) const {
  Statement select(*this,
                   only_ok ? "SELECT hash FROM points WHERE status = 'ok'" : "SELECT hash FROM points");
  std::set<std::string> hashes;
  while (select.step()) {
    hashes.insert(select.text());
  }
  return hashes;
}

size_t Store::size() const {
  Statement count(*this, "SELECT count(*) FROM points");
  count.step();
  return static_cast<size_t>(count.integer());
}

void Store::put(const PointRow& row) {
  put(row, row.result.is_null() ? "" : row.result.dump());
}

void Store::put(const PointRow& row, const std::string& result) {
  transaction([&] {
    insert_row(row, result);
    if (claims_ > 0) {
      Statement(*this, "DELETE FROM claims WHERE hash = ? AND process = ?")
          .text(row.hash)
          .text(process_)
          .step();
      claims_ -= static_cast<size_t>(sqlite3_changes(db_));
    }
  });
}

namespace {

const std::string& insert_text() {
  static const std::string text = [] {
    std::string names, marks;
    for (const auto& column : number_columns()) {
      names += fmt::format(", {}", column.name);
      marks += ", ?";
    }
    return "INSERT OR REPLACE INTO points (hash, sweep, design, settings, model, recipe, network_hash,"
           " dataset_key, accuracy_note, fidelity, tool_version, frames, seed, status, reason, log, result,"
           " host, time, seconds" +
           names + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?" + marks + ")";
  }();
  return text;
}

}  // namespace

void Store::insert_row(const PointRow& row, const std::string& result) const {
  Statement insert(*this, insert_text());
  insert.text(row.hash).text(row.sweep).text(row.design).text(nlohmann::json(row.settings).dump());
  insert.text(row.model)
      .text(row.recipe)
      .text(row.network_hash)
      .text(row.dataset_key)
      .text(row.accuracy_note);
  insert.text(row.fidelity)
      .text(row.tool_version)
      .integer(row.frames)
      .integer(static_cast<int64_t>(row.seed));
  insert.text(row.status).text(row.reason).text(row.log);
  insert.text(result).text(row.host).text(row.time).real(row.seconds);
  for (const auto& number : numbers_in(row)) {
    insert.number(number);
  }
  insert.step();
}

void Store::set_dataset(const std::string& network_hash, const std::string& dataset_key,
                        const std::string& note) {
  Statement update(*this, "UPDATE points SET dataset_key = ?, accuracy_note = ? WHERE network_hash = ?");
  update.text(dataset_key).text(note).text(network_hash).step();
}

void Store::put_accuracy(const std::string& network_hash, const std::string& dataset_key,
                         const Accuracy& accuracy) {
  Statement insert(*this, "INSERT OR REPLACE INTO accuracy VALUES (?, ?, ?, ?, ?, ?)");
  insert.text(network_hash).text(dataset_key).text(accuracy.metric).real(accuracy.value);
  insert.integer(accuracy.images).text(accuracy.executor).step();
}

std::optional<Accuracy> Store::accuracy(const std::string& network_hash,
                                        const std::string& dataset_key) const {
  Statement select(*this,
                   "SELECT metric, value, images, executor FROM accuracy"
                   " WHERE network_hash = ? AND dataset_key = ?");
  if (!select.text(network_hash).text(dataset_key).step()) {
    return std::nullopt;
  }
  Accuracy found;
  found.metric = select.text();
  found.value = select.real();
  found.images = select.integer();
  found.executor = select.text();
  return found;
}

std::vector<AccuracyRecord> Store::accuracies() const {
  Statement select(*this, "SELECT network_hash, dataset_key, metric, value, images, executor FROM accuracy");
  std::vector<AccuracyRecord> records;
  while (select.step()) {
    AccuracyRecord record;
    record.network_hash = select.text();
    record.dataset_key = select.text();
    record.accuracy.metric = select.text();
    record.accuracy.value = select.real();
    record.accuracy.images = select.integer();
    record.accuracy.executor = select.text();
    records.push_back(std::move(record));
  }
  return records;
}

namespace {

constexpr const char* kSelectRows =
    "SELECT hash, sweep, design, settings, model, recipe, network_hash, dataset_key, accuracy_note,"
    " fidelity, tool_version, frames, seed, status, reason, log, result, host, time, seconds,"
    " metric, value, images, executor FROM points LEFT JOIN accuracy USING (network_hash, dataset_key)";

}  // namespace

PointRow Store::read_row(Statement& select, Layers layers) {
  PointRow row;
  for (std::string* field : {&row.hash, &row.sweep, &row.design}) {
    *field = select.text();
  }
  row.settings = nlohmann::json::parse(select.text()).get<std::map<std::string, std::string>>();
  for (std::string* field : {&row.model, &row.recipe, &row.network_hash, &row.dataset_key, &row.accuracy_note,
                             &row.fidelity, &row.tool_version}) {
    *field = select.text();
  }
  row.frames = static_cast<int>(select.integer());
  row.seed = static_cast<uint64_t>(select.integer());
  for (std::string* field : {&row.status, &row.reason, &row.log}) {
    *field = select.text();
  }
  const std::string result = select.text();
  if (!result.empty()) {
    row.result = layers == Layers::kWith ? nlohmann::json::parse(result) : parse_without_layers(result);
  }
  row.host = select.text();
  row.time = select.text();
  row.seconds = select.real();
  if (!select.is_null()) {
    Accuracy accuracy;
    accuracy.metric = select.text();
    accuracy.value = select.real();
    accuracy.images = select.integer();
    accuracy.executor = select.text();
    row.accuracy = accuracy;
  }
  return row;
}

std::vector<PointRow> Store::rows(Layers layers) const {
  Statement select(*this, std::string(kSelectRows) + " ORDER BY hash");
  std::vector<PointRow> rows;
  while (select.step()) {
    rows.push_back(read_row(select, layers));
  }
  return rows;
}

nlohmann::json Store::result(const std::string& hash) const {
  Statement select(*this, "SELECT result FROM points WHERE hash = ?");
  const std::string text = select.text(hash).step() ? select.text() : "";
  return text.empty() ? nlohmann::json() : nlohmann::json::parse(text);
}

std::optional<PointRow> Store::row(const std::string& hash, Layers layers) const {
  Statement select(*this, std::string(kSelectRows) + " WHERE hash = ?");
  return select.text(hash).step() ? std::optional(read_row(select, layers)) : std::nullopt;
}

}  // namespace tridex::explore

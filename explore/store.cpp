#include "explore/store.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "base/error.h"

namespace tridex::explore {
namespace {

constexpr int kSchemaVersion = 2;
constexpr int kBusyMilliseconds = 60'000;

}  // namespace

/// A prepared statement; values are bound and read in order.
class Store::Statement {
 public:
  Statement(const Store& store, const std::string& sql) : store_(store) {
    if (sqlite3_prepare_v2(store_.db_, sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK) {
      store_.give_up();
    }
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& text(const std::string& value) {
    return checked(sqlite3_bind_text(statement_, ++bound_, value.c_str(), static_cast<int>(value.size()),
                                     SQLITE_TRANSIENT));
  }
  Statement& integer(int64_t value) { return checked(sqlite3_bind_int64(statement_, ++bound_, value)); }
  Statement& real(double value) { return checked(sqlite3_bind_double(statement_, ++bound_, value)); }
  Statement& number(const nlohmann::json& value) {
    if (value.is_number_float()) {
      return real(value.get<double>());
    }
    if (value.is_number() || value.is_boolean()) {
      return integer(value.is_boolean() ? int64_t{value.get<bool>()} : value.get<int64_t>());
    }
    return checked(sqlite3_bind_null(statement_, ++bound_));
  }

  bool step() {
    read_ = -1;
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
      store_.give_up();
    }
    return code == SQLITE_ROW;
  }
  std::string text() {
    const auto* value = sqlite3_column_text(statement_, ++read_);
    return value == nullptr ? "" : reinterpret_cast<const char*>(value);
  }
  bool is_null() { return sqlite3_column_type(statement_, read_ + 1) == SQLITE_NULL; }
  int64_t integer() { return sqlite3_column_int64(statement_, ++read_); }
  double real() { return sqlite3_column_double(statement_, ++read_); }

 private:
  Statement& checked(int code) {
    if (code != SQLITE_OK) {
      store_.give_up();
    }
    return *this;
  }
  const Store& store_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0, read_ = -1;
};

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
    run(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
    run("COMMIT");
  } catch (...) {
    sqlite3_close_v2(db_);
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
    : file_(std::move(other.file_)), db_(std::exchange(other.db_, nullptr)) {}

Store::~Store() {
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

std::string Store::result_text(const std::string& hash) const {
  Statement select(*this, "SELECT result FROM points WHERE hash = ?");
  return select.text(hash).step() ? select.text() : "";
}

void Store::put(const PointRow& row) {
  put(row, row.result.is_null() ? "" : row.result.dump());
}

void Store::put(const PointRow& row, const std::string& result) {
  std::string names, marks;
  for (const auto& column : number_columns()) {
    names += fmt::format(", {}", column.name);
    marks += ", ?";
  }
  Statement insert(
      *this,
      "INSERT OR REPLACE INTO points (hash, sweep, design, settings, model, recipe, network_hash,"
      " dataset_key, accuracy_note, fidelity, tool_version, frames, seed, status, reason, log, result,"
      " host, time, seconds" +
          names + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?" + marks + ")");
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

std::vector<PointRow> Store::rows(Layers layers) const {
  Statement select(
      *this,
      "SELECT hash, sweep, design, settings, model, recipe, network_hash, dataset_key, accuracy_note,"
      " fidelity, tool_version, frames, seed, status, reason, log, result, host, time, seconds,"
      " metric, value, images, executor FROM points LEFT JOIN accuracy USING (network_hash, dataset_key)"
      " ORDER BY hash");
  std::vector<PointRow> rows;
  while (select.step()) {
    PointRow row;
    for (std::string* field : {&row.hash, &row.sweep, &row.design}) {
      *field = select.text();
    }
    row.settings = nlohmann::json::parse(select.text()).get<std::map<std::string, std::string>>();
    for (std::string* field : {&row.model, &row.recipe, &row.network_hash, &row.dataset_key,
                               &row.accuracy_note, &row.fidelity, &row.tool_version}) {
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
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tridex::explore

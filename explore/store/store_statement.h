#pragma once
#include <sqlite3.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "explore/store/store.h"

namespace tridex::explore {

/// A prepared statement; values are bound and read in order. The store keeps it for the next of the same
/// text.
class Store::Statement {
 public:
  Statement(const Store& store, std::string sql) : store_(store), sql_(std::move(sql)) {
    sqlite3_stmt*& kept = store_.statements_[sql_];
    statement_ =
        std::exchange(kept, nullptr);  // null while it is in use: another one is a statement of its own
    if (statement_ == nullptr &&
        sqlite3_prepare_v2(store_.db_, sql_.c_str(), -1, &statement_, nullptr) != SQLITE_OK) {
      store_.give_up();
    }
  }
  ~Statement() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    sqlite3_finalize(std::exchange(store_.statements_[sql_], statement_));
  }
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
  std::string sql_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0, read_ = -1;
};

template <typename Function>
void Store::transaction(Function&& function) const {
  run("BEGIN IMMEDIATE");
  try {
    function();
    run("COMMIT");
  } catch (...) {
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

}  // namespace tridex::explore

#include "explore/sweep/shard_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/file.h"

namespace tridex::explore {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using std::filesystem::path;

constexpr const char* kStoredName = "stored.jsonl";

std::string json_line(const ordered_json& value) {
  // What a crashed point wrote may be no UTF-8.
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string stem_of(const Shard& shard) {
  return fmt::format("{}-of-{}", shard.k, shard.n);
}

PointRow point_of(const json& line) {
  PointRow row;
  const auto take = [&](const char* key, auto& field) { line.at(key).get_to(field); };
  take("hash", row.hash);
  take("status", row.status);
  take("sweep", row.sweep);
  take("model", row.model);
  take("recipe", row.recipe);
  take("network_hash", row.network_hash);
  take("dataset_key", row.dataset_key);
  take("accuracy_note", row.accuracy_note);
  take("fidelity", row.fidelity);
  take("tool_version", row.tool_version);
  take("frames", row.frames);
  take("seed", row.seed);
  take("settings", row.settings);
  take("design", row.design);
  take("reason", row.reason);
  take("log", row.log);
  take("host", row.host);
  take("time", row.time);
  take("seconds", row.seconds);
  return row;
}

AccuracyRecord accuracy_of(const json& line) {
  AccuracyRecord record;
  line.at("accuracy_of").get_to(record.network_hash);
  line.at("dataset_key").get_to(record.dataset_key);
  line.at("metric").get_to(record.accuracy.metric);
  line.at("value").get_to(record.accuracy.value);
  line.at("images").get_to(record.accuracy.images);
  line.at("executor").get_to(record.accuracy.executor);
  return record;
}

/// Whether a name is K-of-N.jsonl or K-of-N.I.jsonl.
bool is_shard_file(const std::string& name) {
  const auto digits = [&](size_t& at) {
    const size_t begin = at;
    at = std::min(name.find_first_not_of("0123456789", begin), name.size());
    return at > begin;
  };
  const auto word = [&](size_t& at, std::string_view text) {
    const bool same = name.compare(at, text.size(), text) == 0;
    at += same ? text.size() : 0;
    return same;
  };
  size_t at = 0;
  if (!digits(at) || !word(at, "-of-") || !digits(at)) {
    return false;
  }
  if (size_t next = at; word(next, ".") && digits(next)) {
    at = next;
  }
  return word(at, ".jsonl") && at == name.size();
}

}  // namespace

std::string point_line(const PointRow& row, const std::string& result) {
  return json_line({{"hash", row.hash},
                    {"status", row.status},
                    {"sweep", row.sweep},
                    {"model", row.model},
                    {"recipe", row.recipe},
                    {"network_hash", row.network_hash},
                    {"dataset_key", row.dataset_key},
                    {"accuracy_note", row.accuracy_note},
                    {"fidelity", row.fidelity},
                    {"tool_version", row.tool_version},
                    {"frames", row.frames},
                    {"seed", row.seed},
                    {"settings", row.settings},
                    {"design", row.design},
                    {"reason", row.reason},
                    {"log", row.log},
                    {"host", row.host},
                    {"time", row.time},
                    {"seconds", row.seconds},
                    {"result", result}});
}

std::string accuracy_line(const AccuracyRecord& record) {
  return json_line({{"accuracy_of", record.network_hash},
                    {"dataset_key", record.dataset_key},
                    {"metric", record.accuracy.metric},
                    {"value", record.accuracy.value},
                    {"images", record.accuracy.images},
                    {"executor", record.accuracy.executor}});
}

std::optional<ShardLine> read_shard_line(std::string_view text) {
  ShardLine line;
  try {
    const json value = json::parse(text);
    if (value.contains("accuracy_of")) {
      line.accuracy = accuracy_of(value);
    } else {
      line.point = point_of(value);
      value.at("result").get_to(line.result);
      if (!line.result.empty()) {
        line.point.result = parse_without_layers(line.result);
      }
    }
  } catch (const json::exception&) {
    return std::nullopt;
  }
  return line;
}

path shards_folder(const path& folder) {
  return folder / "shards";
}

std::vector<path> shard_files(const path& folder) {
  std::vector<path> files;
  const path shards = shards_folder(folder);
  if (std::filesystem::is_directory(shards)) {
    for (const auto& entry : std::filesystem::directory_iterator(shards)) {
      if (is_shard_file(entry.path().filename())) {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<path> shard_files(const path& folder, const Shard& shard) {
  std::vector<path> files = shard_files(folder);
  std::erase_if(
      files, [&](const path& file) { return !file.filename().string().starts_with(stem_of(shard) + "."); });
  return files;
}

void ShardReader::read(const std::function<void(ShardLine&&)>& take) {
  std::ifstream in(file_, std::ios::binary);
  if (!in) {
    fail("{}: cannot be read: {}", file_.string(), std::strerror(errno));
  }
  in.seekg(static_cast<std::streamoff>(offset_));
  torn_ = 0;
  for (std::string text; std::getline(in, text);) {
    if (in.eof()) {
      torn_ = text.size();
      return;
    }
    offset_ += text.size() + 1;
    if (auto line = read_shard_line(text)) {
      take(std::move(*line));
    } else {
      ++damaged_;
    }
  }
}

ShardWriter::ShardWriter(path folder, Shard shard) : folder_(std::move(folder)), shard_(shard) {
  ensure_folder(shards_folder(folder_));
}

ShardWriter::~ShardWriter() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

void ShardWriter::make() {
  for (int i = 1; fd_ < 0; ++i) {
    file_ = shards_folder(folder_) / (stem_of(shard_) + (i == 1 ? "" : fmt::format(".{}", i)) + ".jsonl");
    fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno != EEXIST) {
      fail("{}: cannot be made: {}", file_.string(), std::strerror(errno));
    }
  }
}

void ShardWriter::append(const std::string& line) {
  if (fd_ < 0) {
    make();
  }
  ssize_t count = 0;
  do {
    count = ::write(fd_, line.data(), line.size());
  } while (count < 0 && errno == EINTR);
  if (count != static_cast<ssize_t>(line.size())) {
    fail("{}: cannot be written: {}", file_.string(),
         count < 0 ? std::strerror(errno) : fmt::format("{} of {} bytes", count, line.size()));
  }
}

void write_stored_list(const path& folder, const StoredList& list) {
  std::string text;
  for (const auto* hashes : {&list.ok, &list.failed}) {
    for (const auto& hash : *hashes) {
      text += json_line({{"hash", hash}, {"ok", hashes == &list.ok}});
    }
  }
  for (const auto& record : list.accuracies) {
    text += accuracy_line(record);
  }
  ensure_folder(shards_folder(folder));
  write_file(shards_folder(folder) / kStoredName, text);
}

StoredList read_stored_list(const path& folder) {
  StoredList list;
  const path file = shards_folder(folder) / kStoredName;
  std::ifstream in(file, std::ios::binary);
  size_t number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    try {
      const json value = json::parse(text);
      if (value.contains("accuracy_of")) {
        list.accuracies.push_back(accuracy_of(value));
      } else {
        (value.at("ok").get<bool>() ? list.ok : list.failed).insert(value.at("hash"));
      }
    } catch (const json::exception& error) {
      fail("{}:{}: {}; tridex gather {} makes it anew", file.string(), number, error.what(), folder.string());
    }
  }
  return list;
}

}  // namespace tridex::explore

#include "models/zip_archive.h"

#include <zip.h>

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "models/pickle.h"

namespace tridex::models {

namespace {

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

std::string reason_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  return reason;
}

}  // namespace

void ZipArchive::Close::operator()(zip* archive) const {
  zip_discard(archive);
}

ZipArchive::ZipArchive(const std::filesystem::path& file) : name_(file.string()) {
  std::error_code cannot;
  const uint64_t file_size = std::filesystem::file_size(file, cannot);
  if (cannot) {
    fail("{}: {}", name_, cannot.message());
  }
  int code = 0;
  archive_.reset(zip_open(name_.c_str(), ZIP_RDONLY, &code));
  if (archive_ == nullptr) {
    fail("{}: not a valid zip file: {} (is it cut off?)", name_, reason_of(code));
  }
  const auto count = static_cast<uint64_t>(std::max<zip_int64_t>(zip_get_num_entries(archive_.get(), 0), 0));
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(archive_.get(), i, ZIP_FL_ENC_RAW, &stat) != 0 || (stat.valid & ZIP_STAT_NAME) == 0 ||
        (stat.valid & ZIP_STAT_SIZE) == 0 || (stat.valid & ZIP_STAT_COMP_METHOD) == 0) {
      fail("{}: not a valid zip file: its entry {} has no name or size", name_, i);
    }
    const std::string entry = stat.name;
    if (stat.comp_method != ZIP_CM_STORE) {
      fail("{}: refused: its entry {} is compressed, which torch.save never does", name_, shown(entry));
    }
    if (__builtin_add_overflow(total, stat.size, &total) || total > file_size) {
      fail("{}: not a valid zip file: up to {}, its entries would take more than the file's {} bytes", name_,
           shown(entry), file_size);
    }
    if (!sizes_.emplace(entry, stat.size).second) {
      fail("{}: not a valid zip file: two entries are called {}", name_, shown(entry));
    }
    indices_.emplace(entry, i);
  }
}

std::vector<uint8_t> ZipArchive::read(const std::string& entry) const {
  const auto index = indices_.find(entry);
  if (index == indices_.end()) {
    fail("{}: it has no entry {}", name_, shown(entry));
  }
  const std::unique_ptr<zip_file_t, CloseEntry> open(zip_fopen_index(archive_.get(), index->second, 0));
  if (open == nullptr) {
    fail("{}: cannot read its entry {}: {}", name_, shown(entry), zip_strerror(archive_.get()));
  }
  std::vector<uint8_t> bytes(sizes_.at(entry));
  size_t done = 0;
  // One byte more than the entry has: its checksum is compared at its end.
  for (bool ended = false; !ended;) {
    uint8_t surplus = 0;
    const bool full = done == bytes.size();
    const zip_int64_t got =
        zip_fread(open.get(), full ? &surplus : &bytes[done], full ? 1 : bytes.size() - done);
    if (got < 0 || (full && got > 0)) {
      fail("{}: its entry {} is damaged: {}", name_, shown(entry), zip_file_strerror(open.get()));
    }
    if (got == 0 && !full) {
      fail("{}: its entry {} is cut off", name_, shown(entry));
    }
    ended = full;
    done += full ? 0 : static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace tridex::models

#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct zip;

namespace tridex::models {

/// A zip file whose entries are stored, not compressed, as torch.save writes it: what is read is never larger
/// than the file.
class ZipArchive {
 public:
  /// Error: not a zip file; entries of equal names; entries that together are larger than the file.
  explicit ZipArchive(const std::filesystem::path& file);

  /// Entry -> its bytes.
  [[nodiscard]] const std::map<std::string, uint64_t>& sizes() const { return sizes_; }
  /// A whole entry, its checksum compared. Error: there is none of this name; compressed; encrypted; damaged.
  [[nodiscard]] std::vector<uint8_t> read(const std::string& entry) const;

 private:
  struct Close {
    void operator()(zip* archive) const;
  };
  std::string name_;
  std::unique_ptr<zip, Close> archive_;
  std::map<std::string, uint64_t> sizes_, indices_;
};

}  // namespace tridex::models

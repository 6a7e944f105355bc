#include "models/class_folders.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "base/names.h"

namespace tridex::models {

namespace fs = std::filesystem;

namespace {

/// Calls use(entry, name) for each entry of the folder whose name has no leading dot (.DS_Store,
/// ._photo.jpg).
template <typename Use>
void for_each_entry(const fs::path& folder, const Use& use) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.front() != '.') {
      use(*at, name);
    }
  }
  if (error) {
    fail("{}: {}", folder.string(), error.message());
  }
}

bool is_photo(const std::string& name) {
  static constexpr std::array<std::string_view, 3> kExtensions = {".jpg", ".jpeg", ".png"};
  const size_t dot = std::min(name.rfind('.'), name.size());
  std::string extension = name.substr(dot);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

std::vector<std::string> photo_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::string inner;
  for_each_entry(folder, [&](const fs::directory_entry& entry, const std::string& name) {
    std::error_code ignored;
    if (is_photo(name)) {
      names.push_back(name);
    } else if (names.empty() && inner.empty() && entry.is_directory(ignored)) {
      inner = name;
    }
  });
  if (names.empty()) {
    fail("{}: a class folder without photos (JPEG or PNG){}", folder.string(),
         inner.empty()
             ? ""
             : fmt::format("; it holds the folder {}: is {} the data set?", inner, folder.string()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

int class_of_folder(const fs::path& folder, const std::map<std::string, int>& class_of) {
  const auto found = class_of.find(folder.filename().string());
  if (found != class_of.end()) {
    return found->second;
  }
  std::vector<std::string> known;
  for (const auto& [name, index] : class_of) {
    known.push_back(name);
  }
  fail("{}: not one of the {} class folders that the data set names{}", folder.string(), class_of.size(),
       did_you_mean(folder.filename().string(), known));
}

}  // namespace

std::vector<std::string> class_folder_names(const fs::path& root) {
  std::vector<std::string> names;
  for_each_entry(root, [&](const fs::directory_entry& entry, const std::string& name) {
    std::error_code ignored;
    if (entry.is_directory(ignored)) {
      names.push_back(name);
    }
  });
  std::sort(names.begin(), names.end());
  return names;
}

std::map<std::string, int> read_class_list(const fs::path& file) {
  const std::string text = read_text(file);
  std::map<std::string, int> class_of;
  int line_number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string name = text.substr(begin, end - begin);
    begin = end + 1;
    if (!name.empty() && name.back() == '\r') {
      name.pop_back();
    }
    ++line_number;
    if (name.empty()) {
      fail("{}:{}: expected a class folder's name, got an empty line", file.string(), line_number);
    }
    if (!class_of.emplace(name, line_number - 1).second) {
      fail("{}:{}: class '{}' is listed twice", file.string(), line_number, name);
    }
  }
  if (class_of.empty()) {
    fail("{}: expected the names of the class folders, one a line, got an empty file", file.string());
  }
  return class_of;
}

std::vector<std::pair<std::string, int>> list_class_folders(const fs::path& root,
                                                            const std::map<std::string, int>& class_of) {
  std::vector<std::pair<std::string, int>> photos;
  int position = 0;
  for (const std::string& folder : class_folder_names(root)) {
    const int index = class_of.empty() ? position : class_of_folder(root / folder, class_of);
    ++position;
    for (const std::string& photo : photo_names(root / folder)) {
      photos.emplace_back(fmt::format("{}/{}", folder, photo), index);
    }
  }
  if (photos.empty()) {
    fail("{}: the data set is empty (no class folders)", root.string());
  }
  return photos;
}

}  // namespace tridex::models

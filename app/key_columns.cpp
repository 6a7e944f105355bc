#include "app/key_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/names.h"
#include "explore/report/report.h"

namespace tridex::app {
namespace {

/// Of KEY[A]: "KEY"; the whole key where there is no bracket.
std::string stem(const std::string& key) {
  return key.substr(0, key.find('['));
}

bool share(const std::string& a, const std::string& b) {
  return a.find('[') != std::string::npos && b.find('[') != std::string::npos && stem(a) == stem(b);
}

}  // namespace

KeyColumns::KeyColumns(const std::vector<std::string>& keys) {
  for (const auto& key : keys) {
    const auto found =
        std::find_if(groups_.begin(), groups_.end(), [&](const auto& group) { return share(group[0], key); });
    if (found != groups_.end()) {
      found->push_back(key);
    } else {
      groups_.push_back({key});
    }
  }
  for (auto& group : groups_) {
    std::sort(group.begin(), group.end());
  }
}

KeyColumns KeyColumns::telling(const std::vector<const explore::PointRow*>& rows) {
  const auto common = explore::common_settings(rows);
  std::set<std::string> keys, differing;
  for (const auto* row : rows) {
    for (const auto& [key, value] : row->settings) {
      keys.insert(key);
      if (common.count(key) == 0) {
        differing.insert(key);
      }
    }
  }
  std::erase_if(keys, [&](const std::string& key) {
    return std::none_of(differing.begin(), differing.end(),
                        [&](const std::string& one) { return one == key || share(one, key); });
  });
  return KeyColumns({keys.begin(), keys.end()});
}

std::string KeyColumns::header(const std::vector<std::string>& group) {
  return group.size() == 1 ? group[0] : stem(group[0]) + "[...]";
}

std::vector<std::string> KeyColumns::headers() const {
  std::vector<std::string> result;
  std::transform(groups_.begin(), groups_.end(), std::back_inserter(result), header);
  return result;
}

std::vector<std::string> KeyColumns::cells(const std::map<std::string, std::string>& settings) const {
  std::vector<std::string> result;
  for (const auto& group : groups_) {
    std::string cell;
    for (const auto& key : group) {
      const auto found = settings.find(key);
      const std::string value = found == settings.end() ? "" : found->second;
      cell += group.size() == 1 ? value : (cell.empty() ? "" : " ") + (value.empty() ? "-" : value);
    }
    result.push_back(cell);
  }
  return result;
}

std::string KeyColumns::rest(const std::map<std::string, std::string>& settings) const {
  std::vector<std::string> texts;
  for (const auto& [key, value] : settings) {
    const bool shown = std::any_of(groups_.begin(), groups_.end(), [&, &name = key](const auto& group) {
      return std::find(group.begin(), group.end(), name) != group.end();
    });
    if (!shown) {
      texts.push_back(key + "=" + value);
    }
  }
  return join(texts);
}

std::string KeyColumns::legend() const {
  std::string text;
  for (const auto& group : groups_) {
    if (group.size() > 1) {
      std::vector<std::string> names;
      for (const auto& key : group) {
        const size_t begin = key.find('[') + 1;
        names.push_back(key.substr(begin, key.rfind(']') - begin));
      }
      text += fmt::format("{}: {}\n", header(group), join(names));
    }
  }
  return text;
}

}  // namespace tridex::app

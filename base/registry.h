#pragma once
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/names.h"

namespace tridex {

/// The implementations of one interface, by name. An implementation is one file that holds
///     const Registry<Pass>::Entry entry("name", [] { return std::make_unique<MyPass>(); });
/// at namespace scope, in a room that is linked whole (tridex_room(... REGISTERING)).
template <typename Interface>
class Registry {
 public:
  using Make = std::function<std::unique_ptr<Interface>()>;

  struct Entry {
    Entry(const std::string& name, Make make) {
      if (!all().emplace(name, std::move(make)).second) {
        throw std::logic_error("registered twice: " + name);
      }
    }
  };

  /// Error: an unknown name; lists the known ones. `what` says what was looked for ("quantizer pass").
  static std::unique_ptr<Interface> make(const std::string& name, const std::string& what) {
    const auto found = all().find(name);
    if (found == all().end()) {
      fail("unknown {} '{}'{} (known: {})", what, name, did_you_mean(name, names()), join(names()));
    }
    return found->second();
  }

  static std::vector<std::string> names() {
    std::vector<std::string> result;
    for (const auto& [name, make] : all()) {
      result.push_back(name);
    }
    return result;
  }

 private:
  static std::map<std::string, Make>& all() {
    static std::map<std::string, Make> entries;
    return entries;
  }
};

}  // namespace tridex

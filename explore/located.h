#pragma once
#include "base/error.h"
#include "base/yaml.h"

namespace tridex::explore {

/// What `function` returns; an Error of it (of find_* or read_*) becomes one of this node of the file.
template <typename Function>
auto located(const Yaml& node, Function&& function) {
  try {
    return function();
  } catch (const Error& error) {
    node.fail(error.what());
  }
}

}  // namespace tridex::explore

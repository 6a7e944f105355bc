#pragma once
#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <string>
#include <string_view>
#include <systemc>

namespace tridex::arch {

template <typename T>
using PinSignal = sc_core::sc_signal<T>;

/// The port of a module that has this name, upper and lower case alike; null where there is none. Verilator
/// puts "__SYM__" before a name that is a word of C++ or SystemC to it ("interrupt"): ask without it.
inline sc_core::sc_object* find_pin(const sc_core::sc_module& module, const std::string& name) {
  const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  for (sc_core::sc_object* child : module.get_child_objects()) {
    std::string found = child->basename();
    if (found.starts_with("__SYM__")) {
      found.erase(0, std::string_view("__SYM__").size());
    }
    if (std::equal(found.begin(), found.end(), name.begin(), name.end(), same)) {
      return child;
    }
  }
  return nullptr;
}

/// Binds the pin of that name (upper and lower case alike) of a module, such as Verilator's SystemC output,
/// to a signal. False where the module has no such pin and it is not `required`. Throws std::invalid_argument
/// for a required pin that is missing, and for one whose type is not the signal's.
template <typename T>
bool bind_pin(sc_core::sc_module& module, const std::string& name, sc_core::sc_signal<T>& signal,
              bool required = true) {
  sc_core::sc_object* const pin = find_pin(module, name);
  if (pin == nullptr) {
    if (required) {
      throw std::invalid_argument(std::string(module.name()) + " has no pin " + name +
                                  ": check the prefix, or bind its pins by hand");
    }
    return false;
  }
  if (auto* const in = dynamic_cast<sc_core::sc_in<T>*>(pin)) {
    in->bind(signal);
  } else if (auto* const out = dynamic_cast<sc_core::sc_inout<T>*>(pin)) {  // sc_out is one
    out->bind(signal);
  } else {
    throw std::invalid_argument(std::string(pin->name()) + " has not the type of " + signal.name() +
                                ": give the bundle the widths of the module");
  }
  return true;
}

}  // namespace tridex::arch

#pragma once
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace tridex {

/// Something that the user can mend: a wrong file, key, value, design. what() is the whole message and says
/// where it is, what was found and what would be accepted. The library throws it and never prints or exits;
/// the app prints it and leaves with a non-zero status. Defects of this program are std::logic_error.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws Error with a message made by fmt.
template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw Error(fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace tridex

#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/names.h"
#include "models/builder.h"
#include "models/efficientvit.h"
#include "models/mobilenet_v2.h"

namespace tridex::models {

namespace {

constexpr int kMinSide = 32;
constexpr int kMaxSide = 8192;
constexpr int kImageNetClasses = 1000;
constexpr int kCityscapesClasses = 19;

/// Takes a whole number off the front of `text`.
std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || text.empty() || text[0] == '-') {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

[[noreturn]] void fail_name(const std::string& name) {
  fail(
      "unknown network '{}' (known: {}; N stands for HxW pixels or the side of a square; or a network file, "
      "whose name ends in .yaml)",
      name, join(network_families()));
}

/// "N" or "HxW" -> the network's input.
Shape parse_input(const std::string& name, std::string_view text) {
  const auto height = take_number(text);
  auto width = height;
  if (height && !text.empty() && text[0] == 'x') {
    text.remove_prefix(1);
    width = take_number(text);
  }
  if (!height || !width || !text.empty()) {
    fail_name(name);
  }
  for (const int side : {*height, *width}) {
    if (side < kMinSide || side > kMaxSide) {
      fail("network '{}': a side is {} to {} pixels, got {}", name, kMinSide, kMaxSide, side);
    }
  }
  return {3, *height, *width};
}

}  // namespace

std::vector<std::string> network_families() {
  std::vector<std::string> names;
  for (const char* form : {"efficientvit_b{}_rN", "efficientvit_seg_b{}_rHxW"}) {
    for (int size = 0; size <= 3; ++size) {
      names.push_back(fmt::format(fmt::runtime(form), size));
    }
  }
  names.push_back("mobilenet_v2_rN");
  return names;
}

Graph build_network(const std::string& name, const NetworkOptions& options) {
  if (options.classes && (*options.classes < 1 || *options.classes > (1 << 20))) {
    fail("network '{}': the number of classes must be 1 to {}, got {}", name, 1 << 20, *options.classes);
  }
  std::string_view rest = name;
  const auto take = [&](std::string_view prefix) {
    const bool found = rest.substr(0, prefix.size()) == prefix;
    rest.remove_prefix(found ? prefix.size() : 0);
    return found;
  };
  if (take("mobilenet_v2_r")) {
    return build_mobilenet_v2(name, parse_input(name, rest), options.classes.value_or(kImageNetClasses));
  }
  const bool seg = take("efficientvit_seg_b");
  if (!seg && !take("efficientvit_b")) {
    fail_name(name);
  }
  const auto size = take_number(rest);
  if (!size || *size > 3 || !take("_r")) {
    fail_name(name);
  }
  const Shape input = parse_input(name, rest);
  return seg ? build_efficientvit_seg(name, *size, input, options.classes.value_or(kCityscapesClasses))
             : build_efficientvit(name, *size, input, options.classes.value_or(kImageNetClasses));
}

}  // namespace tridex::models

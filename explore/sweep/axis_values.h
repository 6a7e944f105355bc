#pragma once
#include <string>
#include <vector>

#include "base/yaml.h"

namespace tridex::explore {

/// The values of an axis as texts, in order:
///   [4, 8, 16]                                a list of anything
///   {from: 1, to: 16, step: 3}                1, 4, 7, 10, 13, 16; the step is 1 where it is left out
///   {from: 1, to: 100, count: 5, scale: log}  so many, both ends among them; scale: linear (default) or log
///   {powers_of_two: [4, 64]}                  4, 8, 16, 32, 64
/// Where from and to are whole numbers, so are the values that `count` asks for (rounded). Errors: file:line:
/// key; no value at all, an end that the others do not reach, two values that rounding makes one.
std::vector<std::string> axis_values(const Yaml& yaml);

}  // namespace tridex::explore

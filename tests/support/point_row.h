#pragma once
#include <string>

#include "explore/store/store.h"

namespace tridex::test {

/// A point that has run to its end, without a result; every field that a store keeps has a value, and
/// settings have text that must be quoted.
inline explore::PointRow point_row(const std::string& hash) {
  explore::PointRow row;
  row.hash = hash;
  row.sweep = "s";
  row.design = "copies: 8\nname: \"x\"\n";
  row.settings = {{"copies", "8"}, {"note", "a,\"b\""}};
  row.model = "m";
  row.recipe = "w8a8";
  row.network_hash = "n1";
  row.fidelity = "timed";
  row.tool_version = "1";
  row.frames = 3;
  row.seed = 18446744073709551615ULL;
  row.status = "ok";
  row.host = "h";
  row.time = "t";
  row.seconds = 0.1;
  row.accuracy_note = "no weights";
  return row;
}

}  // namespace tridex::test

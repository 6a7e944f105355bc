#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tridex::test {

struct TraceRequest {
  int64_t cycle = 0;
  bool write = false;
  int64_t line = 0;
};

/// The request streams that two published simulators were run on, made from their description.
std::vector<TraceRequest> reference_trace(const std::string& name);

}  // namespace tridex::test

#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "models/weights.h"

namespace tridex::test {

/// The weights as a safetensors file of FP32.
inline std::string safetensors_bytes(const models::Weights& weights) {
  nlohmann::json header;
  std::string data;
  for (const auto& [name, tensor] : weights) {
    const size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size() * sizeof(float));
    header[name] = {{"dtype", "F32"}, {"shape", tensor.dims}, {"data_offsets", {begin, data.size()}}};
  }
  const std::string text = header.dump();
  const uint64_t size = text.size();
  return std::string(reinterpret_cast<const char*>(&size), 8) + text + data;
}

}  // namespace tridex::test

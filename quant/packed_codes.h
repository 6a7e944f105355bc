#pragma once
#include <cstdint>
#include <vector>

#include "quant/integer_executor.h"

namespace tridex::quant {

/// Codes in the bytes that they need (Quantizer::bytes), to keep many images' tensors at a time.
class PackedCodes {
 public:
  PackedCodes() = default;
  PackedCodes(const Codes& codes, const Quantizer& quantizer);
  [[nodiscard]] Codes unpack() const;

 private:
  Shape shape_;
  int64_t lowest_ = 0;
  std::vector<uint8_t> narrow_;
  std::vector<uint16_t> middle_;
  std::vector<int32_t> wide_;
};

}  // namespace tridex::quant

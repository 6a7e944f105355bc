#include "models/float_format.h"

#include <bit>
#include <cstring>

namespace tridex::models {

namespace {

float from_half(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000u) << 16;
  const uint32_t exponent = (h >> 10) & 31u;
  const uint32_t fraction = h & 1023u;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t rebased = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | (rebased << 23) | (fraction << 13));
}

template <typename T>
T load(const uint8_t* bytes) {
  static_assert(std::endian::native == std::endian::little);
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

size_t size_of(FloatFormat format) {
  return format == FloatFormat::kF64 ? 8 : format == FloatFormat::kF32 ? 4 : 2;
}

float load_float(FloatFormat format, const uint8_t* bytes) {
  switch (format) {
    case FloatFormat::kF16:
      return from_half(load<uint16_t>(bytes));
    case FloatFormat::kBF16:
      return std::bit_cast<float>(uint32_t{load<uint16_t>(bytes)} << 16);
    case FloatFormat::kF32:
      return load<float>(bytes);
    case FloatFormat::kF64:
      break;
  }
  return static_cast<float>(load<double>(bytes));
}

void load_floats(FloatFormat format, const uint8_t* bytes, size_t count, float* out) {
  if (format == FloatFormat::kF32) {
    if (count > 0) {
      std::memcpy(out, bytes, count * sizeof(float));
    }
    return;
  }
  const size_t size = size_of(format);
  for (size_t i = 0; i < count; ++i) {
    out[i] = load_float(format, bytes + i * size);
  }
}

}  // namespace tridex::models

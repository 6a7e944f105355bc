#pragma once
#include <cstddef>
#include <cstdint>

namespace tridex::models {

/// How a file holds floating-point values, little-endian.
enum class FloatFormat { kF16, kBF16, kF32, kF64 };

/// Bytes of a value.
size_t size_of(FloatFormat format);

/// The value at `bytes` (of any alignment). A kF64 is rounded to the nearest float; the others are exact.
float load_float(FloatFormat format, const uint8_t* bytes);

/// `count` values that follow each other.
void load_floats(FloatFormat format, const uint8_t* bytes, size_t count, float* out);

}  // namespace tridex::models

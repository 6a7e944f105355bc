#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace tridex::quant {

/// Eight int32 or four doubles. GCC and Clang keep such a type in a register and give it the scalar
/// operators.
template <typename T>
struct VectorOf {
  typedef T Type __attribute__((vector_size(32)));
};
template <typename T>
using Vector = typename VectorOf<T>::Type;
template <typename T>
constexpr int kLanes = 32 / sizeof(T);

template <typename T>
Vector<T> load(const T* from) {
  Vector<T> v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
template <typename T>
void store(T* to, const Vector<T>& v) {
  std::memcpy(to, &v, sizeof v);
}

/// 2^-k.
inline double power_of_half(int k) {
  return std::ldexp(1.0, -k);
}

/// rsh of NUMERICS.md for an integer |x| < 2^52 and half = 2^-k, k >= 0: x 2^-k is exact; for k <= 53 adding
/// 1/2 is too, and beyond, the sum is near 1/2 and its floor is 0 either way.
inline double rsh(double x, double half) {
  return std::floor(x * half + 0.5);
}

/// An entry of a vector that has one entry, or one a channel.
template <typename T>
T entry(const std::vector<T>& values, int c) {
  return values.size() == 1 ? values[0] : values[static_cast<size_t>(c)];
}

}  // namespace tridex::quant

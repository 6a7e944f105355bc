// Writes x.bin, y.bin and, computed from them, z.bin into the folder that the command line names: 16-bit
// integers as work.yaml has them. What would be a script of yours.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

namespace {

void write(const std::string& file, const std::vector<int16_t>& values) {
  std::ofstream out(file, std::ios::binary);
  for (const int16_t value : values) {  // little-endian, on any machine
    out.put(static_cast<char>(value & 0xff)).put(static_cast<char>(value >> 8 & 0xff));
  }
  if (!out.flush()) {
    std::cerr << file << " cannot be written\n";
    std::exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: reference FOLDER\n";
    return 1;
  }
  const std::string folder = std::string(argv[1]) + "/";
  constexpr int kElements = 16384, kFactor = 0x5a82, kShift = 14;
  std::mt19937 random(1);
  std::vector<int16_t> x(kElements), y(kElements), z(kElements);
  for (int i = 0; i < kElements; ++i) {
    x[i] = static_cast<int16_t>(random() & 0xffff);
    y[i] = static_cast<int16_t>(random() & 0xffff);
    const int64_t sum = (int64_t{kFactor} * x[i] >> kShift) + y[i];
    z[i] = static_cast<int16_t>(std::clamp<int64_t>(sum, INT16_MIN, INT16_MAX));
  }
  write(folder + "x.bin", x);
  write(folder + "y.bin", y);
  write(folder + "z.bin", z);
}

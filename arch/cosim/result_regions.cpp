#include "arch/cosim/result_regions.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "arch/mapping/layout.h"

namespace tridex::arch {
namespace {

struct Region {
  int32_t buffer;
  int64_t begin, end;
};

Region of_tile(const TileRef& tile) {
  const RowLayout layout{tile.blocks, tile.width, tile.bytes()};
  return {tile.buffer, tile.address, tile.address + tile.places() * layout.row_bytes()};
}

int64_t code_bytes(int format) {
  TileRef ref;
  ref.format = format;
  return ref.bytes();
}

/// kv and the sums of k of all heads, and their running sums.
void add_context(const Command& c, std::vector<Region>& regions) {
  const int64_t channels = int64_t{c.heads} * c.head_dim;
  regions.push_back({kOutputBuffer, c.kv, c.kv + channels * c.head_dim * code_bytes(c.kv_format)});
  regions.push_back({kOutputBuffer, c.ksum, c.ksum + channels * code_bytes(c.ksum_format)});
  if (c.op == Opcode::kContext && (c.first == 0 || c.last == 0)) {
    regions.push_back({kOutputBuffer, c.sums, c.sums + channels * (c.head_dim + 1) * 8});
  }
}

}  // namespace

bool reads_results(const Command& reader, const Command& writer) {
  std::vector<Region> read{of_tile(reader.in)};
  if (reader.op == Opcode::kConv && reader.has_shortcut != 0) {
    read.push_back(of_tile(reader.in2));
  }
  if (reader.op != Opcode::kConv) {
    add_context(reader, read);
  }
  std::vector<Region> written;
  if (writer.op == Opcode::kContext) {
    add_context(writer, written);
  } else {
    written.push_back(of_tile(writer.out));
  }
  return std::any_of(read.begin(), read.end(), [&](const Region& r) {
    return std::any_of(written.begin(), written.end(), [&](const Region& w) {
      return r.buffer == w.buffer && r.begin < w.end && w.begin < r.end;
    });
  });
}

}  // namespace tridex::arch

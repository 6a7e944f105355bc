#include "arch/bridge/axi4_burst.h"

#include <algorithm>

namespace tridex::arch {

uint64_t Axi4Burst::beat_address(unsigned beat) const {
  if (beat == 0 || kind == Axi4BurstKind::kFixed) {
    return address;
  }
  const uint64_t next = (address & ~(beat_bytes() - 1)) + beat * beat_bytes();
  if (kind != Axi4BurstKind::kWrap) {
    return next;
  }
  const uint64_t boundary = wrap_boundary(), total = beats * beat_bytes();
  return next < boundary + total ? next : next - total;
}

Axi4Part Axi4Part::whole(const Axi4Burst& burst) {
  const uint64_t size = burst.beat_bytes(), first = burst.address % size;
  Axi4Part part;
  part.burst = burst;
  part.width = static_cast<uint32_t>(size - first);
  switch (burst.kind) {
    case Axi4BurstKind::kFixed:
      part.bytes = burst.beats * part.width;
      break;
    case Axi4BurstKind::kWrap:
      part.bytes = static_cast<uint32_t>(burst.beats * size);
      break;
    default:
      part.bytes = static_cast<uint32_t>(burst.beats * size - first);
  }
  return part;
}

Axi4Span Axi4Part::span(unsigned beat) const {
  const uint64_t at = burst.beat_address(beat), size = burst.beat_bytes();
  switch (burst.kind) {
    case Axi4BurstKind::kFixed:
      return {at, offset + beat * width, std::min(width, bytes - beat * width)};
    case Axi4BurstKind::kWrap:
      return {at, offset + static_cast<uint32_t>(at - burst.wrap_boundary()), static_cast<uint32_t>(size)};
    default: {
      const uint64_t end = std::min((at & ~(size - 1)) + size, burst.address + bytes);
      return {at, offset + static_cast<uint32_t>(at - burst.address), static_cast<uint32_t>(end - at)};
    }
  }
}

}  // namespace tridex::arch

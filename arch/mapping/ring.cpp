#include "arch/mapping/ring.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace tridex::arch {
namespace {

int64_t aligned(int64_t bytes) {
  return (std::max<int64_t>(bytes, 1) + Ring::kAlignment - 1) / Ring::kAlignment * Ring::kAlignment;
}

/// The first region that does not end at or before the address. `regions` are in order.
std::vector<Ring::Region>::iterator first_beyond(std::vector<Ring::Region>& regions, int64_t address) {
  return std::partition_point(regions.begin(), regions.end(),
                              [&](const Ring::Region& region) { return region.end <= address; });
}

Ring::Region& live_at(std::vector<Ring::Region>& regions, int64_t address) {
  const auto region = first_beyond(regions, address);
  if (region == regions.end() || region->begin != address || !region->live) {
    throw std::logic_error("Ring: no live region there");
  }
  return *region;
}

}  // namespace

int64_t Ring::allocate(int64_t bytes, Users& wait) {
  bytes = aligned(bytes);
  if (bytes > limit_) {
    return -1;
  }
  int64_t begin = cursor_;
  auto next = first_beyond(regions_, begin);
  const auto wrap = [&] {
    begin = 0;
    next = regions_.begin();
  };
  int wraps = 0;
  while (true) {
    if (begin + bytes > limit_) {
      if (++wraps > 1) {
        return -1;
      }
      wrap();
    }
    while (next != regions_.end() && !next->live && next->begin < begin + bytes) {
      ++next;
    }
    if (next == regions_.end() || next->begin >= begin + bytes) {
      break;
    }
    begin = next->end;
    ++next;
  }
  occupy(begin, bytes, wait);
  cursor_ = begin + bytes;
  return begin;
}

void Ring::place(int64_t address, int64_t bytes, Users& wait) {
  bytes = aligned(bytes);
  const bool meets = std::any_of(regions_.begin(), regions_.end(), [&](const Region& region) {
    return region.live && region.begin < address + bytes && address < region.end;
  });
  if (meets || address < 0 || address + bytes > capacity_) {
    throw std::logic_error("Ring::place: not free");
  }
  occupy(address, bytes, wait);
}

void Ring::occupy(int64_t begin, int64_t bytes, Users& wait) {
  const int64_t end = begin + bytes;
  const auto first = first_beyond(regions_, begin);
  auto last = first;
  for (; last != regions_.end() && last->begin < end; ++last) {
    wait.merge(last->users);
  }
  // What the first and the last of them have beyond the new region stays.
  std::array<Region, 3> parts;
  auto part = parts.begin();
  if (first != last && first->begin < begin) {
    *part = *first;
    (part++)->end = begin;
  }
  part->begin = begin;
  part->end = end;
  (part++)->live = true;
  if (first != last && std::prev(last)->end > end) {
    *part = *std::prev(last);
    (part++)->begin = end;
  }
  // Most often one region gives way to one or two, which is done without moving the others twice.
  const auto common = std::min(last - first, part - parts.begin());
  const auto rest = std::copy_n(parts.begin(), common, first);
  regions_.insert(regions_.erase(rest, last), parts.begin() + common, part);
}

void Ring::add_user(int64_t address, Unit unit, uint32_t instruction) {
  live_at(regions_, address).users.add(unit, instruction);
}

void Ring::release(int64_t address) {
  live_at(regions_, address).live = false;
}

}  // namespace tridex::arch

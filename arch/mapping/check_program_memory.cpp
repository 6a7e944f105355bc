#include "arch/mapping/check_program_memory.h"

#include <iterator>

namespace tridex::arch::checking {

void Pieces::add(int memory, int64_t begin, int64_t bytes, const Content& content) {
  if (bytes <= 0) {
    return;
  }
  if (!pieces_.empty()) {
    Piece& last = pieces_.back();
    if (last.memory == memory && last.end == begin && last.content.from(last.end - last.begin) == content) {
      last.end += bytes;
      return;
    }
  }
  pieces_.push_back({memory, begin, begin + bytes, content});
}

void Memory::cut(int64_t at) {
  auto next = segments_.upper_bound(at);
  if (next == segments_.begin()) {
    return;
  }
  const auto segment = std::prev(next);
  if (segment->first == at || segment->second.end <= at) {
    return;
  }
  Segment rest = segment->second;
  rest.content = rest.content.from(at - segment->first);
  segment->second.end = at;
  segments_.emplace_hint(next, at, rest);
}

void Memory::write(int64_t begin, int64_t end, const Content& content, uint32_t writer) {
  cut(begin);
  cut(end);
  const auto last = segments_.erase(segments_.lower_bound(begin), segments_.lower_bound(end));
  Segment segment;
  segment.end = end;
  segment.content = content;
  segment.writer = writer;
  segments_.emplace_hint(last, begin, segment);
}

}  // namespace tridex::arch::checking

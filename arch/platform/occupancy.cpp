#include "arch/platform/occupancy.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "arch/mapping/check_program_command.h"
#include "arch/mapping/check_program_memory.h"

namespace tridex::arch {
namespace {

using checking::Content;
using checking::Memory;

/// One buffer: who wrote its bytes last and who read them since, and by how much the bytes in use change
/// when.
class BufferBytes {
 public:
  BufferBytes(const Program& program, std::span<const Executed> executed)
      : program_(program), executed_(executed) {}

  void read(uint32_t id, int64_t begin, int64_t end) {
    memory_.visit(begin, end, [&](int64_t, int64_t, Memory::Segment* segment) {
      if (segment != nullptr) {
        segment->readers.at(program_.instructions[id].unit) = id;
      }
    });
  }
  void write(uint32_t id, int64_t begin, int64_t end) {
    replace(begin, end, executed_[id].start);
    memory_.write(begin, end, Content{}, id);
  }
  /// After the last instruction: bytes in use from each cycle on at which they change.
  std::vector<std::pair<int64_t, double>> values() {
    constexpr int64_t kForever = std::numeric_limits<int64_t>::max();
    replace(0, kForever, kForever);
    std::sort(changes_.begin(), changes_.end());
    std::vector<std::pair<int64_t, double>> values{{0, 0}};
    int64_t used = 0;
    for (size_t i = 0; i < changes_.size();) {
      const int64_t cycle = changes_[i].first;
      for (; i < changes_.size() && changes_[i].first == cycle; ++i) {
        used += changes_[i].second;
      }
      if (cycle == values.back().first) {
        values.back().second = static_cast<double>(used);
      } else if (static_cast<double>(used) != values.back().second) {
        values.emplace_back(cycle, static_cast<double>(used));
      }
    }
    return values;
  }

 private:
  /// Bytes get another content at `cycle`: what they hold was in use until its last reader's end, or until
  /// then.
  void replace(int64_t begin, int64_t end, int64_t cycle) {
    memory_.visit(begin, end, [&](int64_t from, int64_t to, const Memory::Segment* segment) {
      if (segment == nullptr) {
        return;
      }
      const Executed& written = executed_[segment->writer];
      int64_t until = written.end;
      for (const uint32_t reader : segment->readers) {
        until = std::max(until, reader == kNoInstruction ? 0 : executed_[reader].end);
      }
      until = std::min(until, cycle);
      if (written.start < until) {
        changes_.emplace_back(written.start, to - from);
        changes_.emplace_back(until, from - to);
      }
    });
  }

  const Program& program_;
  std::span<const Executed> executed_;
  Memory memory_;
  std::vector<std::pair<int64_t, int64_t>> changes_;  ///< cycle, bytes
};

}  // namespace

std::array<CounterTrack, 3> buffer_occupancy(const DesignPoint& design, const quant::IntegerGraph& graph,
                                             const Program& program, std::span<const Executed> executed) {
  // Where instructions meet in a byte, each waits for those before it: the program's order is the byte's.
  std::array<BufferBytes, 3> buffers{BufferBytes(program, executed), BufferBytes(program, executed),
                                     BufferBytes(program, executed)};
  checking::Findings findings(graph, program);
  checking::CommandChecker commands(design, graph, program, findings);
  for (uint32_t id = 0; id < program.instructions.size(); ++id) {
    const Instruction& instruction = program.instructions[id];
    if (instruction.unit == kLoadUnit || instruction.unit == kStoreUnit) {
      const Transfer& t = program.transfer(instruction);
      BufferBytes& buffer = buffers.at(static_cast<size_t>(t.buffer));
      for (int64_t row = 0; row < t.rows; ++row) {
        const int64_t begin = t.address + row * t.stride;
        if (instruction.unit == kLoadUnit) {
          buffer.write(id, begin, begin + t.row_bytes);
        } else {
          buffer.read(id, begin, begin + t.row_bytes);
        }
      }
      continue;
    }
    const checking::Accesses accesses = commands.check(id);
    for (const auto& piece : accesses.reads) {
      buffers.at(static_cast<size_t>(piece.memory)).read(id, piece.begin, piece.end);
    }
    for (const auto& piece : accesses.writes) {
      buffers.at(static_cast<size_t>(piece.memory)).write(id, piece.begin, piece.end);
    }
  }
  return {CounterTrack{"input buffer bytes", buffers[0].values()},
          CounterTrack{"weight buffer bytes", buffers[1].values()},
          CounterTrack{"output buffer bytes", buffers[2].values()}};
}

}  // namespace tridex::arch

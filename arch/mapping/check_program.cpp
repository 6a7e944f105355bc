#include "arch/mapping/check_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "arch/mapping/check_program_command.h"
#include "arch/mapping/check_program_complete.h"
#include "arch/mapping/check_program_image.h"
#include "arch/mapping/check_program_order.h"

namespace tridex::arch {
namespace checking {
namespace {

using quant::IntegerGraph;
using quant::IntNode;
using quant::IntOp;

class Checker {
 public:
  Checker(const DesignPoint& design, const IntegerGraph& graph, const Program& program)
      : design_(design),
        graph_(graph),
        program_(program),
        findings_(graph, program),
        order_(program),
        commands_(design, graph, program, findings_),
        complete_(graph, program, findings_),
        capacity_{design.input_buffer.bytes, design.weight_buffer.bytes, design.output_buffer.bytes,
                  static_cast<int64_t>(program.dram_bytes)} {}

  std::vector<Illegal> check(int64_t* bytes) {
    fill_dram(design_, graph_, program_, memories_[kDramMemory], findings_);
    for (uint32_t id = 0; id < program_.instructions.size() && !findings_.full(); ++id) {
      check_waits(id);
      if (!exists(id)) {
        continue;
      }
      const Unit unit = program_.instructions[id].unit;
      if (unit == kLoadUnit || unit == kStoreUnit) {
        transfer(id, unit == kStoreUnit);
      } else {
        command(id);
      }
    }
    complete_.report(memories_[kDramMemory]);
    if (bytes != nullptr) {
      *bytes = bytes_;
    }
    return findings_.take();
  }

 private:
  void check_waits(uint32_t id) {
    const Instruction& i = program_.instructions[id];
    for (uint32_t w = 0; w < i.wait_count; ++w) {
      const size_t index = size_t{i.wait_begin} + w;
      if (index >= program_.waits.size() || program_.waits[index] >= id) {
        return findings_.add(
            IllegalKind::kWait, id,
            index >= program_.waits.size()
                ? "its waits are beyond the program's"
                : fmt::format("waits for instruction {}, which does not come before", program_.waits[index]));
      }
    }
  }

  bool exists(uint32_t id) {
    const Instruction& i = program_.instructions[id];
    const auto wrong = [&](const std::string& what) {
      findings_.add(IllegalKind::kUnit, id, what);
      return false;
    };
    if (static_cast<size_t>(i.unit) >= kEngine0 + design_.engines.size()) {
      return wrong(
          fmt::format("is for engine {} of {}", static_cast<int>(i.unit) - kEngine0, design_.engines.size()));
    }
    if (i.layer < 0 || i.layer >= static_cast<int>(graph_.nodes.size()) || i.frame < 0 ||
        i.frame >= program_.frames) {
      return wrong("there is no such layer or frame");
    }
    const bool moves = i.unit == kLoadUnit || i.unit == kStoreUnit;
    const size_t payloads = moves ? program_.transfers.size() : program_.commands.size();
    if (i.payload < 0 || static_cast<size_t>(i.payload) >= payloads) {
      return wrong(fmt::format("has payload {} of {}", i.payload, payloads));
    }
    if (moves) {
      return true;
    }
    const Opcode op = program_.command(i).op;
    if (is_vector_opcode(op) != (i.unit == kVectorUnitId) || !makes(op, graph_.node(i.layer).op)) {
      return wrong("its unit or its layer is none of this operation");
    }
    return true;
  }

  // Reads and writes of any memory.

  /// Whether the bytes are there; reports it otherwise.
  bool inside(uint32_t id, const Piece& piece) {
    const int64_t capacity = capacity_.at(static_cast<size_t>(piece.memory));
    if (piece.begin >= 0 && piece.end <= capacity) {
      return true;
    }
    findings_.add(IllegalKind::kRange, id, fmt::format("there are {} bytes", capacity), piece.memory,
                  piece.begin, piece.end);
    return false;
  }

  /// An instruction reads bytes; see(begin, end, content) for what they hold.
  template <typename See>
  void read(uint32_t id, int memory, int64_t begin, int64_t end, See&& see) {
    bytes_ += end - begin;
    const Unit unit = program_.instructions[id].unit;
    memories_.at(static_cast<size_t>(memory)).visit(begin, end, [&](int64_t from, int64_t to, auto* segment) {
      if (segment == nullptr) {
        findings_.add(IllegalKind::kUnwritten, id, "reads what nothing was written to", memory, from, to);
        return;
      }
      if (segment->writer != kNoInstruction && !order_.after(id, segment->writer)) {
        findings_.add(IllegalKind::kUnordered, id,
                      "reads what " + findings_.describe(segment->writer) + " need not have written yet",
                      memory, from, to);
      }
      segment->readers[unit] = id;
      see(from, to, segment->content);
    });
  }

  void write(uint32_t id, const Piece& piece) {
    bytes_ += piece.end - piece.begin;
    Memory& memory = memories_.at(static_cast<size_t>(piece.memory));
    const auto first = [&](uint32_t other, const char* does, int64_t from, int64_t to) {
      const bool own_sums = other == id && piece.content.kind == Content::Kind::kSums;
      if (other != kNoInstruction && !own_sums && !order_.after(id, other)) {
        findings_.add(IllegalKind::kOverwrite, id,
                      fmt::format("writes what {} {}", findings_.describe(other), does), piece.memory, from,
                      to);
      }
    };
    memory.visit(piece.begin, piece.end, [&](int64_t from, int64_t to, const Memory::Segment* old) {
      if (old == nullptr) {
        return;
      }
      first(old->writer, "may still write", from, to);
      for (const uint32_t reader : old->readers) {
        first(reader, "may still read", from, to);
      }
      if (piece.memory == kDramMemory && old->content.frame < 0) {
        findings_.add(
            IllegalKind::kPlace, id,
            "writes over " + findings_.describe(old->content, to - from) + ", which every frame reads",
            piece.memory, from, to);
      }
    });
    memory.write(piece.begin, piece.end, piece.content, id);
  }

  void transfer(uint32_t id, bool store) {
    const Instruction& i = program_.instructions[id];
    const Transfer& t = program_.transfer(i);
    const auto wrong = [&](const std::string& what) { findings_.add(IllegalKind::kRange, id, what); };
    if (t.rows < 1 || t.row_bytes < 1 || t.buffer < kInputBuffer || t.buffer > kOutputBuffer) {
      return wrong(fmt::format("moves {} rows of {} bytes, buffer {}", t.rows, t.row_bytes, t.buffer));
    }
    const auto footprint = static_cast<int64_t>(program_.dram_bytes);
    if (t.rows > 1 && (t.stride < t.row_bytes || t.dram_stride < t.row_bytes || t.dram_stride > footprint)) {
      return wrong(fmt::format("rows of {} bytes with strides of {} in the buffer and {} in DRAM overlap",
                               t.row_bytes, t.stride, t.dram_stride));
    }
    const auto dram = static_cast<int64_t>(std::min<uint64_t>(t.dram, program_.dram_bytes));
    const int64_t last = t.rows - 1;
    const Piece chip{t.buffer, t.address, t.address + last * t.stride + t.row_bytes, {}};
    const Piece memory{kDramMemory, dram, dram + last * t.dram_stride + t.row_bytes, {}};
    if (!inside(id, chip) || !inside(id, memory)) {
      return;
    }
    Pieces written;
    const bool one_run = t.rows > 1 && t.stride == t.row_bytes && t.dram_stride == t.row_bytes;
    const int64_t bytes = one_run ? t.bytes() : t.row_bytes;
    for (int r = 0; r < (one_run ? 1 : t.rows); ++r) {
      const int64_t in_dram = dram + r * t.dram_stride;
      const int64_t in_buffer = t.address + int64_t{r} * t.stride;
      if (store) {
        read(id, t.buffer, in_buffer, in_buffer + bytes, [&](int64_t from, int64_t to, const Content& what) {
          check_store(id, what, in_dram + from - in_buffer, to - from);
          written.add(kDramMemory, in_dram + from - in_buffer, to - from, what);
        });
      } else {
        read(id, kDramMemory, in_dram, in_dram + bytes, [&](int64_t from, int64_t to, const Content& what) {
          check_load(id, what, from, to);
          written.add(t.buffer, in_buffer + from - in_dram, to - from, what);
        });
      }
    }
    for (const Piece& piece : written) {
      if (store && piece.content.kind == Content::Kind::kTensor && piece.content.node == i.layer) {
        complete_.stored(id, piece.content.at, piece.content.at + piece.end - piece.begin);
      }
      write(id, piece);
    }
  }

  void check_load(uint32_t id, const Content& what, int64_t begin, int64_t end) {
    const Instruction& i = program_.instructions[id];
    const bool right = i.weights
                           ? what.kind == Content::Kind::kConstants && what.node == i.layer
                           : what.kind == Content::Kind::kTensor && (what.frame < 0 || what.frame == i.frame);
    if (!right) {
      findings_.add(IllegalKind::kContent, id,
                    fmt::format("loads {}, wants {}", findings_.describe(what, end - begin),
                                i.weights ? "constants of its layer" : "a tensor of its frame"),
                    kDramMemory, begin, end);
    }
  }

  /// A store's bytes must be of its layer and frame, and go where the tensor lies.
  void check_store(uint32_t id, const Content& what, int64_t dram, int64_t bytes) {
    const Instruction& i = program_.instructions[id];
    if (what.kind != Content::Kind::kTensor || what.node != i.layer || what.frame != i.frame) {
      return findings_.add(IllegalKind::kContent, id, "stores " + findings_.describe(what, bytes),
                           kDramMemory, dram, dram + bytes);
    }
    const TensorPlace& place = program_.tensors[static_cast<size_t>(what.node)];
    const TensorBytes own(graph_.node(what.node));
    const auto address = [&](int64_t at) {
      return static_cast<int64_t>(place.address) + at / own.row_bytes * place.row_stride + at % own.row_bytes;
    };
    if (!place.stored || address(what.at) != dram || address(what.at + bytes - 1) != dram + bytes - 1) {
      findings_.add(IllegalKind::kPlace, id,
                    fmt::format("stores {}, which belongs {}", findings_.describe(what, bytes),
                                place.stored ? fmt::format("at {}", address(what.at)) : "nowhere in DRAM"),
                    kDramMemory, dram, dram + bytes);
    }
  }

  void command(uint32_t id) {
    const Accesses accesses = commands_.check(id);
    for (const Piece& piece : accesses.reads) {
      if (!inside(id, piece)) {
        continue;
      }
      read(id, piece.memory, piece.begin, piece.end, [&](int64_t from, int64_t to, const Content& holds) {
        Content wants = piece.content.from(from - piece.begin);
        if (holds.frame < 0) {
          wants.frame = -1;
        }
        if (!(holds == wants)) {
          findings_.add(IllegalKind::kContent, id,
                        fmt::format("reads {} where {} should be", findings_.describe(holds, to - from),
                                    findings_.describe(piece.content.from(from - piece.begin), to - from)),
                        piece.memory, from, to);
        }
      });
    }
    for (const Piece& piece : accesses.writes) {
      if (inside(id, piece)) {
        write(id, piece);
      }
    }
    complete_.computed(id, accesses);
  }

  const DesignPoint& design_;
  const IntegerGraph& graph_;
  const Program& program_;
  Findings findings_;
  Order order_;
  CommandChecker commands_;
  Completeness complete_;
  std::array<int64_t, 4> capacity_;
  std::array<Memory, 4> memories_;
  int64_t bytes_ = 0;
};

}  // namespace
}  // namespace checking

std::vector<Illegal> check_program(const DesignPoint& design, const quant::IntegerGraph& graph,
                                   const Program& program, int64_t* checked_bytes) {
  if (program.frames < 1 || program.tensors.size() != graph.nodes.size()) {
    throw std::logic_error("check_program: the program is not of this graph");
  }
  return checking::Checker(design, graph, program).check(checked_bytes);
}

}  // namespace tridex::arch

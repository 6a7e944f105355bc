#pragma once
#include "arch/mapping/check_program_findings.h"
#include "arch/mapping/check_program_layout.h"

namespace tridex::arch::checking {

/// What a command reads and makes, as the graph has it.
struct Accesses {
  Pieces reads, writes;
  int c0 = 0, c1 = 0, y0 = 0, y1 = 0;  ///< of the node's output; kContext: heads, input rows
};

/// Compares the fields of commands with the graph and the design, and finds the bytes that they read and
/// write.
class CommandChecker {
 public:
  CommandChecker(const DesignPoint& design, const quant::IntegerGraph& graph, const Program& program,
                 Findings& findings);
  /// Of instruction `id`, whose unit, layer and frame exist and whose unit can do the operation. An operand
  /// whose fields are wrong is reported and left out.
  Accesses check(uint32_t id);
  [[nodiscard]] const std::vector<Part>& parts(int node) const { return parts_[static_cast<size_t>(node)]; }

 private:
  struct Work;  ///< one command while it is looked at
  void conv(Work& work);
  void vector(Work& work);
  void context(Work& work);
  void attend(Work& work);
  /// The fields that both commands of an attention have; false: what follows makes no sense.
  bool branch(Work& work);
  void constants(Work& work, int64_t address, int64_t at, int64_t bytes);
  void records(Work& work, int64_t address, int c0, int c1);
  void tile(Work& work, const char* name, const TileRef& ref, int node, const Part& channels, int y0, int y1,
            Pieces& pieces);
  bool range(Work& work, int channels, int rows);
  void expect(Work& work, const char* field, int64_t is, int64_t should);

  const DesignPoint& design_;
  const quant::IntegerGraph& graph_;
  const Program& program_;
  Findings& findings_;
  std::vector<std::vector<Part>> parts_;
};

/// Whether an operation is one of the vector unit's.
bool is_vector_opcode(Opcode op);
/// Whether a command of `op` makes the tensor of such a node.
bool makes(Opcode op, quant::IntOp node);

}  // namespace tridex::arch::checking

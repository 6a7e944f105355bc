#include "arch/controller/controller.h"

#include <array>
#include <cstring>

#include "arch/pe/command_unit.h"

namespace tridex::arch {
namespace {

/// Transfers that the DMA may hold in a direction: enough that short ones overlap.
constexpr int kTransfersUnderWay = 4;

}  // namespace

Controller::Controller(const sc_core::sc_module_name& name, const DesignPoint& design, const Program& program,
                       const sc_core::sc_time& cycle)
    : sc_module(name),
      unit_sockets("unit_socket", design.engines.size() + 1),
      dma_socket("dma_socket"),
      completion("completion"),
      design_(design),
      program_(program),
      cycle_(cycle),
      units_(kMaxUnits),
      waiting_(program.instructions.size()),
      dependent_begin_(program.instructions.size() + 1, 0),
      dependents_(program.waits.size()),
      times_(program.instructions.size()) {
  completion.bind(*this);
  units_[kLoadUnit].depth = units_[kStoreUnit].depth = kTransfersUnderWay;
  for (const uint32_t wait : program.waits) {
    ++dependent_begin_[wait + 1];
  }
  for (size_t i = 1; i < dependent_begin_.size(); ++i) {
    dependent_begin_[i] += dependent_begin_[i - 1];
  }
  std::vector<uint32_t> fill(dependent_begin_.begin(), dependent_begin_.end() - 1);
  for (uint32_t id = 0; id < program.instructions.size(); ++id) {
    const Instruction& instruction = program.instructions[id];
    units_[instruction.unit].order.push_back(id);
    waiting_[id] = instruction.wait_count;
    for (uint32_t w = 0; w < instruction.wait_count; ++w) {
      dependents_[fill[program.waits[instruction.wait_begin + w]]++] = id;
    }
  }
  for (int unit = 0; unit < kMaxUnits; ++unit) {
    to_issue_.push_back(static_cast<Unit>(unit));
  }
  SC_HAS_PROCESS(Controller);
  SC_THREAD(run);
}

void Controller::run() {
  while (true) {
    for (size_t i = 0; i < to_issue_.size(); ++i) {  // issuing may complete what adds to it
      issue(to_issue_[i]);
    }
    to_issue_.clear();
    wait(issuable_);
  }
}

void Controller::write(tlm_utils::simple_initiator_socket<Controller>& socket, uint64_t address, void* data,
                       unsigned bytes) {
  tlm::tlm_generic_payload trans;
  trans.set_command(tlm::TLM_WRITE_COMMAND);
  trans.set_address(address);
  trans.set_data_ptr(static_cast<unsigned char*>(data));
  trans.set_data_length(bytes);
  trans.set_streaming_width(bytes);
  trans.set_byte_enable_ptr(nullptr);
  trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = cycle_ * static_cast<double>(design_.command_cycles);
  socket->b_transport(trans, delay);
  if (trans.is_response_error()) {
    SC_REPORT_FATAL(name(), ("a unit refused a command: " + trans.get_response_string()).c_str());
  }
}

void Controller::issue(Unit unit) {
  UnitState& state = units_[unit];
  while (state.next < state.order.size() && state.under_way < state.depth) {
    const uint32_t id = state.order[state.next];
    if (waiting_[id] > 0) {
      return;
    }
    ++state.next;
    ++state.under_way;
    const Instruction& instruction = program_.instructions[id];
    if (unit == kLoadUnit || unit == kStoreUnit) {
      Dma::Words words = Dma::encode(program_.transfer(instruction), static_cast<int32_t>(id));
      write(dma_socket, unit == kStoreUnit ? Dma::kStoreOffset : 0, words.data(), sizeof(words));
    } else {
      std::array<int32_t, Command::kWords + 1> words{};
      const Command::Words encoded = program_.command(instruction).encode();
      std::copy(encoded.begin(), encoded.end(), words.begin());
      words.back() = 1;  // the start register follows the command's words
      const size_t socket =
          unit == kVectorUnitId ? design_.engines.size() : static_cast<size_t>(unit - kEngine0);
      write(unit_sockets[socket], 0, words.data(), sizeof(words));
    }
  }
}

void Controller::completed(int32_t tag, const sc_core::sc_time& start, const sc_core::sc_time& end) {
  const auto id = static_cast<uint32_t>(tag);
  times_[id].start = start;
  times_[id].end = end;
  ++completed_;
  if (observer) {
    observer(id);
  }
  const Unit unit = program_.instructions[id].unit;
  --units_[unit].under_way;
  for (uint32_t i = dependent_begin_[id]; i < dependent_begin_[id + 1]; ++i) {
    const uint32_t dependent = dependents_[i];
    if (--waiting_[dependent] == 0) {
      times_[dependent].ready = end;
      times_[dependent].last_wait = id;
      const Unit other = program_.instructions[dependent].unit;
      if (other != unit) {
        to_issue_.push_back(other);
      }
    }
  }
  to_issue_.push_back(unit);
  issuable_
      .notify();  // at once, in this delta cycle: a unit that is free takes its command when it was freed
}

}  // namespace tridex::arch

#pragma once
#include <verilated.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "engine_model.h"
#include "pins.h"

namespace tridex::test {

/// A Verilated engine with something at every pin: streams that send what they are given, and take what
/// comes, whenever `willing` says so; AXI4-Lite transactions one at a time.
template <typename Top>
class EngineBench {
 public:
  explicit EngineBench(const EngineShape& shape) : shape_(shape), top_(std::make_unique<Top>(&context_)) {
    reset();
  }

  std::function<bool()> willing = [] { return true; };  ///< asked each clock and stream
  uint64_t clock = 0;                                   ///< rising edges so far
  std::optional<uint64_t> first_taken;                  ///< clock of the first beat of operands
  std::optional<uint64_t> last_given;                   ///< clock of the last result
  std::optional<uint64_t> start_taken;                  ///< clock of the last write to the start register
  std::vector<ResultBeat> results;
  std::vector<size_t> ends;  ///< results up to each TLAST
  int done = 0, beats_taken = 0;

  /// Forgets everything that was under way.
  void reset() {
    operands_.clear();
    records_.clear();
    shortcut_.clear();
    results.clear();
    done = beats_taken = 0;
    ends.clear();
    first_taken.reset();
    last_given.reset();
    write_.reset();
    refused_result_.clear();
    narrow_offered_ = wide_offered_ = records_offered_ = shortcut_offered_ = false;
    top_->rst_n = 0;
    step();
    step();
    top_->rst_n = 1;
  }

  /// Gives an AXI4-Lite write's response.
  int write(uint32_t address, uint32_t data, uint32_t strobes = 15) {
    write_ = Write{address, data, strobes};
    response_.reset();
    while (!response_) {
      step();
    }
    return *response_;
  }
  struct Read {
    int response;
    uint32_t data;
  };
  Read read(uint32_t address) {
    top_->s_axil_araddr = static_cast<uint16_t>(address);
    top_->s_axil_arvalid = 1;
    top_->s_axil_rready = 1;
    while (true) {
      settle();
      const bool taken = top_->s_axil_arready != 0;
      const bool valid = top_->s_axil_rvalid != 0;
      const Read answer{top_->s_axil_rresp, top_->s_axil_rdata};
      step();
      if (valid) {
        return answer;
      }
      if (taken) {
        top_->s_axil_arvalid = 0;
      }
    }
  }

  /// Writes the command's words; the start's response.
  int start(const arch::Command& command) {
    uint32_t address = 0;
    for (const int32_t word : command.encode()) {
      if (write(address, static_cast<uint32_t>(word)) != 0) {
        return 2;
      }
      address += 4;
    }
    return write(address, 1);
  }

  /// Queues what is sent for a command.
  void send(const Work& work) {
    for (const auto& set : work.sets) {
      for (const EngineRecord& record : set) {
        records_.push_back({record, &record == &set.back()});
      }
    }
    for (const Packet& packet : work.packets) {
      for (const Beat& beat : packet.beats) {
        operands_.push_back({beat, packet, &beat == &packet.beats.back(), &packet == &work.packets.back()});
      }
    }
    if (work.command.has_shortcut != 0 && work.command.op == arch::Opcode::kConv) {
      const size_t needed = answer(shape_, work).size();
      shortcut_.insert(shortcut_.end(), work.shortcut.begin(),
                       work.shortcut.begin() + static_cast<long>(needed));
    }
  }
  [[nodiscard]] bool all_taken() const { return operands_.empty() && records_.empty() && shortcut_.empty(); }

  /// Until so many commands are done; false after `most` clocks.
  bool run(int commands, uint64_t most = 100000) {
    for (const uint64_t end = clock + most; done < commands && clock < end;) {
      step();
    }
    return done >= commands;
  }

  void step() {
    drive();
    settle();
    const bool operand_taken = top_->s_axis_narrow_tvalid != 0 && top_->s_axis_narrow_tready != 0;
    const bool wide_taken = top_->s_axis_wide_tvalid != 0 && top_->s_axis_wide_tready != 0;
    if (operand_taken != wide_taken) {
      throw std::logic_error("one of a pair of operand beats was taken");
    }
    const bool record_taken = top_->s_axis_records_tvalid != 0 && top_->s_axis_records_tready != 0;
    const bool shortcut_taken = top_->s_axis_shortcut_tvalid != 0 && top_->s_axis_shortcut_tready != 0;
    const bool written = write_ && top_->s_axil_awready != 0 && top_->s_axil_wready != 0;
    if (top_->s_axil_bvalid != 0) {
      response_ = top_->s_axil_bresp;
    }
    if (top_->rst_n != 0) {
      check_result_stays();
      if (top_->m_axis_results_tvalid != 0 && top_->m_axis_results_tready != 0) {
        take_result();
      }
    }
    done += top_->rst_n != 0 ? top_->irq : 0;
    ++clock;
    top_->clk = 1;
    top_->eval();
    if (top_->rst_n == 0) {
      return;
    }
    if (operand_taken) {
      first_taken = first_taken.value_or(clock);
      ++beats_taken;
      operands_.pop_front();
      narrow_offered_ = wide_offered_ = false;
    }
    if (record_taken) {
      records_.pop_front();
      records_offered_ = false;
    }
    if (shortcut_taken) {
      shortcut_.pop_front();
      shortcut_offered_ = false;
    }
    if (written) {
      if (write_->address == arch::Command::kWords * 4) {
        start_taken = clock;
      }
      write_.reset();
    }
  }

 private:
  struct Operands {
    Beat beat;
    Packet packet;
    bool last, final;
  };
  struct Records {
    EngineRecord record;
    bool last;
  };
  struct Write {
    uint32_t address, data, strobes;
  };

  void settle() {
    top_->clk = 0;
    top_->eval();
  }

  /// What is offered stays until it is taken.
  void drive() {
    if (!operands_.empty()) {
      narrow_offered_ = narrow_offered_ || willing();
      wide_offered_ = wide_offered_ || willing();
      drive_operands(operands_.front());
    }
    records_offered_ = !records_.empty() && (records_offered_ || willing());
    if (records_offered_) {
      drive_record(records_.front());
    }
    shortcut_offered_ = !shortcut_.empty() && (shortcut_offered_ || willing());
    if (shortcut_offered_) {
      for (size_t i = 0; i < shortcut_.front().size(); ++i) {
        put_bits(top_->s_axis_shortcut_tdata, 16 * i, 16, static_cast<uint64_t>(shortcut_.front()[i]));
      }
    }
    top_->s_axis_narrow_tvalid = !operands_.empty() && narrow_offered_;
    top_->s_axis_wide_tvalid = !operands_.empty() && wide_offered_;
    top_->s_axis_records_tvalid = records_offered_;
    top_->s_axis_shortcut_tvalid = shortcut_offered_;
    top_->m_axis_results_tready = willing();
    top_->s_axil_awvalid = top_->s_axil_wvalid = write_.has_value();
    if (write_) {
      top_->s_axil_awaddr = static_cast<uint16_t>(write_->address);
      top_->s_axil_wdata = write_->data;
      top_->s_axil_wstrb = static_cast<uint8_t>(write_->strobes);
    }
    top_->s_axil_bready = 1;
  }

  void drive_operands(const Operands& o) {
    for (size_t i = 0; i < o.beat.narrow.size(); ++i) {
      put_bits(top_->s_axis_narrow_tdata, 16 * i, 16, static_cast<uint64_t>(o.beat.narrow[i]));
    }
    for (size_t i = 0; i < o.beat.wide.size(); ++i) {
      put_bits(top_->s_axis_wide_tdata, 16 * i, 16, static_cast<uint64_t>(o.beat.wide[i]));
    }
    top_->s_axis_narrow_tlast = o.last;
    // Only the last beat's counts: the others have the opposite of it.
    const bool flip = !o.last;
    put_bits(top_->s_axis_narrow_tuser, 0, 1, o.final != flip);
    put_bits(top_->s_axis_narrow_tuser, 1, 1, o.packet.new_set != flip);
    put_bits(top_->s_axis_narrow_tuser, 2, 1, o.packet.divisor != flip);
    put_bits(top_->s_axis_narrow_tuser, 3, 1, o.packet.row_sum != flip);
    for (size_t i = 0; i < o.packet.made.size(); ++i) {
      put_bits(top_->s_axis_narrow_tuser, 4 + i, 1, o.packet.made[i] != flip);
    }
  }

  void drive_record(const Records& r) {
    auto& port = top_->s_axis_records_tdata;
    const auto put = [&](size_t byte, int bits, int64_t value) {
      put_bits(port, byte * 8, bits, static_cast<uint64_t>(value));
    };
    const arch::Record& lane = r.record.lane;
    put(0, 8, r.record.copy);
    put(1, 8, r.record.slot);
    put(2, 48, lane.bias);
    put(8, 24, lane.mult);
    put(11, 8, lane.pre);
    put(12, 8, lane.shift);
    put(13, 24, lane.zero);
    put(16, 48, lane.six);
    put(22, 24, lane.three);
    put(25, 8, lane.act_shift);
    put(26, 24, lane.terms[0].mult);
    put(29, 8, lane.terms[0].shift);
    put(30, 24, lane.terms[0].zero);
    put(33, 24, r.record.quotient.mult);
    put(36, 8, r.record.quotient.shift);
    put(37, 24, r.record.quotient.zero);
    put(40, 24, r.record.den_mult);
    put(43, 8, r.record.den_frac);
    top_->s_axis_records_tlast = r.last;
  }

  /// A result that is offered and not taken is still there in the next clock.
  void check_result_stays() {
    ResultPins now;
    if (top_->m_axis_results_tvalid != 0) {
      for (int i = 0; i < shape_.copies * shape_.post_lanes; ++i) {
        const auto slot = static_cast<size_t>(i);
        now.push_back(get_bits(top_->m_axis_results_tdata, 64 * slot, 64));
        now.push_back(get_bits(top_->m_axis_results_tkeep, 8 * slot, 8));
      }
      now.push_back(top_->m_axis_results_tlast);
    }
    if (!refused_result_.empty() && now != refused_result_) {
      throw std::logic_error("a result changed before it was taken");
    }
    refused_result_ = top_->m_axis_results_tready != 0 ? ResultPins{} : now;
  }

  void take_result() {
    ResultBeat beat(static_cast<size_t>(shape_.copies * shape_.post_lanes));
    for (size_t i = 0; i < beat.size(); ++i) {
      const uint64_t keep = get_bits(top_->m_axis_results_tkeep, 8 * i, 8);
      if (keep == 255) {
        beat[i] = get_signed(top_->m_axis_results_tdata, 64 * i, 64);
      } else if (keep != 0) {
        throw std::logic_error("a part of a result's bytes is kept");
      }
    }
    results.push_back(std::move(beat));
    last_given = clock + 1;  // the edge that takes it
    if (top_->m_axis_results_tlast != 0) {
      ends.push_back(results.size());
    }
  }

  EngineShape shape_;
  VerilatedContext context_;
  std::unique_ptr<Top> top_;
  std::deque<Operands> operands_;
  std::deque<Records> records_;
  std::deque<std::vector<int>> shortcut_;
  std::optional<Write> write_;
  std::optional<int> response_;
  using ResultPins = std::vector<uint64_t>;
  ResultPins refused_result_;
  bool narrow_offered_ = false, wide_offered_ = false, records_offered_ = false, shortcut_offered_ = false;
};

}  // namespace tridex::test

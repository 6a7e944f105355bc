#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/bridge/axi4_extension.h"
#include "axi4_memory.h"

namespace tridex::test {

/// Random payloads by both kinds of transport, whose results are compared with a plain memory that does each
/// payload when it is sent. It begins at `base` with the bytes that the real one has; regions of errors
/// follow it as in Axi4Memory.
class Axi4Traffic : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  struct Config {
    uint64_t base = 0, seed = 1;
    unsigned bus_bytes = 4, ids = 16, slots = 24;
    uint64_t transactions = 1000;
    bool errors = true;  ///< addresses of the regions of errors, too
  };
  tlm::tlm_initiator_socket<> socket{"socket"};
  sc_core::sc_in<bool> aclk{"aclk"};

  Axi4Traffic(const sc_core::sc_module_name& name, const Config& config, std::vector<uint8_t> bytes);

  [[nodiscard]] bool done() const { return sent_ == config_.transactions && open_ == 0; }
  [[nodiscard]] uint64_t sent() const { return sent_; }
  [[nodiscard]] unsigned open() const { return open_; }
  /// What was not as it should be, a line each; empty: all was.
  [[nodiscard]] const std::string& wrong() const { return wrong_; }
  [[nodiscard]] const std::map<std::string, uint64_t>& shapes() const { return shapes_; }
  [[nodiscard]] const std::vector<uint8_t>& model() const { return model_; }
  /// Simulates until all is answered (or nothing has moved for long), and some clocks more: what was wrong.
  std::string run();
  /// Nothing more is sent until resume().
  void pause() { paused_ = true; }
  /// From now on, until resume(), a payload may end with the error of a reset.
  void expect_reset() { reset_ = true; }
  /// With the real memory's bytes: the model's may differ where a write was lost.
  void resume(const std::vector<uint8_t>& bytes);
  [[nodiscard]] uint64_t lost() const { return lost_; }

 private:
  SC_HAS_PROCESS(Axi4Traffic);
  struct Slot : tlm::tlm_mm_interface {
    tlm::tlm_generic_payload payload{this};
    arch::Axi4Extension extension;
    std::vector<uint8_t> data, expected, enables;
    tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;
    bool busy = false;
    Slot() { payload.acquire(); }
    ~Slot() override { payload.clear_extension(&extension); }  // else the payload would delete it
    void free(tlm::tlm_generic_payload*) override {}
  };

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
  void tick();
  void block();
  bool may_send() const { return !paused_ && sent_ < config_.transactions; }
  /// Makes a payload, does it on the model and notes what is expected.
  void make(Slot& slot);
  void place(Slot& slot, uint32_t length);
  void shape(Slot& slot);
  void begin(Slot& slot);
  void end(Slot& slot);
  uint64_t pick(uint64_t count) { return random_() % count; }
  sc_core::sc_time some_delay() {
    return sc_core::sc_time(0.3 * static_cast<double>(pick(12)), sc_core::SC_NS);
  }

  Config config_;
  std::mt19937_64 random_;
  std::vector<uint8_t> model_, touched_;  // touched: by a write that was lost
  std::vector<std::unique_ptr<Slot>> slots_;
  std::map<std::string, uint64_t> shapes_;
  std::string wrong_;
  uint64_t sent_ = 0, lost_ = 0;
  unsigned open_ = 0;
  bool paused_ = false, reset_ = false;
  Slot* requesting_ = nullptr;
  sc_core::sc_time request_free_, last_call_;
  Slot* ending_ = nullptr;  // between BEGIN_RESP and END_RESP
  sc_core::sc_time end_at_;
};

}  // namespace tridex::test

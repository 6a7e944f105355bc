#pragma once
#include <cstdint>
#include <random>
#include <systemc>
#include <tlm>
#include <vector>

#include "arch/bridge/axi4_extension.h"

namespace tridex::test {

/// Does what a payload says to plain bytes that begin at `base`: streaming width, byte enables.
void access_bytes(tlm::tlm_generic_payload& payload, uint64_t base, uint8_t* bytes);

/// A target of the base protocol for what Axi4Subordinate asks. Data are accessed with BEGIN_REQ; answers
/// come in the ways that the protocol leaves to a target. After the bytes are kErrorBytes that answer with a
/// generic error; all else answers with an address error.
class Axi4Memory : public sc_core::sc_module, private tlm::tlm_fw_transport_if<> {
 public:
  static constexpr uint64_t kErrorBytes = 16384;  ///< a multiple of 4 KB
  tlm::tlm_target_socket<> socket{"socket"};
  sc_core::sc_in<bool> aclk{"aclk"};

  /// How it answers: at once; or at random, by return or by call, up to `latest` clocks later, out of order.
  struct Timing {
    bool at_once = true;
    unsigned latest = 0;
    uint64_t seed = 1;
  };
  Axi4Memory(const sc_core::sc_module_name& name, uint64_t base, size_t bytes, const Timing& timing);

  std::vector<uint8_t> bytes;
  bool holds = false;             ///< with answers at once: none at all
  bool grants_exclusive = false;  ///< exclusive accesses succeed
  arch::Axi4Extension last;       ///< of the last payload
  uint64_t requests = 0, reordered = 0;

 private:
  SC_HAS_PROCESS(Axi4Memory);
  struct Job {
    tlm::tlm_generic_payload* payload;
    bool requesting;
    unsigned clocks;
  };
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void b_transport(tlm::tlm_generic_payload&, sc_core::sc_time&) override {}
  unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }
  void tick();
  void access(tlm::tlm_generic_payload& payload);
  uint64_t pick(uint64_t count) { return random_() % count; }

  uint64_t base_;
  Timing timing_;
  std::mt19937_64 random_;
  std::vector<Job> jobs_;
};

}  // namespace tridex::test

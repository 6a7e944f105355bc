#pragma once
#include <cstdint>
#include <span>
#include <systemc>
#include <tlm>

#include "base/registry.h"

namespace tridex::arch {

/// A TLM model of the same accelerator, which does the same work beside the RTL in a memory of its own:
///
///     class ScaleAddModel : public tridex::arch::OwnModel {
///      public:
///       using OwnModel::OwnModel;
///       uint32_t read_register(uint64_t address) override { ... }
///       void write_register(uint64_t address, uint32_t value) override { ... }   // must not wait
///       void run() override { ... read_memory(...); wait_cycles(n); write_memory(...); interrupt = true; ...
///       }
///     };
///     TRIDEX_OWN_MODEL("scale_add", ScaleAddModel)
///
/// An existing model with sockets of its own is held as a member, bound to these functions.
class OwnModel : public sc_core::sc_module,
                 private tlm::tlm_fw_transport_if<>,
                 private tlm::tlm_bw_transport_if<> {
 public:
  tlm::tlm_target_socket<32> registers{"registers"};
  tlm::tlm_initiator_socket<> memory{"memory"};
  bool interrupt = false;  ///< the level of the interrupt pin

  /// `cycle`: of the accelerator's clock.
  OwnModel(const sc_core::sc_module_name& module_name, const sc_core::sc_time& cycle);

 protected:
  virtual uint32_t read_register(uint64_t address) = 0;
  virtual void write_register(uint64_t address, uint32_t value) = 0;
  /// A thread of its own, from the beginning of the simulation on.
  virtual void run() = 0;

  // For run(). Memory takes its time; an access may be of any length, and is made in bursts of 4 KiB at most,
  // one after the other. Throws std::runtime_error where the memory answers with an error.
  void read_memory(uint64_t address, std::span<uint8_t> bytes);
  void write_memory(uint64_t address, std::span<const uint8_t> bytes);
  void wait_cycles(int64_t cycles) { wait(cycle_ * static_cast<double>(cycles)); }

 private:
  SC_HAS_PROCESS(OwnModel);
  using Payload = tlm::tlm_generic_payload;

  void b_transport(Payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(Payload&, tlm::tlm_phase&, sc_core::sc_time&) override;
  unsigned transport_dbg(Payload&) override { return 0; }
  bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi& dmi) override;
  tlm::tlm_sync_enum nb_transport_bw(Payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;  // only b_transport is called
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
  void access(tlm::tlm_command command, uint64_t address, uint8_t* bytes, size_t count);

  const sc_core::sc_time cycle_;
};

/// Makes the model of an RTL of that name (Registry<OwnModelMaker>).
class OwnModelMaker {
 public:
  virtual ~OwnModelMaker() = default;
  [[nodiscard]] virtual std::unique_ptr<OwnModel> make(const sc_core::sc_module_name& name,
                                                       const sc_core::sc_time& cycle) const = 0;
};

template <typename Model>
class OwnModelMakerOf : public OwnModelMaker {
 public:
  [[nodiscard]] std::unique_ptr<OwnModel> make(const sc_core::sc_module_name& name,
                                               const sc_core::sc_time& cycle) const override {
    return std::make_unique<Model>(name, cycle);
  }
};

}  // namespace tridex::arch

/// At namespace scope, in a file that tridex_add_rtl(... MODEL file) names.
#define TRIDEX_OWN_MODEL(rtl, model)                                                  \
  static const tridex::Registry<tridex::arch::OwnModelMaker>::Entry tridex_own_model( \
      rtl, [] { return std::make_unique<tridex::arch::OwnModelMakerOf<model>>(); });

#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "arch/design/dram_power.h"
#include "arch/design/dram_timing.h"
#include "arch/design/mapping_options.h"
#include "base/yaml.h"

namespace tridex::arch {

/// An FPGA (configs/devices/*.yaml, each figure with its source).
struct Device {
  std::string name, part;
  int64_t lut = 0, ff = 0, bram36 = 0, uram = 0, dsp = 0;
  enum class DspKind { kDsp48e2, kDsp58 } dsp_kind = DspKind::kDsp48e2;
  double static_w = 0;  ///< static power of the programmable logic; 0: not known
};

/// The way from the accelerator to the DRAM: AXI ports of the accelerator's DMA.
struct MemoryPorts {
  int count = 4;
  int width_bits = 128;
  double clock_mhz = 0;     ///< 0: the accelerator's clock
  int outstanding = 8;      ///< runs in flight a port and direction
  int latency_cycles = 20;  ///< accelerator cycles from a port to the DRAM controller and back (interconnect)
};

enum class EngineKind { kMat, kRmac, kSystolic };

/// What an engine is made of in a run of fidelity `rtl`; in any other it is a TLM model.
enum class Implementation { kTlm, kRtl };

/// One engine; there are DesignPoint::copies of it in lock step. MAT: N lanes (output channels) of M
/// multipliers (input channels). R-MAC: the same in its pointwise mode; in depthwise mode the multipliers of
/// a lane are channels and the lanes are output pixels (spec: trio-vit 3.1). Systolic: M rows (input
/// channels) by N columns (output channels) of multipliers that hold a weight each while pixels stream
/// through.
struct Engine {
  std::string name;
  EngineKind kind = EngineKind::kMat;
  int lanes = 8;            ///< N of MAT, T of R-MAC, columns of a systolic array
  int inputs = 8;           ///< M of MAT, S of R-MAC, rows of a systolic array
  int pipeline_depth = 12;  ///< cycles from the first operand to the first requantized result (fill)
  int divide_lanes = 0;     ///< quotients a cycle and copy; 0: one a post-processing lane
  int post_lanes = 0;  ///< results a cycle and copy that requantization and activation take; 0: one a lane
  // Of a systolic array only.
  bool weight_double_buffer = true;  ///< the next tile's weights are loaded while the last one's are used
  int accumulators = 512;            ///< of each column: the pixels whose sums can wait for further tiles
  Implementation implementation = Implementation::kTlm;
  [[nodiscard]] int results_per_cycle() const { return post_lanes > 0 ? post_lanes : lanes; }
  [[nodiscard]] int quotients_per_cycle() const {
    return divide_lanes > 0 && divide_lanes < results_per_cycle() ? divide_lanes : results_per_cycle();
  }
};

/// What L copies spread over: output pixels, output channels, or whichever of the splits is fastest for a
/// layer.
enum class Spread { kPixels, kChannels, kBest };

/// The standalone vector unit (adds, pooling, layer norm, resize). Requantization, activation, shortcut and
/// division work at the engines' outputs and are part of them.
struct VectorUnit {
  int lanes = 64;  ///< elements a cycle
  int pipeline_depth = 12;
};

struct Buffer {
  int64_t bytes = int64_t{512} * 1024;
  int banks = 16;
  int width_bits = 128;  ///< of one bank's port
  [[nodiscard]] int64_t bytes_per_cycle() const { return int64_t{banks} * width_bits / 8; }
};

/// What the units can compute; mapping refuses a network that needs more.
struct Capabilities {
  int max_weight_bits = 8,
      max_activation_bits = 8;  ///< multiplier operands (requantized outputs may be wider)
  bool per_channel_requant = true;
  bool requant_multiplier = true;  ///< `requant: multiplier`; else `shift`: networks of power-of-two scales
  std::vector<std::string> divisors{"log2_paper", "log2_code"};
  int reciprocal_table_bits = 8;  ///< entries of the divisor `reciprocal`: at most 2^these
};

enum class PackingMode { kNone, kSharedOperand };

struct DesignPoint {
  std::string name;
  std::string text;  ///< the whole design as YAML, overrides applied
  double clock_mhz = 200;
  Device device;
  DramTiming dram;
  DramPower dram_power;
  MemoryPorts ports;
  std::vector<Engine> engines;  ///< at least one; names differ
  int copies = 16;              ///< L
  Spread spread = Spread::kBest;
  VectorUnit vector;
  Buffer input_buffer, weight_buffer, output_buffer;
  /// In this order, which is that of the numbers of buffers in programs (arch/mapping/program.h).
  [[nodiscard]] std::array<const Buffer*, 3> buffers() const {
    return {&input_buffer, &weight_buffer, &output_buffer};
  }
  PackingMode packing =
      PackingMode::kSharedOperand;  ///< two or four multiplications in a DSP where operands are shared
  int depthwise_packing = 2;        ///< at most, in the DSPs of R-MAC: what its depthwise mode allows
  Capabilities can;
  bool inter_layer_pipeline = true;  ///< depthwise on R-MAC while the next pointwise runs on MAT
  bool intra_layer_pipeline = true;  ///< attention products of head i while head i - 1 is divided
  bool double_buffer = true;         ///< load and store tiles while others are computed
  int command_cycles = 4;            ///< the controller needs to start one command
  MappingOptions mapping;

  [[nodiscard]] double cycle_ns() const { return 1000.0 / clock_mhz; }
  [[nodiscard]] const Engine* engine(EngineKind kind) const {
    for (const auto& e : engines) {
      if (e.kind == kind) {
        return &e;
      }
    }
    return nullptr;
  }
  /// Multiply-accumulates a cycle of all engines and copies.
  [[nodiscard]] int64_t peak_macs() const {
    int64_t sum = 0;
    for (const auto& e : engines) {
      sum += int64_t{e.lanes} * e.inputs * copies;
    }
    return sum;
  }
  /// Whether a DSP makes four products of 4 bits, two weights by two pixels (arch/cost/packing.h): the copies
  /// then work in pairs on different pixels.
  [[nodiscard]] bool packs_four() const {
    return packing == PackingMode::kSharedOperand && can.max_weight_bits <= 4 &&
           can.max_activation_bits <= 4 && spread != Spread::kChannels && copies % 2 == 0;
  }
  /// Cycles that no move of so many bytes from and to the DRAM beats: ports, each direction for itself, and
  /// the memory's peak. 0 where the memory is ideal.
  [[nodiscard]] double transfer_cycles(int64_t read_bytes, int64_t write_bytes) const;
};

/// Reads configs/designs/*.yaml. Devices and memories are named; their files are looked for in the folders
/// devices/ and memories/ beside the design's own folder, then in config_root(). Errors: file:line: key.
DesignPoint read_design(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});
DesignPoint read_design(const Yaml& yaml);

/// The key `memory` of a design: a name, or a map with a name and keys that replace those of its file.
DramTiming read_memory(const Yaml& yaml, DramPower& power);

/// The folder configs/: $TRIDEX_CONFIGS, else beside the executable's source or installation.
std::filesystem::path config_root();
/// The names of configs/`kind`, sorted; none where there is no such folder.
std::vector<std::string> config_names(const std::string& kind);
/// `name` as a path if there is such a file, else configs/KIND/NAME.yaml. Error: lists the names that are
/// there.
std::filesystem::path find_config(const std::string& name, const std::string& kind);

}  // namespace tridex::arch

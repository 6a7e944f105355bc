#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "arch/design/dram_timing.h"
#include "arch/own_rtl/check_ports.h"
#include "base/yaml.h"

namespace tridex::arch {

/// How bytes are printed and written down as numbers.
struct Element {
  int bytes = 1;
  bool is_signed = false;
};

/// Something that the driver does on the accelerator's registers, in order.
struct Step {
  enum class Kind { kWrite, kRead, kPoll, kInterrupt, kWait };
  Kind kind = Kind::kWait;
  uint64_t address = 0;
  uint64_t value = 0;           ///< written, or expected under the mask
  uint64_t mask = 0xffff'ffff;  ///< of kRead and kPoll
  bool expects = false;         ///< kRead compares
  int64_t cycles = 0;           ///< kWait; between the reads of kPoll
  std::string text;             ///< "work.yaml:12: write: 0x10", for messages
};

/// Bytes in memory before the first step, or expected there after the last one.
struct Region {
  uint64_t address = 0;
  std::vector<uint8_t> bytes;
  Element element;
  std::string text;  ///< "work.yaml:12"
};

/// What goes into a stream, or is expected to come out of it.
struct StreamData {
  std::string name;  ///< the prefix of its pins, with or without the last "_"
  std::vector<uint8_t> bytes;
  size_t packet_bytes = 0;  ///< of a stream that goes in; 0: all in one
  Element element;
  std::string text;
};

/// A work file: the RTL, the machine around it, what it is to do and what must come of it.
struct Work {
  std::string rtl;  ///< a name that was given to tridex_add_rtl()
  PinNames pins;
  double clock_mhz = 200;
  DramTiming dram;
  uint64_t memory_base = 0;            ///< the address of the memory's first byte
  int memory_in_flight = 64;           ///< bursts in the DRAM's controller, of all managers
  int memory_latency = 20;             ///< cycles that are added to every answer
  int64_t timeout_cycles = 1'000'000;  ///< of one step
  std::vector<Region> contents, expected;
  std::vector<StreamData> sent, received;
  std::vector<Step> steps;
};

/// Reads a work file (docs/own-rtl.md has its keys); files that it names lie in its folder. `overrides`: as
/// Yaml::load. Errors: file:line: key.
Work read_work(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

}  // namespace tridex::arch

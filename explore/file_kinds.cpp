#include "arch/design/part_files.h"
#include "base/error.h"
#include "explore/check.h"
#include "explore/experiment.h"
#include "explore/sweep.h"
#include "models/dataset_config.h"
#include "models/network_file.h"
#include "quant/quantize.h"

namespace tridex::explore {
namespace {

using std::filesystem::path;

FileKinds::Make make(const FileKind& kind) {
  return [kind] { return std::make_unique<FileKind>(kind); };
}

const FileKinds::Entry design("design", make({"designs",
                                              {"device", "memory", "engines", "copies", "clock_mhz", "ports",
                                               "buffers", "vector", "spread", "packing", "depthwise_packing",
                                               "capabilities", "schedule", "mapping"},
                                              [](const path& file) { arch::read_design(file); }}));

const FileKinds::Entry device("device",
                              make({"devices",
                                    {"part", "lut", "ff", "bram36", "uram", "dsp", "dsp_kind", "static_w"},
                                    [](const path& file) { arch::read_device_file(file); }}));

const FileKinds::Entry memory("memory",
                              make({"memories",
                                    {"tck_ns", "bus_bits", "burst_length", "bank_groups", "rows", "row_bytes",
                                     "cl", "cwl", "trcd", "trp", "tras", "trfc", "trefi"},
                                    [](const path& file) {
                                      arch::DramPower power;
                                      arch::read_memory_file(file, power);
                                    }}));

const FileKinds::Entry recipe(
    "recipe", make({"quant",
                    {"weight_bits", "activation_bits", "attention_bits", "residual_bits", "divisor",
                     "migration", "shift", "symmetric", "weight_range", "activation_range", "bias_correction",
                     "gptq", "layers", "residual_scales", "depthwise_scales", "bounded_quotients"},
                    [](const path& file) { quant::read_recipe(Yaml::load(file)); }}));

const FileKinds::Entry dataset("dataset",
                               make({"datasets",
                                     {"task", "layout", "root", "scenes", "classes", "class_map", "resize",
                                      "normalize", "ignore"},
                                     [](const path& file) { models::read_dataset_config(file); }}));

const FileKinds::Entry network("network", make({"networks",
                                                {"tridex_network", "input", "output", "nodes"},
                                                [](const path& file) { models::read_network(file); }}));

const FileKinds::Entry experiment("experiment",
                                  make({"", {"title", "rows", "networks", "reference"}, [](const path& file) {
                                          read_experiment(file);
                                        }}));

/// The axes too: each needs a value that gives a design.
const FileKinds::Entry sweep("sweep", make({"sweeps",
                                            {"design", "networks", "fidelity", "frames", "seed", "axes",
                                             "zip", "timeout_seconds"},
                                            [](const path& file) { expand_designs(read_sweep(file)); }}));

}  // namespace
}  // namespace tridex::explore

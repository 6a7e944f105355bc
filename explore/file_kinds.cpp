#include "arch/design/part_files.h"
#include "base/error.h"
#include "explore/check.h"
#include "explore/contents.h"
#include "explore/experiment.h"
#include "explore/search/search_spec.h"
#include "models/dataset_config.h"
#include "models/network_file.h"
#include "quant/quantize.h"

namespace tridex::explore {
namespace {

using std::filesystem::path;

FileKinds::Make of_kind(const FileKind& kind) {
  return [kind] { return std::make_unique<FileKind>(kind); };
}

/// Of files that hold one thing.
template <typename Read>
std::function<std::string(const path&)> one(Read read) {
  return [read](const path& file) {
    read(file);
    return std::string();
  };
}

const FileKinds::Entry kDesignFiles(
    "design", of_kind({"designs",
                       {"device", "memory", "engines", "copies", "clock_mhz", "ports", "buffers", "vector",
                        "spread", "packing", "depthwise_packing", "capabilities", "schedule", "mapping"},
                       [](const path& file) { return contents(arch::read_design(file)); }}));

const FileKinds::Entry kDeviceFiles(
    "device", of_kind({"devices",
                       {"part", "lut", "ff", "bram36", "uram", "dsp", "dsp_kind", "static_w"},
                       one([](const path& file) { arch::read_device_file(file); })}));

const FileKinds::Entry kMemoryFiles("memory", of_kind({"memories",
                                                       {"tck_ns", "bus_bits", "burst_length", "bank_groups",
                                                        "rows", "row_bytes", "cl", "cwl", "trcd", "trp",
                                                        "tras", "trfc", "trefi"},
                                                       one([](const path& file) {
                                                         arch::DramPower power;
                                                         arch::read_memory_file(file, power);
                                                       })}));

const FileKinds::Entry kRecipeFiles(
    "recipe",
    of_kind({"quant",
             {"weight_bits", "activation_bits", "attention_bits", "residual_bits", "divisor", "migration",
              "shift", "symmetric", "weight_range", "activation_range", "bias_correction", "gptq", "layers",
              "residual_scales", "depthwise_scales", "bounded_quotients"},
             one([](const path& file) { quant::read_recipe(Yaml::load(file)); })}));

const FileKinds::Entry kDatasetFiles(
    "dataset",
    of_kind({"datasets",
             {"task", "layout", "root", "scenes", "classes", "class_map", "resize", "normalize", "ignore"},
             one([](const path& file) { models::read_dataset_config(file); })}));

const FileKinds::Entry kNetworkFiles("network",
                                     of_kind({"networks",
                                              {"tridex_network", "input", "output", "nodes"},
                                              one([](const path& file) { models::read_network(file); })}));

const FileKinds::Entry kExperimentFiles("experiment",
                                        of_kind({"",
                                                 {"title", "rows", "networks", "reference"},
                                                 one([](const path& file) { read_experiment(file); })}));

/// The points too: each axis needs a value that gives a design, and constraints have to leave some.
const FileKinds::Entry kSweepFiles(
    "sweep", of_kind({"sweeps",
                      {"design", "networks", "fidelity", "frames", "seed", "axes", "zip", "timeout_seconds",
                       "derived", "constraints", "sample", "budget"},
                      [](const path& file) { return contents(read_sweep(file)); }}));

/// Its space too. Of its points only the corners are tried: there may be any number of them.
const FileKinds::Entry kSearchFiles("search",
                                    of_kind({"searches",
                                             {"algorithm", "objectives", "reference", "warm_start", "bounds",
                                              "predict", "prediction_margin"},
                                             [](const path& file) { return contents(read_search(file)); },
                                             "sweep"}));

}  // namespace
}  // namespace tridex::explore

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/console.h"
#include "arch/cost/cost.h"
#include "arch/design/starter.h"
#include "base/names.h"

namespace tridex::app {
namespace {

struct NewOptions {
  std::string file, from, device;
  JsonOption json;
};

constexpr const char* kDefaultDesign = "trio_vit_zcu102";

/// The design to start from: the one that is named, the preset for the device where there is one, the usual
/// one.
std::string start_of(const NewOptions& options) {
  if (!options.from.empty() || options.device.empty()) {
    return options.from.empty() ? kDefaultDesign : options.from;
  }
  const std::string preset = "trio_vit_" + options.device;
  return std::filesystem::is_regular_file(arch::config_root() / "designs" / (preset + ".yaml"))
             ? preset
             : kDefaultDesign;
}

int make(const NewOptions& options) {
  const std::filesystem::path file = options.file;
  if (file.extension() != ".yaml" && file.extension() != ".yml") {
    fail("{}: a design's name ends in .yaml", file.string());
  }
  if (std::filesystem::exists(std::filesystem::symlink_status(file))) {
    fail("{}: is there already, and is not overwritten", file.string());
  }
  if (!options.device.empty()) {
    arch::find_config(options.device, "devices");  // its error does not speak of the design
  }
  const std::string from = start_of(options);
  const std::vector<std::string> settings =
      options.device.empty() ? std::vector<std::string>{} : std::vector{"device=" + options.device};
  const arch::DesignPoint design = arch::read_design(arch::find_config(from, "designs"), settings);
  if (const arch::Cost cost = arch::estimate_cost(design); !cost.fits) {
    fmt::print(stderr, "tridex: warning: {} does not fit its device: {}\n", file.string(),
               join(cost.misfits));
  }
  write_output(file, arch::starter_text(design, file.stem().string()));
  if (options.json.print_text()) {
    fmt::print("{}: a design for {}, from {}\nNext: tridex check {}\n", file.string(), design.device.name,
               from, file.string());
  }
  options.json.write({{"file", file.string()}, {"from", from}, {"device", design.device.name}});
  return 0;
}

}  // namespace

void add_new(CLI::App& app, Action& action) {
  auto options = std::make_shared<NewOptions>();
  auto* command = app.add_subcommand("new", "write a design to begin with, every key explained");
  command->add_option("file", options->file, "the design's file, which must not be there")
      ->required()
      ->type_name("NAME.yaml");
  command
      ->add_option("--from", options->from,
                   "design that the values are taken from, or a name in configs/designs")
      ->type_name("DESIGN.yaml");
  command
      ->add_option("--device", options->device, "name in configs/devices; without --from its preset is taken")
      ->type_name("DEVICE");
  options->json.add(command);
  command->footer(
      "Examples:\n  tridex new mine.yaml --device u50\n"
      "  tridex new mine.yaml --from systolic_zcu102 && tridex run mine.yaml --model efficientvit_b0_r64");
  command->callback([options, &action] { action = [options] { return make(*options); }; });
}

}  // namespace tridex::app

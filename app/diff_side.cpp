#include "app/diff_side.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>

#include "app/console.h"
#include "app/stored_point.h"
#include "app/workload.h"
#include "arch/design/starter.h"
#include "arch/platform/run.h"
#include "base/error.h"
#include "base/file.h"
#include "base/names.h"
#include "explore/workers/fork_server.h"

namespace tridex::app {
namespace {

using explore::DiffSide;

/// An argument of the command line, or the --set options of one.
struct Asked {
  std::string text;
  const std::vector<std::string>* settings = nullptr;
  std::optional<arch::DesignPoint> design;  ///< of a design that is to be run
  std::optional<PointName> point;
  explore::PointRow row;  ///< the point's
};

bool is_result(const std::string& text) {
  return std::filesystem::path(text).extension() == ".json";
}

/// Settings of the run that a result was made with.
void take_run(DiffSide& side) {
  for (const char* key : {"model", "fidelity", "frames", "seed", "version", "recipe", "network"}) {
    if (side.result.contains(key)) {
      const nlohmann::json& value = side.result[key];
      side.others[key] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
}

DiffSide result_side(const std::string& file) {
  DiffSide side;
  side.name = file;
  side.result = nlohmann::json::parse(read_text(file), nullptr, false);
  if (!side.result.is_object()) {
    fail("{}: is not the JSON of a run (tridex run --json FILE writes one)", file);
  }
  if (const auto text = side.result.find("design_yaml"); text != side.result.end() && text->is_string()) {
    side.design = text->get<std::string>();
  }
  take_run(side);
  return side;
}

DiffSide point_side(const PointName& name, const explore::Store& store, const explore::PointRow& point) {
  DiffSide side;
  side.name = name.folder.string() + "#" + name.hash;
  if (point.status != "ok") {
    fail("{}: has no result: {}: {}", side.name, point.status, point.reason);
  }
  side.design = point.design;
  side.result = store.result(point.hash);
  take_run(side);
  side.others["recipe"] = point.recipe;
  side.others["network"] = point.network_hash;
  return side;
}

void check_options(const DiffSideOptions& options, bool design) {
  const bool network = !options.model.empty() || !options.net.empty();
  if (network && !design) {
    fail("{}: neither {} nor {} is a design that could be run", options.model.empty() ? "--net" : "--model",
         options.a, options.b);
  }
  if (!options.fidelity.empty() && arch::fidelity_by_name(options.fidelity) != arch::Fidelity::kTimed &&
      arch::fidelity_by_name(options.fidelity) != arch::Fidelity::kAnalytic) {
    fail("--fidelity {}: expected timed or analytic", options.fidelity);
  }
}

/// What is said, and of a point beside the design what it ran.
PointRun what_designs_run(const DiffSideOptions& options, const Asked (&asked)[2]) {
  const arch::RunOptions usual;
  PointRun what{options.net,  options.model, options.recipe, arch::fidelity_name(usual.fidelity),
                usual.frames, usual.seed};
  const Asked& beside = asked[asked[0].point ? 0 : 1];
  if (beside.point && options.net.empty() && options.model.empty()) {
    const auto its = run_of(*beside.point, beside.row);
    if (!its) {
      fail("{}: the network that it ran is not in its folder, say --net net.tdx or --model MODEL",
           beside.text);
    }
    what = *its;
  } else if (beside.point) {
    what.fidelity = beside.row.fidelity;
    what.frames = beside.row.frames;
    what.seed = beside.row.seed;
  }
  if (!options.fidelity.empty()) {
    what.fidelity = options.fidelity;
  } else if (what.fidelity != arch::fidelity_name(arch::Fidelity::kAnalytic)) {
    what.fidelity = arch::fidelity_name(usual.fidelity);  // the same cycles, without values
  }
  what.frames = options.frames == 0 ? what.frames : options.frames;
  return what;
}

/// Runs the designs, each in a process of its own (SystemC elaborates once in a process). Their results in
/// order.
std::vector<nlohmann::json> run_designs(const std::vector<const Asked*>& asked,
                                        const quant::IntegerGraph& graph,
                                        const arch::RunOptions& run_options) {
  explore::ForkServer server({[&](const nlohmann::json& request, const explore::ForkServer::Progress&) {
                                const Asked& one = *asked[request.at("number").get<size_t>()];
                                return arch::json_text(arch::run(*one.design, graph, run_options).result);
                              },
                              {}});
  std::map<int, size_t> numbers;
  for (size_t i = 0; i < asked.size(); ++i) {
    numbers[server.start({{"number", i}}, 0)] = i;
  }
  std::vector<nlohmann::json> results(asked.size());
  while (!numbers.empty()) {
    const auto event = server.wait(1);
    if (!event || event->progress) {
      continue;
    }
    const size_t number = numbers.at(event->id);
    if (event->outcome.status != explore::Outcome::Status::kOk) {
      const std::string what = asked[number]->text + ": " + event->outcome.reason;
      if (event->outcome.status == explore::Outcome::Status::kError) {
        fail("{}", what);
      }
      throw std::runtime_error(what);
    }
    results[number] = nlohmann::json::parse(event->outcome.result);
    numbers.erase(event->id);
  }
  return results;
}

/// Both designs with every key, so that one that is left out is no difference from its default. As they are
/// where one of them cannot be read any more, because a file that it names is gone.
void complete_designs(DiffSide (&sides)[2]) {
  if (!sides[0].design || !sides[1].design) {
    return;
  }
  try {
    std::string texts[2];
    for (size_t i = 0; i < 2; ++i) {
      const auto design = arch::read_design(Yaml::parse(*sides[i].design, sides[i].name));
      texts[i] = arch::starter_text(design, design.name);
    }
    sides[0].design = texts[0];
    sides[1].design = texts[1];
  } catch (const Error&) {
  }
}

std::pair<DiffSide, DiffSide> complete(DiffSide (&sides)[2]) {
  complete_designs(sides);
  return {std::move(sides[0]), std::move(sides[1])};
}

}  // namespace

void DiffSideOptions::add(CLI::App* command) {
  command->add_option("a", a, "design, result or point of a store")->required()->type_name("A");
  command->add_option("b", b, "another one")->required()->type_name("B");
  command->add_option("--model", model, "network, or network file NAME.yaml, that designs run")
      ->type_name("MODEL");
  command->add_option("--net", net, "quantized network that designs run")->type_name("net.tdx");
  command->add_option("--recipe", recipe, "widths for --model (default)")->type_name("RECIPE.yaml");
  command
      ->add_option(
          "--fidelity", fidelity,
          "timed (default, or what a point beside a design has), or analytic: bounds, without stalls")
      ->type_name("LEVEL");
  command->add_option("--frames", frames, "frames to run (3, or those of a point beside a design)")
      ->check(CLI::Range(1, 1000));
  for (const auto& [name, settings] : {std::pair{"--set-a", &set_a}, std::pair{"--set-b", &set_b}}) {
    command
        ->add_option(name, *settings,
                     fmt::format("override a key of design {}: copies=8", name[6] == 'a' ? 'A' : 'B'))
        ->type_name("key=value")
        ->allow_extra_args(false);
  }
}

std::pair<DiffSide, DiffSide> diff_sides(const DiffSideOptions& options) {
  Asked asked[] = {{options.a, &options.set_a, {}, {}, {}}, {options.b, &options.set_b, {}, {}, {}}};
  DiffSide sides[2];
  std::vector<const Asked*> designs;
  for (size_t i = 0; i < 2; ++i) {
    Asked& one = asked[i];
    one.point = point_name(one.text);
    if (one.point || is_result(one.text)) {
      if (!one.settings->empty()) {
        fail("--set-{} {}: {} is not a design", i == 0 ? 'a' : 'b', one.settings->front(), one.text);
      }
      if (one.point) {
        const auto store = explore::Store::open_existing(one.point->folder);
        one.row = stored_point(store, *one.point);
        sides[i] = point_side(*one.point, store, one.row);
      } else {
        sides[i] = result_side(one.text);
      }
      continue;
    }
    const auto file = arch::find_config(one.text, "designs");
    one.design =
        read_with_settings(*one.settings, [&](const auto& set) { return arch::read_design(file, set); });
    designs.push_back(&one);
  }
  check_options(options, !designs.empty());
  if (designs.empty()) {
    return complete(sides);
  }
  const PointRun what = what_designs_run(options, asked);
  Workload work;
  work.model = what.model;
  work.net = what.net;
  work.recipe = what.recipe;
  const quant::IntegerGraph graph = work.network(false);
  arch::RunOptions run_options;
  run_options.fidelity = arch::fidelity_by_name(what.fidelity);
  run_options.frames = what.frames;
  run_options.seed = what.seed;
  std::vector<nlohmann::json> results = run_designs(designs, graph, run_options);
  for (size_t i = 0, next = 0; i < 2; ++i) {
    if (asked[i].design) {
      sides[i].name = asked[i].settings->empty()
                          ? asked[i].text
                          : fmt::format("{} with {}", asked[i].text, join(*asked[i].settings));
      sides[i].design = asked[i].design->text;
      sides[i].result = std::move(results[next++]);
      take_run(sides[i]);
      sides[i].others["recipe"] = graph.recipe;
      sides[i].others["network"] = graph.hash();
    }
  }
  return complete(sides);
}

}  // namespace tridex::app

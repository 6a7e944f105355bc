#include "explore/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "app/command.h"
#include "app/console.h"
#include "app/diff_side.h"
#include "base/names.h"

namespace tridex::app {
namespace {

using explore::CycleItem;
using explore::Diff;
using explore::DiffSide;

struct Options : DiffOptions {
  bool all_layers = false;
  JsonOption json;
};

constexpr size_t kShownLayers = 12;
constexpr size_t kShownCauses = 3;

constexpr const char* kFooter = R"(A and B are each one of
  a design              a name in configs/designs or a file; it is run on --model or --net (--set-a, --set-b change it)
  a result              FILE.json that tridex run --json wrote
  a point of a store    DIR#HASH; the beginning of the hash will do (column hash of tridex query)
The layers' cycles add up to the frame's. Of a layer they are those by which it ends later than all layers before
it; they are divided as its engines' cycles from its start to its end were: busy, and what they waited for.
A module's cycles are those of all frames.
Examples:
  tridex diff mat_only_zcu102 trio_vit_zcu102 --model efficientvit_b1_r224
  tridex diff trio_vit_zcu102 trio_vit_zcu102 --model efficientvit_b0_r64 --set-b copies=8
  tridex diff out/b1#3f02 out/b1#a1 --json -)";

std::string signed_number(int64_t value) {
  return (value > 0 ? "+" : "") + grouped(value);
}

/// The causes that changed most, "weights.bandwidth -1,200".
std::string changed_most(const CycleItem& item) {
  std::vector<std::pair<int64_t, std::string>> sorted;
  for (const auto& [cause, pair] : item.causes) {
    if (pair.difference() != 0) {
      sorted.emplace_back(-std::abs(pair.difference()), cause);
    }
  }
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> words;
  for (const auto& [size, cause] : sorted) {
    if (words.size() < kShownCauses) {
      words.push_back(cause + " " + signed_number(item.causes.at(cause).difference()));
    }
  }
  if (sorted.size() > kShownCauses) {
    words.push_back("...");
  }
  return join(words);
}

/// Items, those that changed most first, all but the `limit` first in one line, and the sum of all.
void print_items(const char* title, const std::vector<CycleItem>& items, size_t limit, const CycleItem& sum) {
  std::vector<const CycleItem*> sorted;
  for (const auto& item : items) {
    sorted.push_back(&item);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto* x, const auto* y) {
    return std::abs(x->cycles.difference()) > std::abs(y->cycles.difference());
  });
  Table table({title, ">A", ">B", ">B - A", "changed most"});
  const auto row = [&](const CycleItem& item, const std::string& name) {
    table.row({name, grouped(item.cycles.a), grouped(item.cycles.b), signed_number(item.cycles.difference()),
               changed_most(item)});
  };
  CycleItem others;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i < limit) {
      row(*sorted[i], sorted[i]->name);
      continue;
    }
    others.cycles.a += sorted[i]->cycles.a;
    others.cycles.b += sorted[i]->cycles.b;
    for (const auto& [cause, pair] : sorted[i]->causes) {
      others.causes[cause].a += pair.a;
      others.causes[cause].b += pair.b;
    }
  }
  if (sorted.size() > limit) {
    row(others, fmt::format("({} others)", sorted.size() - limit));
  }
  row(sum, "all");
  fmt::print("\n{}", table.text());
}

void print_causes(const CycleItem& frame) {
  std::vector<CycleItem> causes;
  for (const auto& [cause, pair] : frame.causes) {
    causes.push_back({cause, pair, {}});
  }
  print_items("what the frame's cycles went to", causes, causes.size(), {frame.name, frame.cycles, {}});
}

double number(const DiffSide& side, const char* pointer) {
  const nlohmann::json::json_pointer at(pointer);
  return side.result.contains(at) && side.result.at(at).is_number() ? side.result.at(at).get<double>() : 0;
}

/// In MHz.
double clock_of(const DiffSide& side) {
  const double latency = number(side, "/latency_ms");
  return latency > 0 ? number(side, "/cycles") / latency * 1e-3 : 0;
}

void print_summary(const DiffSide& a, const DiffSide& b) {
  Table table({"", "A", "B", ">B / A"});
  const auto row = [&](const char* what, double of_a, double of_b, const char* format) {
    const auto text = [&](double value) {
      return value > 0 ? fmt::format(fmt::runtime(format), value) : "not known";
    };
    table.row({what, text(of_a), text(of_b), of_a > 0 && of_b > 0 ? fmt::format("{:.3f}", of_b / of_a) : ""});
  };
  table.row({"", a.name, b.name, ""});
  row("cycles of the first frame", number(a, "/cycles"), number(b, "/cycles"), "{:.0f}");
  row("clock, MHz", clock_of(a), clock_of(b), "{:.6g}");
  row("latency, ms", number(a, "/latency_ms"), number(b, "/latency_ms"), "{:.4f}");
  row("frames a second", number(a, "/fps"), number(b, "/fps"), "{:.2f}");
  row("DSP", number(a, "/cost/dsp"), number(b, "/cost/dsp"), "{:.0f}");
  row("energy of a frame, mJ", number(a, "/energy_mj"), number(b, "/energy_mj"), "{:.3f}");
  fmt::print("{}", table.text());
}

void print_keys(const Diff& result) {
  if (result.keys.empty()) {
    fmt::print("\nno key differs\n");
    return;
  }
  Table table({"key", "A", "B"});
  for (const auto& key : result.keys) {
    table.row({key.key, key.a.value_or("(left out)"), key.b.value_or("(left out)")});
  }
  fmt::print("\n{}", table.text());
}

/// Why B is faster, in a sentence.
void print_verdict(const DiffSide& a, const DiffSide& b, const Diff& result) {
  const double of_a = number(a, "/latency_ms"), of_b = number(b, "/latency_ms");
  const int64_t cycles = result.frame.cycles.difference();
  if (of_a <= 0 || of_b <= 0) {
    return;
  }
  if (of_a == of_b) {
    fmt::print("\nA frame takes the same time in A and in B.\n");
    return;
  }
  const bool faster = of_b < of_a;
  fmt::print("\n{} is {:.3f} times as fast for one frame: {:.4f} ms less", faster ? "B" : "A",
             faster ? of_a / of_b : of_b / of_a, std::abs(of_a - of_b));
  const double clock_a = clock_of(a);
  if (std::abs(clock_a - clock_of(b)) > 1e-6 * clock_a) {
    fmt::print("; at A's clock B would take {:.4f} ms", number(b, "/cycles") / clock_a * 1e-3);
  }
  fmt::print(", {} cycles of B - A\n", signed_number(cycles));
}

int run_diff(const Options& options) {
  const auto [a, b] = diff_sides(options);
  const Diff result = explore::diff(a, b);
  print_remarks(result.warnings);
  if (options.json.print_text()) {
    print_summary(a, b);
    print_verdict(a, b, result);
    print_keys(result);
    print_items("layer", result.layers, options.all_layers ? result.layers.size() : kShownLayers,
                result.frame);
    print_causes(result.frame);
    if (!result.modules.empty()) {
      Table table({"module, all frames", ">A", ">B", ">B - A", "changed most"});
      for (const auto& module : result.modules) {
        table.row({module.name, grouped(module.cycles.a), grouped(module.cycles.b),
                   signed_number(module.cycles.difference()), changed_most(module)});
      }
      fmt::print("\n{}", table.text());
    }
  }
  nlohmann::json json = to_json(result);
  for (const auto& [name, side] : {std::pair{"a", &a}, std::pair{"b", &b}}) {
    json[name] = {{"name", side->name},
                  {"cycles", side->result["cycles"]},
                  {"latency_ms", side->result["latency_ms"]},
                  {"fps", side->result["fps"]}};
  }
  options.json.write(json);
  return 0;
}

}  // namespace

void add_diff(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("diff", "why one design is faster than another");
  options->add(command);
  command->add_flag("--layers", options->all_layers, "print every layer");
  options->json.add(command);
  command->footer(kFooter);
  command->callback([options, &action] { action = [options] { return run_diff(*options); }; });
}

}  // namespace tridex::app

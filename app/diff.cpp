#include "explore/report/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "app/command.h"
#include "app/console.h"
#include "app/diff_side.h"
#include "explore/report/figures.h"

namespace tridex::app {
namespace {

using explore::CycleItem;
using explore::Diff;
using explore::DiffSide;

struct DiffOptions : DiffSideOptions {
  bool all_layers = false;
  JsonOption json;
};

constexpr size_t kShownDifferences = 12;

constexpr const char* kDiffFooter = R"(A and B are each one of
  a design              a name in configs/designs or a file; it is run on --model or --net (--set-a, --set-b change it)
  a result              FILE.json that tridex run --json wrote
  a point of a store    DIR#HASH; the beginning of the hash will do (column hash of tridex query); a design beside it
                        runs its network, where nothing else is said
The layers' cycles add up to the frame's. Of a layer they are those by which it ends later than all layers before
it; they are divided as its engines' cycles from its start to its end were: busy, and what they waited for.
What passed before a layer began, with those before it at their end, is its before_start.
A module's cycles are those of all frames.
Examples:
  tridex diff mat_only_zcu102 trio_vit_zcu102 --model efficientvit_b1_r224
  tridex diff trio_vit_zcu102 trio_vit_zcu102 --model efficientvit_b0_r64 --set-b copies=8
  tridex diff out/b1#3f02 out/b1#a1 --json -)";

std::string signed_number(int64_t value) {
  return (value > 0 ? "+" : "") + grouped(value);
}

/// The causes that changed most, as many as there is room for: "weights.bandwidth -1,200, ...".
std::string changed_most(const CycleItem& item, size_t room) {
  std::vector<std::pair<int64_t, std::string>> sorted;
  for (const auto& [cause, pair] : item.causes) {
    if (pair.difference() != 0) {
      sorted.emplace_back(-std::abs(pair.difference()), cause + " " + signed_number(pair.difference()));
    }
  }
  std::sort(sorted.begin(), sorted.end());
  constexpr const char* kMore = ", ...";
  std::string text;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const std::string longer = (i == 0 ? "" : text + ", ") + sorted[i].second;
    const bool last = i + 1 == sorted.size();
    if (i > 0 && longer.size() + (last ? 0 : std::strlen(kMore)) > room) {
      return text + kMore;
    }
    text = longer;
  }
  return text;
}

/// A table of items with their causes, as wide as a line.
std::string items_text(const char* title, const std::vector<CycleItem>& items) {
  std::vector<std::array<std::string, 4>> rows;
  std::array<size_t, 4> width{std::strlen(title), 1, 1, std::strlen("B - A")};
  for (const auto& item : items) {
    rows.push_back({explore::short_layer(item.name), grouped(item.cycles.a), grouped(item.cycles.b),
                    signed_number(item.cycles.difference())});
    for (size_t i = 0; i < width.size(); ++i) {
      width[i] = std::max(width[i], rows.back()[i].size());
    }
  }
  size_t used = 0;
  for (const size_t one : width) {
    used += one + Table::kGap;
  }
  Table table({title, ">A", ">B", ">B - A", "changed most"});
  for (size_t i = 0; i < items.size(); ++i) {
    table.row({rows[i][0], rows[i][1], rows[i][2], rows[i][3],
               changed_most(items[i], kLineWidth - std::min(used, kLineWidth))});
  }
  return table.text();
}

/// Items, those that changed most first, all but the `limit` first in one line, and the sum of all.
void print_items(const char* title, std::vector<CycleItem> items, size_t limit, CycleItem sum) {
  std::stable_sort(items.begin(), items.end(), [](const auto& x, const auto& y) {
    return std::abs(x.cycles.difference()) > std::abs(y.cycles.difference());
  });
  if (items.size() > limit) {
    CycleItem others;
    others.name = fmt::format("({} others)", items.size() - limit);
    for (size_t i = limit; i < items.size(); ++i) {
      others.cycles.a += items[i].cycles.a;
      others.cycles.b += items[i].cycles.b;
      for (const auto& [cause, pair] : items[i].causes) {
        others.causes[cause].a += pair.a;
        others.causes[cause].b += pair.b;
      }
    }
    items.resize(limit);
    items.push_back(std::move(others));
  }
  sum.name = "all";
  items.push_back(std::move(sum));
  fmt::print("\n{}", items_text(title, items));
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

void print_sides(const DiffSide& a, const DiffSide& b) {
  fmt::print("A: {}\nB: {}\n\n", a.name, b.name);
  Table table({"", ">A", ">B", ">B / A"});
  const auto row = [&](const char* what, double of_a, double of_b, const char* format) {
    const auto text = [&](double value) {
      return value > 0 ? fmt::format(fmt::runtime(format), value) : "not known";
    };
    table.row({what, text(of_a), text(of_b), of_a > 0 && of_b > 0 ? fmt::format("{:.3f}", of_b / of_a) : ""});
  };
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
  if (of_a <= 0 || of_b <= 0) {
    return;
  }
  if (of_a == of_b) {
    fmt::print("\nA frame takes the same time in A and in B.\n");
    return;
  }
  const bool faster = of_b < of_a;
  fmt::print("\n{} is {:.3f} times as fast for one frame: {:.4f} ms less (B - A: {} cycles)\n",
             faster ? "B" : "A", faster ? of_a / of_b : of_b / of_a, std::abs(of_a - of_b),
             signed_number(result.frame.cycles.difference()));
  const double clock_a = clock_of(a);
  if (std::abs(clock_a - clock_of(b)) > 1e-6 * clock_a) {
    fmt::print("At A's clock B would take {:.4f} ms.\n", number(b, "/cycles") / clock_a * 1e-3);
  }
}

int run_diff(const DiffOptions& options) {
  const auto [a, b] = diff_sides(options);
  const Diff result = explore::diff(a, b);
  print_remarks(result.warnings);
  if (options.json.print_text()) {
    print_sides(a, b);
    print_verdict(a, b, result);
    print_keys(result);
    print_items("layer", result.layers, options.all_layers ? result.layers.size() : kShownDifferences,
                result.frame);
    print_causes(result.frame);
    if (!result.modules.empty()) {
      fmt::print("\n{}", items_text("module, all frames", result.modules));
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
  auto options = std::make_shared<DiffOptions>();
  auto* command = app.add_subcommand("diff", "why one design is faster than another");
  options->add(command);
  command->add_flag("--layers", options->all_layers, "print every layer");
  options->json.add(command);
  command->footer(kDiffFooter);
  command->callback([options, &action] { action = [options] { return run_diff(*options); }; });
}

}  // namespace tridex::app

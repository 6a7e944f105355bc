#include "explore/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "app/command.h"
#include "app/console.h"
#include "app/front_table.h"
#include "app/interrupt.h"
#include "base/error.h"
#include "base/file.h"
#include "explore/report/buffer_use.h"
#include "explore/report/page_data.h"

namespace tridex::app {
namespace {

struct ReportOptions {
  std::string folder;
  JsonOption json;
};

/// Points that are run again for their buffers: a timed run of EfficientViT-B1 takes a tenth of a second.
constexpr size_t kBufferPoints = 16;

int report(const ReportOptions& options) {
  const std::filesystem::path folder = options.folder;
  // Forks its server, so it comes before the database is open.
  std::optional<explore::BufferUse> buffers;
  if (std::filesystem::exists(folder / "store.sqlite")) {
    buffers.emplace(folder);
  }
  const explore::Store store = explore::Store::open_existing(folder);
  explore::Report report = explore::make_report(store.rows(explore::Store::Layers::kWithout));
  if (report.rows.empty()) {
    fail("{}: holds no point yet", (folder / "store.sqlite").string());
  }
  for (const size_t i : explore::points_of_fronts(report)) {
    report.rows[i].result = store.result(report.rows[i].hash);
  }
  const std::vector<size_t> order = explore::by_interest(report);
  for (size_t k = 0; k < std::min(order.size(), kBufferPoints); ++k) {
    explore::PointRow& row = report.rows[order[k]];
    row.result["buffers"] = buffers->of(row);
  }
  const explore::PageSources sources{[&](const std::string& hash) { return store.result(hash); },
                                     explore::read_search(folder)};
  const InterruptShield shield;
  const auto page = folder / "report.html";
  write_file(page, explore::report_page(report, sources));
  if (verbosity() != Verbosity::kQuiet) {
    fmt::print(stderr, "tridex: {} is written; now the figures\n", page.string());
  }
  write_file(folder / "points.csv", explore::points_csv(report.rows));
  const explore::Figures figures = explore::write_figures(report, sources.search, folder / "figures");
  if (options.json.print_text()) {
    fmt::print("{}\n", front_text(report));
    fmt::print("{}\n", page.string());
    if (!figures.files.empty()) {  // each as PNG and SVG
      fmt::print("{}: {} figures, PNG and SVG\n", (folder / "figures").string(), figures.files.size() / 2);
    }
  }
  if (!figures.missing.empty()) {
    fmt::print(stderr, "tridex: no PNG and SVG figures: {}\n", figures.missing);
  }
  options.json.write(to_json(report));
  return 0;
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  auto options = std::make_shared<ReportOptions>();
  auto* command = app.add_subcommand("report", "report.html and figures of a sweep's output folder");
  command->add_option("folder", options->folder, "output folder of a sweep")->required()->type_name("DIR");
  options->json.add(command);
  command->footer(
      "Writes report.html (one file, opens offline), points.csv, and figures/*.png and *.svg (by gnuplot).\n"
      "Example:\n  tridex report out/b1");
  command->callback([options, &action] { action = [options] { return report(*options); }; });
}

}  // namespace tridex::app

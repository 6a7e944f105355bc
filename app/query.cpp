#include "explore/store/query.h"

#include <fmt/format.h>

#include <memory>

#include "app/command.h"
#include "app/console.h"
#include "app/query_table.h"

namespace tridex::app {
namespace {

struct QueryOptions {
  std::string folder, csv;
  explore::Query query;
  bool list = false;
  JsonOption json;
};

constexpr const char* kQueryFooter =
    R"(Columns are those of points.csv: numbers of the result, keys of the axes, model, recipe, status, accuracy, ...
(--list-columns has all); design and log are texts of several lines. The table shows the most usual ones, files
hold all of them, both those of --columns where it is given.
  --where "dsp < 1000"     one of < <= > >= = !=; several must all hold; "accuracy !=" : it has one
  --front fps,dsp          points that no other one beats in all of these, of those that --where leaves; points that
                           do not fit their device are among them: --where fits=1. Where it is not plain which way
                           is better: copies:min, copies:max
Examples:
  tridex query out/b1 --where "dsp < 1000" --where fits=1 --sort fps --limit 10
  tridex query out/b1 --front fps,dsp --columns hash,copies,fps,dsp --csv front.csv)";

int query(const QueryOptions& options) {
  const std::vector<explore::PointRow> rows =
      explore::Store::open_existing(options.folder).rows(explore::Store::Layers::kWithout);
  if (options.list) {
    nlohmann::json names = nlohmann::json::array();
    for (const auto& column : explore::query_columns(rows)) {
      names.push_back(column.name);
    }
    if (options.json.print_text()) {
      for (const auto& name : names) {
        fmt::print("{}\n", name.get<std::string>());
      }
    }
    options.json.write({{"columns", names}});
    return 0;
  }
  const bool csv_on_standard_output = options.csv == "-";
  if (csv_on_standard_output && options.json.on_standard_output()) {
    fail("--csv - and --json -: only one can be the standard output");
  }
  if (!options.csv.empty() || options.json.wanted()) {
    const explore::QueryResult result = explore::query(rows, options.query);
    if (csv_on_standard_output) {
      fmt::print("{}", explore::to_csv(result));
    } else if (!options.csv.empty()) {
      write_output(options.csv, explore::to_csv(result));
    }
    options.json.write({{"points", rows.size()}, {"columns", result.columns}, {"rows", to_json(result)}});
  }
  if (options.json.print_text() && !csv_on_standard_output) {
    fmt::print("{}", query_text(rows, options.query));
  }
  return 0;
}

}  // namespace

void add_query(CLI::App& app, Action& action) {
  auto options = std::make_shared<QueryOptions>();
  auto* command = app.add_subcommand("query", "filter, sort and export the points of a sweep");
  command->add_option("folder", options->folder, "output folder of a sweep")->required()->type_name("DIR");
  command->add_option("--where", options->query.where, "only points for which this holds; may be repeated")
      ->type_name("\"COLUMN < VALUE\"")
      ->allow_extra_args(false);
  command->add_option("--front", options->query.front, "only the Pareto front of these columns")
      ->delimiter(',')
      ->type_name("COLUMN,...")
      ->allow_extra_args(false);
  command
      ->add_option("--sort", options->query.sort, "best first; COLUMN:min, COLUMN:max say which end that is")
      ->type_name("COLUMN");
  command->add_option("--limit", options->query.limit, "at most so many points")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--columns", options->query.columns, "columns of table and files, in this order")
      ->delimiter(',')
      ->type_name("COLUMN,...")
      ->allow_extra_args(false);
  command->add_option("--csv", options->csv, "write the points as CSV; - writes them to the standard output")
      ->type_name("FILE.csv");
  command->add_flag("--list-columns", options->list, "the names of all columns");
  options->json.add(command);
  command->footer(kQueryFooter);
  command->callback([options, &action] { action = [options] { return query(*options); }; });
}

}  // namespace tridex::app

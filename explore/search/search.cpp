#include "explore/search/search.h"

#include <algorithm>
#include <chrono>

#include "base/file.h"
#include "explore/search/search_evaluator.h"
#include "explore/search/search_seeds.h"

namespace tridex::explore {
namespace {

using nlohmann::json;

/// One search, from the parent's side.
class SearchRun {
 public:
  SearchRun(const Search& search, const SearchOptions& options, const SearchCallbacks& callbacks)
      : search_(search),
        options_(options),
        callbacks_(callbacks),
        pool_callbacks_{[this](const SweepProgress& p) {
                          if (callbacks_.progress) {
                            callbacks_.progress(progress(p.stage, p.done, p.total));
                          }
                        },
                        [this] { return stopped(); }},
        space_(search.sweep),
        // what is wrong with the space is told before the pool makes files
        pool_((space_.check(), search.sweep), space_.networks().variants(),
              {options.folder, options.jobs, options.retry, std::nullopt, begin_},
              [this](const json& design) { return space_.read(design.get<Settings>()); }, pool_callbacks_) {}

  SearchSummary run() {
    std::string end;
    try {
      evaluator_.emplace(search_, options_, space_, pool_, [this] { show_running(); });
      optimize(problem(),
               {search_.algorithm, search_.population, search_.generations, search_.seed, first()});
      end = "generations";
    } catch (const SearchEnd&) {
      end = evaluator_->counts().end;
    } catch (const Interrupted&) {
      end = stopped() ? "interrupted" : "minutes";
    }
    SearchSummary summary = evaluator_ ? this->summary() : SearchSummary();
    summary.end = end;
    summary.interrupted = end == "interrupted";
    if (evaluator_) {
      write(summary);
      show();
    }
    const auto csv = options_.folder / "points.csv";
    if (summary.evaluations > summary.already || !std::filesystem::exists(csv)) {
      write_file(csv, points_csv(pool_.recorder().rows()));
    }
    return summary;
  }

 private:
  OptimizerProblem problem() {
    return {space_.sizes(), space_.ordered(), search_.objectives.size(),
            [this](const std::vector<Choice>& choices) { return evaluate(choices); },
            [this](const Choice& choice) { return evaluator_->known(choice); }};
  }

  /// The first population; a random search has none, so that it stays what others are compared with.
  std::vector<Choice> first() {
    if (search_.algorithm == "random" || search_.algorithm == "exhaustive") {
      return {};
    }
    return first_choices(search_, space_, *evaluator_, [this] { go_on(); });
  }

  std::vector<Costs> evaluate(const std::vector<Choice>& choices) {
    go_on();
    const size_t before = evaluator_->counts().generations.size();
    std::vector<Costs> costs = evaluator_->evaluate(choices);
    if (evaluator_->counts().generations.size() > before) {
      write(summary());
      show();
    }
    return costs;
  }

  [[nodiscard]] SearchSummary summary() const {
    SearchSummary summary = evaluator_->counts();
    const Costs& reference = evaluator_->front().reference();
    for (size_t i = 0; i < reference.size(); ++i) {
      summary.reference.push_back(search_.objectives[i].maximize ? -reference[i] : reference[i]);
    }
    for (const auto& point : evaluator_->front().points()) {
      summary.front.push_back(point.row);
    }
    summary.fits = evaluator_->fits();
    std::sort(summary.front.begin(), summary.front.end(),
              [](const PointRow& a, const PointRow& b) { return a.hash < b.hash; });
    return summary;
  }

  void write(const SearchSummary& summary) const {
    write_file(options_.folder / "search.json", to_json(search_, summary).dump(2) + "\n");
  }

  [[nodiscard]] size_t wanted() const {
    const size_t space = evaluator_->counts().space;
    return search_.evaluations > 0 ? std::min(search_.evaluations, space) : space;
  }

  void show() const {
    if (callbacks_.progress) {
      callbacks_.progress(progress("search", evaluator_->counts().evaluations, wanted()));
    }
  }

  /// Not the last point, whose batch has no hypervolume yet.
  void show_running() const {
    if (evaluator_->counts().evaluations < wanted()) {
      show();
    }
  }

  [[nodiscard]] SearchProgress progress(const std::string& stage, size_t done, size_t total) const {
    if (!evaluator_) {
      return {stage, done, total};
    }
    const SearchSummary& counts = evaluator_->counts();
    const double volume =
        counts.generations.empty() ? evaluator_->front().volume() : counts.generations.back().hypervolume;
    return {stage,
            done,
            total,
            counts.evaluations,
            counts.already,
            counts.failed,
            counts.pruned,
            counts.predicted_out,
            evaluator_->front().points().size(),
            volume};
  }

  [[nodiscard]] bool stopped() const { return callbacks_.stop && callbacks_.stop(); }
  /// Interrupted: not where the user wants an end, or the minutes are used up.
  void go_on() const {
    if (stopped() || pool_.out_of_time()) {
      throw Interrupted();
    }
  }

  const Search& search_;
  const SearchOptions& options_;
  const SearchCallbacks& callbacks_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  SweepCallbacks pool_callbacks_;
  SearchSpace space_;  // before the pool: its children read designs with it
  PointPool pool_;
  std::optional<SearchEvaluator> evaluator_;
};

}  // namespace

json to_json(const Search& search, const SearchSummary& summary) {
  json objectives = json::array(), generations = json::array();
  for (const auto& objective : search.objectives) {
    objectives.push_back(
        {{"name", objective.name}, {"direction", objective.maximize ? "maximize" : "minimize"}});
  }
  for (const auto& generation : summary.generations) {
    generations.push_back({{"evaluations", generation.evaluations}, {"hypervolume", generation.hypervolume}});
  }
  json front = json::array(), points = json::array(), fits = json::array();
  for (const auto& row : summary.front) {
    json figures = json::object();
    for (const auto& objective : search.objectives) {
      figures[objective.name] = figure_of(objective.name, row).value_or(0);
    }
    front.push_back(row.hash);
    points.push_back({{"hash", row.hash},
                      {"model", row.model},
                      {"recipe", row.recipe},
                      {"settings", row.settings},
                      {"figures", figures}});
  }
  for (const auto& one : summary.fits) {
    fits.push_back({{"model", one.model},
                    {"recipe", one.recipe},
                    {"settings", one.settings},
                    {"noise", one.noise},
                    {"accuracy", one.accuracy},
                    {"fitted", one.fitted}});
  }
  return {{"name", search.sweep.name},
          {"algorithm", search.algorithm},
          {"seed", search.seed},
          {"space", summary.space},
          {"evaluations", summary.evaluations},
          {"already", summary.already},
          {"failed", summary.failed},
          {"excluded", summary.excluded},
          {"pruned", summary.pruned},
          {"predicted_out", summary.predicted_out},
          {"networks", summary.networks},
          {"networks_made", summary.networks_made},
          {"refused", summary.refused},
          {"end", summary.end},
          {"objectives", objectives},
          {"reference", summary.reference},
          {"generations", generations},
          {"front", front},
          {"front_points", points},
          {"fits", fits}};
}

SearchSummary run_search(const Search& search, const SearchOptions& options,
                         const SearchCallbacks& callbacks) {
  return SearchRun(search, options, callbacks).run();
}

}  // namespace tridex::explore

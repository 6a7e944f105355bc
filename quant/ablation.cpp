#include "quant/ablation.h"

#include <algorithm>
#include <chrono>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "models/linear_classifier.h"
#include "quant/integer_executor.h"
#include "quant/requirements.h"

namespace tridex::quant {

namespace {

/// Images in flight: results are scored in order, so that sums of doubles do not depend on the number of
/// threads.
constexpr size_t kBatch = 16;

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void fill(AblationRow& row, const models::Score& score, models::Task task) {
  if (task == models::Task::kSegmentation) {
    row.pixel_accuracy = score.pixel_accuracy();
    row.miou = score.miou();
  } else {
    row.top1 = score.top1();
    row.top5 = score.top5();
  }
  if (score.compared()) {
    row.sqnr_db = score.sqnr_db();
    row.agreement = score.agreement();
    row.difference = score.difference();
    row.compared = true;
  }
}

/// Runs `run(i, sample)` over a data set, scores its logits in order, and compares them with `reference` if
/// there is one. report(done, total).
template <typename Run, typename Report>
void evaluate(const models::Dataset& test, unsigned threads, models::Score& score, const Run& run,
              const std::vector<models::Activation>* reference, const Report& report) {
  for (size_t first = 0; first < test.size(); first += kBatch) {
    const size_t count = std::min(kBatch, test.size() - first);
    std::vector<models::Sample> samples(count);
    std::vector<models::Activation> outputs(count);
    parallel_for(count, threads, [&](size_t i) {
      samples[i] = test.load(first + i);
      outputs[i] = run(first + i, samples[i]);
    });
    for (size_t i = 0; i < count; ++i) {
      score.add(outputs[i], samples[i].label);
      if (reference != nullptr) {
        score.compare(outputs[i], (*reference)[first + i], samples[i].label);
      }
    }
    report(first + count, test.size());
  }
}

}  // namespace

Ablation::Ablation(const models::Graph& graph, const models::Weights& weights,
                   const models::Dataset& calibration, const models::Dataset& test, unsigned threads,
                   Progress progress)
    : graph_(graph),
      weights_(weights),
      calibration_(calibration),
      test_(test),
      threads_(threads),
      progress_(std::move(progress)) {
  models::check_classes(test.info(), graph.node(graph.output).shape.c);
}

void Ablation::report(const std::string& recipe, const std::string& step, size_t done, size_t total) const {
  if (progress_) {
    progress_({recipe, step, done, total});
  }
}

AblationRow Ablation::float_row() {
  const Stopwatch watch;
  const models::FloatExecutor executor(graph_, weights_);
  models::Score score(test_.info());
  logits_.resize(test_.size());
  evaluate(
      test_, threads_, score,
      [&](size_t i, const models::Sample& sample) {
        logits_[i] = executor.run(sample.image);
        return logits_[i];
      },
      nullptr, [&](size_t done, size_t total) { report("float", "images", done, total); });
  AblationRow row;
  row.recipe = "float";
  row.evaluate_seconds = watch.seconds();
  fill(row, score, test_.info().task);
  return row;
}

void Ablation::load_images(const Recipe& recipe) {
  auto wanted = models::calibration_indices(calibration_, static_cast<size_t>(recipe.calibration_images));
  if (wanted != chosen_) {
    chosen_ = std::move(wanted);
    images_.assign(chosen_.size(), {});
    parallel_for(images_.size(), threads_,
                 [&](size_t i) { images_[i] = calibration_.load(chosen_[i]).image; });
  }
}

AblationRow Ablation::recipe_row(const Recipe& recipe) {
  if (logits_.empty()) {
    (void)float_row();
  }
  AblationRow row;
  row.recipe = recipe.name;
  try {
    load_images(recipe);
    row.calibration_images = images_.size();
    const Stopwatch quantizing;
    const IntegerGraph network =
        quantize(graph_, weights_, recipe, images_, threads_,
                 [&](const QuantizeProgress& p) { report(recipe.name, p.step, p.done, p.total); });
    row.quantize_seconds = quantizing.seconds();
    row.network_hash = network.hash();
    row.needs = in_words(requirements_of(network));
    const Stopwatch evaluating;
    const IntegerExecutor executor(network);
    models::Score score(test_.info());
    evaluate(
        test_, threads_, score,
        [&](size_t, const models::Sample& sample) {
          return dequantize(executor.run(quantize_input(network, sample.image)),
                            network.node(network.output).out);
        },
        &logits_, [&](size_t done, size_t total) { report(recipe.name, "images", done, total); });
    row.evaluate_seconds = evaluating.seconds();
    fill(row, score, test_.info().task);
  } catch (const Error& error) {
    row.error = error.what();
  }
  return row;
}

std::vector<AblationRow> run_ablation(const models::Graph& graph, const models::Weights& weights,
                                      const std::vector<Recipe>& recipes, const models::Dataset& calibration,
                                      const models::Dataset& test, unsigned threads,
                                      const Ablation::Progress& progress) {
  Ablation ablation(graph, weights, calibration, test, threads, progress);
  std::vector<AblationRow> rows{ablation.float_row()};
  for (const Recipe& recipe : recipes) {
    rows.push_back(ablation.recipe_row(recipe));
  }
  return rows;
}

AblationRow linear_row(const models::Dataset& train, int64_t train_images, const models::Dataset& test,
                       unsigned threads, const Ablation::Progress& progress) {
  constexpr int kEpochs = 4;
  AblationRow row;
  row.recipe = "linear on pixels";
  const auto report = [&](const char* step) {
    return [&progress, &row, step](size_t done, size_t total) {
      if (progress) {
        progress({row.recipe, step, done, total});
      }
    };
  };
  if (train.info().classes.size() != test.info().classes.size()) {
    fail("a linear classifier fitted to {} classes cannot be scored on {}", train.info().classes.size(),
         test.info().classes.size());
  }
  const Stopwatch watch;
  const models::LinearClassifier linear(train, train_images, kEpochs, threads, report("fit"));
  models::Score score(test.info());
  evaluate(
      test, threads, score, [&](size_t, const models::Sample& sample) { return linear.run(sample.image); },
      nullptr, report("images"));
  row.evaluate_seconds = watch.seconds();
  fill(row, score, test.info().task);
  return row;
}

}  // namespace tridex::quant

#include "explore/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <span>

#include "arch/platform/run.h"
#include "base/error.h"
#include "base/parallel.h"
#include "explore/workers/fork_server.h"
#include "quant/integer_executor.h"

namespace tridex::explore {
namespace {

/// Images a thread works on before scores are added, in the data set's order: sums of doubles depend on it.
constexpr size_t kChunk = 8;

struct Prediction {
  models::Activation logits, reference;
  models::Label label;
};

/// What runs in this process, made once: an integer executor prepares its weights.
struct Executors {
  std::optional<quant::IntegerExecutor> integer;
  std::optional<models::FloatExecutor> floating;
  explicit Executors(const Candidate& candidate) {
    if (candidate.network != nullptr && candidate.design == nullptr) {
      integer.emplace(*candidate.network);
    }
    if (candidate.graph != nullptr && candidate.weights != nullptr) {
      floating.emplace(*candidate.graph, *candidate.weights);
    }
  }
};

/// The output's codes, as JSON.
std::string platform_codes(const Candidate& candidate, const models::Activation& image) {
  const quant::Codes input = quantize_input(*candidate.network, image);
  arch::RunOptions options;
  options.fidelity = arch::Fidelity::kFunctional;
  options.frames = 1;
  options.input = &input;
  return nlohmann::json(arch::run(*candidate.design, *candidate.network, options).output.data).dump();
}

models::Activation dequantized(const quant::IntegerGraph& network, const std::string& codes) {
  const quant::IntNode& node = network.node(network.output);
  return dequantize({node.shape, nlohmann::json::parse(codes).get<std::vector<int32_t>>()}, node.out);
}

void compare_with_float(const Executors& executors, const models::Activation& image, Prediction& out) {
  if (executors.floating) {
    out.reference = executors.floating->run(image);
  }
}

/// SystemC elaborates once a process, so every image has one, forked by a server without threads.
void predict_on_platform(const Candidate& candidate, const Executors& executors,
                         const models::Dataset& dataset, std::span<const size_t> images, unsigned threads,
                         std::vector<Prediction>& chunk) {
  ForkServer server({[&](const nlohmann::json& request, const ForkServer::Progress&) {
                       return platform_codes(candidate, dataset.load(request.get<size_t>()).image);
                     },
                     {}});
  std::map<int, size_t> running;
  size_t next = 0;
  for (size_t done = 0; done < chunk.size();) {
    while (next < chunk.size() && running.size() < threads) {
      running[server.start(images[next], 0)] = next;
      ++next;
    }
    const auto event = server.wait(60);
    if (!event || event->progress) {
      continue;
    }
    const size_t i = running.at(event->id);
    running.erase(event->id);
    if (event->outcome.status != Outcome::Status::kOk) {
      fail("{} on the platform: {}", dataset.load(images[i]).name, event->outcome.reason);
    }
    models::Sample sample = dataset.load(images[i]);
    chunk[i].logits = dequantized(*candidate.network, event->outcome.result);
    chunk[i].label = std::move(sample.label);
    compare_with_float(executors, sample.image, chunk[i]);
    ++done;
  }
}

void predict_in_threads(const Candidate& candidate, const Executors& executors,
                        const models::Dataset& dataset, std::span<const size_t> images, unsigned threads,
                        std::vector<Prediction>& chunk) {
  parallel_for(chunk.size(), threads, [&](size_t i) {
    models::Sample sample = dataset.load(images[i]);
    chunk[i].label = std::move(sample.label);
    if (!executors.integer) {
      chunk[i].logits = executors.floating->run(sample.image);
      return;
    }
    const quant::IntegerGraph& network = *candidate.network;
    chunk[i].logits = dequantize(executors.integer->run(quantize_input(network, sample.image)),
                                 network.node(network.output).out);
    compare_with_float(executors, sample.image, chunk[i]);
  });
}

}  // namespace

const char* task_name(models::Task task) {
  return task == models::Task::kSegmentation ? "segmentation" : "classification";
}

const char* metric_name(models::Task task) {
  return task == models::Task::kSegmentation ? "miou" : "top1";
}

Evaluation evaluate(const Candidate& candidate, const models::Dataset& dataset,
                    const EvaluateOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const unsigned threads = options.threads == 0 ? default_threads() : options.threads;
  const std::vector<size_t> images = models::evaluation_indices(
      dataset, options.images > 0 ? static_cast<size_t>(options.images) : dataset.size());
  const size_t total = images.size();
  models::check_classes(dataset.info(), candidate.network != nullptr
                                            ? candidate.network->node(candidate.network->output).shape.c
                                            : candidate.graph->node(candidate.graph->output).shape.c);
  models::Score score(dataset.info());
  const Executors executors(candidate);
  for (size_t first = 0; first < total; first += kChunk * threads) {
    std::vector<Prediction> chunk(std::min(kChunk * threads, total - first));
    (candidate.design != nullptr ? predict_on_platform : predict_in_threads)(
        candidate, executors, dataset, std::span(images).subspan(first, chunk.size()), threads, chunk);
    for (const auto& one : chunk) {
      score.add(one.logits, one.label);
      if (!one.reference.data.empty()) {
        score.compare(one.logits, one.reference, one.label);
      }
    }
    if (options.progress) {
      options.progress(first + chunk.size(), total);
    }
  }

  Evaluation result;
  result.model = candidate.network != nullptr ? candidate.network->model : candidate.graph->name;
  result.executor = candidate.design != nullptr    ? "platform"
                    : candidate.network != nullptr ? "integer"
                                                   : "float";
  result.task = dataset.info().task;
  result.classes = dataset.info().classes;
  result.images = score.images();
  if (result.task == models::Task::kSegmentation) {
    result.pixel_accuracy = score.pixel_accuracy();
    result.miou = score.miou();
    result.class_iou = score.class_iou();
  } else {
    result.top1 = score.top1();
    result.top5 = score.top5();
  }
  if (score.compared()) {
    result.agreement_with_float = score.agreement();
    result.logits_sqnr_db = score.sqnr_db();
    result.difference_from_float = score.difference();
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

nlohmann::json to_json(const Evaluation& e) {
  nlohmann::json figures{{"model", e.model},
                         {"task", task_name(e.task)},
                         {"images", e.images},
                         {"executor", e.executor},
                         {"seconds", e.seconds}};
  if (e.task == models::Task::kSegmentation) {
    figures["pixel_accuracy"] = e.pixel_accuracy;
    figures["miou"] = e.miou;
    figures["class_iou"] = e.class_iou;
  } else {
    figures["top1"] = e.top1;
    figures["top5"] = e.top5;
  }
  // JSON has no infinity: equal logits have no noise, and then no ratio.
  const auto optional = [](const std::optional<double>& value) {
    return value && std::isfinite(*value) ? nlohmann::json(*value) : nlohmann::json();
  };
  figures["agreement_with_float"] = optional(e.agreement_with_float);
  figures["logits_sqnr_db"] = optional(e.logits_sqnr_db);
  if (e.difference_from_float) {
    figures["difference_from_float"] = to_json(*e.difference_from_float, e.task);
  }
  return figures;
}

nlohmann::json to_json(const models::Difference& difference, models::Task task) {
  return {
      {"metric", metric_name(task)}, {"points", difference.value},        {"low", difference.low},
      {"high", difference.high},     {"confidence", models::kConfidence}, {"resamples", difference.resamples},
      {"seed", difference.seed}};
}

}  // namespace tridex::explore

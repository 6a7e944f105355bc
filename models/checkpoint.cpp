#include "models/checkpoint.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "models/torch_file.h"

namespace tridex::models {

namespace {

enum class Format { kSafetensors, kTorchZip, kPickle, kUnknown };

Format format_of(const std::filesystem::path& file) {
  std::array<char, 9> start{};
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    fail("{}: {}", file.string(), std::strerror(errno));
  }
  stream.read(start.data(), start.size());
  const std::string_view bytes(start.data(), static_cast<size_t>(stream.gcount()));
  if (bytes.substr(0, 4) == "PK\x03\x04" || bytes.substr(0, 4) == "PK\x05\x06") {
    return Format::kTorchZip;
  }
  // A header's length, then a JSON object.
  if (bytes.size() == 9 && bytes[8] == '{') {
    return Format::kSafetensors;
  }
  // The opcode of a pickle's protocol. A JSON header of that length would have begun with a brace.
  if (bytes.size() >= 2 && bytes[0] == '\x80' && bytes[1] >= 1 && bytes[1] <= 5) {
    return Format::kPickle;
  }
  return file.extension() == ".safetensors" ? Format::kSafetensors : Format::kUnknown;
}

Weights without_wrappers(Weights weights, std::vector<std::string>& remarks) {
  static constexpr std::array<std::string_view, 2> kWrappers = {"module.", "_orig_mod."};
  constexpr int kMostRounds = 4;  // real files have one or two wrappers; a damaged name could hold millions
  std::string dropped;
  bool again = !weights.empty();
  for (int round = 0; again && round < kMostRounds; ++round) {
    again = false;
    for (const std::string_view wrapper : kWrappers) {
      const auto starts = [&](const auto& entry) {
        return entry.first.compare(0, wrapper.size(), wrapper) == 0;
      };
      if (!std::all_of(weights.begin(), weights.end(), starts)) {
        continue;
      }
      Weights bare;
      for (auto& [name, tensor] : weights) {
        bare.emplace(name.substr(wrapper.size()), std::move(tensor));
      }
      weights = std::move(bare);
      dropped += wrapper;
      again = true;
    }
  }
  if (!dropped.empty()) {
    remarks.push_back(fmt::format("'{}' before all names was dropped", dropped));
  }
  return weights;
}

}  // namespace

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  Checkpoint checkpoint;
  switch (format_of(file)) {
    case Format::kSafetensors:
      checkpoint.weights = read_safetensors(file);
      break;
    case Format::kTorchZip: {
      TorchCheckpoint torch = read_torch_file(file);
      checkpoint = {std::move(torch.weights), std::move(torch.remarks)};
      break;
    }
    case Format::kPickle:
      fail(
          "{0}: a pickle, as PyTorch before 1.6 wrote it; save it again with a newer one: python3 -c "
          "\"import torch; "
          "torch.save(torch.load('{0}', map_location='cpu'), 'NEW.pt')\" (torch.load executes what the file "
          "says: only "
          "with a file that you trust)",
          file.string());
    case Format::kUnknown:
      fail("{}: not a file of weights: neither safetensors nor what torch.save writes", file.string());
  }
  checkpoint.weights = without_wrappers(std::move(checkpoint.weights), checkpoint.remarks);
  return checkpoint;
}

}  // namespace tridex::models

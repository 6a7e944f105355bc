#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "models/weights.h"

namespace tridex::models {

/// The float tensors of a state dict that torch.save wrote, with remarks for the user.
struct TorchCheckpoint {
  Weights weights;
  std::vector<std::string> remarks;  ///< which of several state dicts was taken
};

/// Reads a file of torch.save of PyTorch 1.6 or newer (a zip with a pickle in it): a state dict, or a dict
/// that has one as state_dict, model, model_state_dict, state_dict_ema, model_ema or ema (the first of these
/// that is there). Half, bfloat16, float and double become float; views, of shared storages too, are gathered
/// to C order; counters of batches are left out. Nothing in the file is executed. Error: a damaged file; a
/// pickle that asks for more than tensors and plain data; a tensor that its storage does not hold or that is
/// not of floats; no state dict.
TorchCheckpoint read_torch_file(const std::filesystem::path& file);

}  // namespace tridex::models

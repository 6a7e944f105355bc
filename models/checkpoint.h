#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "models/weights.h"

namespace tridex::models {

struct Checkpoint {
  Weights weights;
  std::vector<std::string> remarks;  ///< for the user: what was taken of the file
};

/// The float tensors of a safetensors or a PyTorch file (read_safetensors, read_torch_file), told apart by
/// its first bytes. A wrapper's name before all names is dropped: module. of DataParallel, _orig_mod. of
/// torch.compile. Error: neither; PyTorch's format of before 1.6, with what to do; those of the readers.
Checkpoint read_checkpoint(const std::filesystem::path& file);

}  // namespace tridex::models

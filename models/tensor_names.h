#pragma once
#include <string>

#include "models/graph.h"
#include "models/weights.h"

namespace tridex::models {

/// A checkpoint with the tensors that nodes of `graph` call by names of their own (Node::tensor_names) under
/// the parameters' names, as match_weights looks for them; the other tensors stay. `file` is for messages.
/// Error: lists the tensors that the checkpoint does not have.
Weights rename_tensors(const Graph& graph, Weights checkpoint, const std::string& file);

}  // namespace tridex::models

#pragma once
#include <nlohmann/json.hpp>

#include "quant/integer_graph.h"

namespace tridex::quant {

/// The structure of a network as JSON; the number vectors of node i are tensors "i.NAME" of the file.
nlohmann::json network_to_json(const IntegerGraph& graph);

/// Reads what network_to_json made. Error: what is missing, has the wrong type, or is not a known word.
IntegerGraph network_from_json(const nlohmann::json& json);

}  // namespace tridex::quant

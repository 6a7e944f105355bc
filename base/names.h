#pragma once
#include <string>
#include <vector>

namespace tridex {

/// The candidate with the smallest edit distance to `word` (ties: the first), or "" when every candidate is
/// farther away than half of the word's length.
std::string nearest_name(const std::string& word, const std::vector<std::string>& candidates);

/// ", did you mean 'copies'?" with the nearest candidate, or "": for the message about an unknown word.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

/// "a, b, c".
std::string join(const std::vector<std::string>& words, const std::string& separator = ", ");

}  // namespace tridex

// The states of a part's features as they are stored: a table of ids, and the states one after another
// (docs/formats/features.md). Read in place; a state that keeps its size is also written in place. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tessera::segment {

struct FeatureState {
  std::uint32_t id = 0;
  std::string_view state;
};

std::size_t count_feature_states(std::string_view features);
// The `index`th, ascending by id.
FeatureState feature_state_at(std::string_view features, std::size_t index);
// A feature's state, pointing into `features`; empty if there is none.
std::string_view find_feature_state(std::string_view features, std::uint32_t id);

// `features` with the states of `changed` (ascending by id) in place of its own, and without those that are empty then;
// appended to `out`.
void write_feature_states(std::string_view features, std::span<const FeatureState> changed, std::string& out);

}  // namespace tessera::segment

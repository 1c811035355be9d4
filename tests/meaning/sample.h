// Random samples of people. SQL cannot know how a place in them is drawn, so places are taken from the product: once
// and for ever, and never from a script's machines.
#pragma once

#include <array>
#include <string>

#include "base/ids.h"

namespace tessera::meaning {

inline constexpr std::array<const char*, 2> kSamples{"a", "b"};  // names of samples
inline constexpr std::array<const char*, 8> kShares{"0", "0.05", "0.25", "0.333", "0.5", "0.75", "0.9", "1"};

// The greatest of the shares that the person is outside of. Whoever is in a share is in all that are greater.
double place_of(ProfileId person, const std::string& sample);

}  // namespace tessera::meaning

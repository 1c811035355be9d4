// What people, streets and towns are called. The towns and post codes do not exist.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "simulator/random.h"

namespace tessera::simulator {

std::span<const std::string_view> first_names();
std::span<const std::string_view> last_names();
std::span<const std::string_view> streets();

// A slip of the keyboard: two letters swapped, one lost, one doubled or one hit beside. Never empty, never equal to
// `text`; the first letter stays. `text` has at least three letters.
std::string mistype(Random& random, std::string_view text);

}  // namespace tessera::simulator

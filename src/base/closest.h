// "Did you mean …?": the known word that a wrong one was probably meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tessera {

// The word among `known` that is at most two letters (a third of its length, if that is less) away from `given`: added,
// left out, changed or swapped. Empty if there is none. Looks at 500 words of at most 64 bytes.
std::string_view closest(std::string_view given, std::span<const std::string_view> known);

// `; did you mean "name"?` if one of `known` is close, else nothing.
std::string did_you_mean(std::string_view given, std::span<const std::string_view> known);

}  // namespace tessera

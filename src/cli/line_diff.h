// What differs between two texts, line by line, for people. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tessera::cli {

// Lines that only `before` has begin with "- ", those that only `after` has with "+ ", three lines around them with two
// spaces; "…" stands for lines left out between. Each is preceded by `margin`. Empty if the texts are equal. Finds the
// least difference, but for texts whose differing parts have very many lines: there all is left out and put in.
std::string line_diff(std::string_view before, std::string_view after, std::string_view margin);

}  // namespace tessera::cli

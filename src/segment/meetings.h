// When comparisons with `now` flip. For this module's own sources.
//
// A condition may compare `now` after adding to it and subtracting from it: `now - events("X").last() >
// duration("90d")`. Its two sides meet at one instant, here `duration("90d") + events("X").last()`: there, and nowhere
// else, does what it says change by time alone.
#pragma once

#include <vector>

#include "cel/ast.h"

namespace tessera::segment {

// The instants at which the comparisons in `tree` meet, as expressions. `now`: the name of its variable. Issues, where
// `now` is used in another way.
std::vector<cel::NodePtr> find_meetings(const cel::Node& tree, std::string_view now, std::vector<cel::Issue>& issues);

}  // namespace tessera::segment

// Questions about history, as they stand in a condition's tree: `events("…").filter(e, …).sum(e, …)`. For this module's
// own sources.
#pragma once

#include <vector>

#include "cel/ast.h"
#include "segment/language.h"

namespace tessera::segment {

struct Question {
  Need need;
  bool exists = false;  // the answer is whether there is one at all
};

// Reads a node that asks_history (history_parser.h). False, and issues, if it is wrong.
bool read_question(const cel::Node& node, Question& out, std::vector<cel::Issue>& issues);

}  // namespace tessera::segment

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

// Whether `node` is events(…), pages(…), screens(…) or calls on one.
bool asks_history(const cel::Node& node);

bool is_origin(std::string_view function);  // "events", "pages" or "screens"

// Reads such a node. False, and issues, if it is wrong.
bool read_question(const cel::Node& node, Question& out, std::vector<cel::Issue>& issues);

}  // namespace tessera::segment

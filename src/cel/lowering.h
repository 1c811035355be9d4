// From what the checker found out about a call to the operation that runs it.
#pragma once

#include <string>
#include <vector>

#include "cel/operation.h"

namespace tessera::cel {

// A call of an operator or function; `overloads` are those that the checker left, at least one. What can never work,
// such as a pattern that is none, is told in `trouble`, and is an error when it is run.
OperationPtr lower_call(std::vector<OverloadPtr> overloads, std::vector<OperationPtr> arguments, const Dialect& dialect,
                        std::string* trouble);

// `operation`, or its value if that comes out when it is run here and now. Only for what is the same each time. An
// error is left to be run, and told in `trouble`, unless it was a limit of `folded` that was met.
OperationPtr fold(OperationPtr operation, Context& folded, std::string* trouble);

}  // namespace tessera::cel

// Reading one's own writes: a read may name the position it must have seen, and says the one it has.
#pragma once

#include "base/ids.h"
#include "http/message.h"

namespace tessera::http {

// The header Tessera-Position; 0 if there is none, which any state has reached. kInvalidArgument if it is no number.
Result<Offset> asked_position(const Request& request);

// Says what the answer has seen: everything up to `position`, and whether that is less than was asked for.
void mark(Response& response, Offset position, bool stale);

}  // namespace tessera::http

// Waiting for what was submitted to take effect.
#pragma once

#include <functional>

#include "http/services.h"

namespace tessera::http {

// Calls `then` on the engine's thread once everything up to `position` has been applied. Where that takes longer than
// ten seconds, or the engine cannot be asked, calls it with null, on any thread. `services` outlives the call.
using Applied = std::function<void(engine::View* view)>;
void when_applied(Services& services, Offset position, Applied then);

// What to answer in the second case: the change is written, and will take effect.
Error not_applied_yet(Offset position);

}  // namespace tessera::http

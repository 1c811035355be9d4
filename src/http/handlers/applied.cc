#include "http/handlers/applied.h"

namespace tessera::http {

namespace {

constexpr int kLooks = 200;  // of at most 50 ms each: ten seconds behind a backlog

void look(Services& services, Offset position, const Applied& then, int looks) {
  const Status asked =
      services.engine.query(position, [&services, position, then, looks](engine::View& view, bool stale) {
        if (!stale) return then(&view);
        if (looks == 1) return then(nullptr);
        look(services, position, then, looks - 1);
      });
  if (!asked) then(nullptr);
}

}  // namespace

void when_applied(Services& services, Offset position, Applied then) {
  look(services, position, then, kLooks);
}

Error not_applied_yet(Offset position) {
  return {Code::kDeadlineExceeded, "the change is written, at position " + std::to_string(position.value) +
                                       ", but not in force yet: look again in a while"};
}

}  // namespace tessera::http

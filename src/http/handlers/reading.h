// Reading one's own writes: a read may name the position it must have seen, and says the one it has.
#pragma once

#include <memory>
#include <utility>

#include "base/ids.h"
#include "http/message.h"
#include "http/problem.h"
#include "http/services.h"

namespace tessera::http {

// The header Tessera-Position; 0 if there is none, which any state has reached. kInvalidArgument if it is no number.
Result<Offset> asked_position(const Request& request);

// Says what the answer has seen: everything up to `position`, and whether that is less than was asked for.
void mark(Response& response, Offset position, bool stale);

// Answers with what `look(View&)`, a Result, finds on the engine's thread once `at_least` has been applied; `render`
// makes the JSON of it on the connection's thread.
template <class Look, class Render>
void read(Services& services, Offset at_least, Respond respond, Look look, Render render) {
  const auto shared = std::make_shared<Respond>(std::move(respond));
  const Status asked = services.engine.query(
      at_least, [shared, look = std::move(look), render = std::move(render)](engine::View& view, bool stale) mutable {
        Response response;
        response.finish = [render = std::move(render), found = look(view), position = view.position(),
                           stale](Response* to) {
          *to = found ? json_response(render(*found)) : problem(found.error());
          mark(*to, position, stale);
        };
        (*shared)(std::move(response));
      });
  if (!asked) (*shared)(problem(asked.error()));
}

}  // namespace tessera::http

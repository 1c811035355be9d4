// GET /v1/profiles/{key}/segments/{name} with `at` or `position`: why somebody was in a segment at a moment of the
// past.
#pragma once

#include "http/message.h"
#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

void explain_past(Services& services, const Request& request, Respond respond);

}  // namespace tessera::http

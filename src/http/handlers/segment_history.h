// GET /v1/segments/{name}/history: how many members a segment had over time.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_segment_history_route(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

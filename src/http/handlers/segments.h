// GET /v1/segments, …/{name} and …/{name}/members: which segments there are, and who is in them.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_segment_routes(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

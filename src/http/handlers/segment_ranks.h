// GET and POST /v1/segments/ranks: what everyone is compared by, and comparing them anew.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_segment_ranks_routes(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

// GET /v1/segments/overlap: how far some segments have the same members.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_segment_overlap_route(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

// POST /v1/segments/preview: what a condition would bring, before it is published.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_segment_preview_route(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

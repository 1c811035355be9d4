// POST /v1/segments/{name}/list: who is on a segment's list, named one by one.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_segment_list_route(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

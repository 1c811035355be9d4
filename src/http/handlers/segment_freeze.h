// POST /v1/segments/{name}/freeze: the members of one moment, as a list under another name.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_segment_freeze_route(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

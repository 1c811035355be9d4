// POST /v1/profiles/{key}/unmerge and …/detach: what an operator says was wrong about who is who.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_correction_routes(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

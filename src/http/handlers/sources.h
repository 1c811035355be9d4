// GET /v1/sources; GET, PUT, DELETE /v1/sources/{name}; POST /v1/sources/{name}/rotate-key: definitions of kind
// "source" in the form in which they are used.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_source_routes(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

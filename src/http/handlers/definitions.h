// /v1/definitions: what there is, its versions, and changes of it, one by one or in sets; GET /v1/schemas/{kind}.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_definition_routes(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

// GET and PUT /v1/identity/rules.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_identity_rules_routes(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

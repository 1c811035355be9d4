// POST /v1/webhook/{source}: other systems' documents in, made into events by the source's mappings; acknowledged when
// they are synced.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_webhook_routes(Router& router, Services& services);

}  // namespace tessera::http

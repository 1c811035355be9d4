// POST /v1/{identify,track,page,screen,group,alias,batch,import} and their short forms: events in, acknowledged when
// they are synced.
#pragma once

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// `services` outlives the router.
void add_tracking_routes(Router& router, Services& services);

}  // namespace tessera::http

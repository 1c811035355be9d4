// The page at `/`, and GET /v1/live: its feed of frames as server-sent events.
#pragma once

#include "http/live_feed.h"
#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// The page is anybody's; the feed is behind `guard`. `feed` outlives the router.
void add_live_routes(Router& router, LiveFeed& feed, const Guard& guard);

}  // namespace tessera::http

// The page at `/`; GET /v1/live, its feed of frames, and GET /v1/segments/changes, who enters and leaves segments: both
// as server-sent events.
#pragma once

#include "http/live_feed.h"
#include "http/membership_sink.h"
#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// Outlive the router.
struct Streams {
  engine::Engine& engine;
  LiveFeed& feed;
  MembershipSink& memberships;
};

// The page is anybody's; the streams are behind `guard`.
void add_live_routes(Router& router, const Streams& streams, const Guard& guard);

}  // namespace tessera::http

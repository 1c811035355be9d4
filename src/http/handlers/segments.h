// GET /v1/segments, …/{name} and …/{name}/members: which segments there are, and who is in them.
#pragma once

#include "base/json.h"
#include "engine/engine.h"
#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// "filling" of an object, where a sweep is under way: how far it has come.
void write_filling(JsonWriter& json, const engine::SweepSnapshot& sweep);

// `services` outlives the router.
void add_segment_routes(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

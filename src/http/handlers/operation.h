// Running the server: /health, /ready, /metrics, GET /v1/status and /v1/admin/….
#pragma once

#include <string>

#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

std::string render_status(const engine::Stats& stats);

// Prometheus' text format, version 0.0.4: the engine's, analytics' and every route's figures.
std::string render_metrics(const engine::Stats& engine, const analytics::Stats& analytics, const Router& router);

// `services` outlives the router; `router` gets the routes, and is what /metrics tells about.
void add_operation_routes(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

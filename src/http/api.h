// The HTTP API: every route of api/openapi.yaml, on a router.
//
//   http::Api api({engine, analytics, tokens, clock, public_url});
//   http::Router router;
//   api.add_routes(router);              // and whoever else has routes: api.guard(handler) checks the bearer token
//   TRY_ASSIGN(auto server, http::Server::start(options, router));
//   …
//   server->stop(); api.stop();          // in this order, before the engine stops
#pragma once

#include <string>

#include "access/tokens.h"
#include "analytics/analytics.h"
#include "base/time.h"
#include "engine/engine.h"
#include "http/router.h"
#include "http/services.h"
#include "http/workers.h"

namespace tessera::http {

class Api {
 public:
  struct Parts {
    engine::Engine& engine;
    analytics::Analytics& analytics;
    access::Tokens& tokens;
    Clock& clock;
    std::string public_url{};  // what browsers reach the server under; empty: as their Host header says
  };
  explicit Api(const Parts& parts);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // The Api outlives the router's use.
  void add_routes(Router& router);

  // `handler` behind the check of the bearer token: 401 without a known one.
  Handler guard(Handler handler);

  // Ends the threads that do slow work.
  void stop() { workers_.stop(); }

 private:
  Workers workers_;
  Services services_;
};

}  // namespace tessera::http

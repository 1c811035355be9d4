// What the handlers work with.
#pragma once

#include <memory>
#include <string>

#include "access/tokens.h"
#include "analytics/analytics.h"
#include "base/time.h"
#include "engine/engine.h"
#include "http/workers.h"

namespace tessera::http {

// All of it outlives the handlers, and is thread-safe.
struct Services {
  engine::Engine& engine;
  analytics::Analytics& analytics;
  access::Tokens& tokens;
  Clock& clock;
  Workers& workers;
  // What browsers reach this server under, e.g. "https://events.shop.example"; empty: as the request's Host says.
  std::string public_url;
};

}  // namespace tessera::http

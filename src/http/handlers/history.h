// POST /v1/sql and GET /v1/quarantine: questions to the history.
#pragma once

#include <string>

#include "analytics/analytics.h"
#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

struct SqlInput {
  std::string query;
  analytics::Format format = analytics::Format::kJson;
};
// {"query":"…","format":"json"|"csv"}
Result<SqlInput> parse_sql_input(std::string_view body);

// `services` outlives the router.
void add_history_routes(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

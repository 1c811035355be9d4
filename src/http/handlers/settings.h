// What browser SDKs ask for before they send: GET /v1/projects/{writeKey}/settings (Segment) and GET /sourceConfig
// (RudderStack). Both make the SDK send to this server.
#pragma once

#include <string>

#include "catalog/source.h"
#include "http/router.h"
#include "http/services.h"

namespace tessera::http {

// Where browsers reach this server.
struct PublicAddress {
  bool secure = false;
  std::string host;  // with its port, if that is not the scheme's own
};

std::string segment_settings(std::string_view write_key, const PublicAddress& address);
std::string rudderstack_settings(const catalog::Source& source, std::string_view write_key,
                                 const PublicAddress& address);

// `services` outlives the router.
void add_settings_routes(Router& router, Services& services);

}  // namespace tessera::http

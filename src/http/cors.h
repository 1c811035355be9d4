// Cross-origin requests (the Fetch standard's CORS protocol): which web pages may send events.
#pragma once

#include <optional>
#include <string_view>

#include "catalog/source.h"
#include "http/message.h"

namespace tessera::http {

// The request's Origin, if it has one that is not this server's own.
std::optional<std::string_view> foreign_origin(const Request& request);

bool allows(const catalog::Source& source, std::string_view origin);
// Whether any enabled source does: at a preflight the write key is not known yet.
bool any_allows(const catalog::Sources& sources, std::string_view origin);

// Lets pages of `origin` read the answer.
void expose_to(Response& response, std::string_view origin);

// The answer to a preflight of a tracking call.
Response preflight(const Request& request, const catalog::Sources& sources);

}  // namespace tessera::http

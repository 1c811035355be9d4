#include "http/cors.h"

#include <algorithm>

#include "http/problem.h"

namespace tessera::http {

std::optional<std::string_view> foreign_origin(const Request& request) {
  const auto origin = request.headers.get("Origin");
  if (!origin) return std::nullopt;
  const std::string_view scheme = request.secure ? "https://" : "http://";
  const std::string_view host = request.headers.get("Host").value_or("");
  const bool own = origin->starts_with(scheme) && origin->substr(scheme.size()) == host;
  return own ? std::nullopt : origin;
}

bool allows(const catalog::Source& source, std::string_view origin) {
  return std::any_of(source.origins.begin(), source.origins.end(),
                     [&](const std::string& allowed) { return allowed == "*" || allowed == origin; });
}

bool any_allows(const catalog::Sources& sources, std::string_view origin) {
  return std::any_of(sources.all().begin(), sources.all().end(),
                     [&](const catalog::Source& source) { return source.enabled && allows(source, origin); });
}

void expose_to(Response& response, std::string_view origin) {
  response.headers.emplace_back("Access-Control-Allow-Origin", origin);
  response.headers.emplace_back("Access-Control-Expose-Headers", "Tessera-Position, Retry-After");
  response.headers.emplace_back("Vary", "Origin");
}

Response preflight(const Request& request, const catalog::Sources& sources) {
  const auto origin = request.headers.get("Origin");
  if (origin && foreign_origin(request) && !any_allows(sources, *origin)) {
    return problem(Code::kPermissionDenied, "no source takes events from pages of " + std::string(*origin, 0, 200) +
                                                ": add the origin to a source's \"origins\"");
  }
  Response response;
  response.status = 204;
  response.content_type = {};
  if (!origin) return response;
  expose_to(response, *origin);
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  response.headers.emplace_back("Access-Control-Allow-Headers",
                                "Authorization, Content-Type, Content-Encoding, AnonymousId");
  response.headers.emplace_back("Access-Control-Max-Age", "7200");
  return response;
}

}  // namespace tessera::http

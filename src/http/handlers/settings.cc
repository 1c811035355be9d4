#include "http/handlers/settings.h"

#include "base/json.h"
#include "http/cors.h"
#include "http/problem.h"
#include "http/text.h"

namespace tessera::http {

namespace {

Result<PublicAddress> address_of(const Request& request, const std::string& public_url) {
  constexpr std::string_view kHttps = "https://";
  constexpr std::string_view kHttp = "http://";
  const std::string_view url = public_url;
  if (url.starts_with(kHttps)) return PublicAddress{true, std::string(url.substr(kHttps.size()))};
  if (url.starts_with(kHttp)) return PublicAddress{false, std::string(url.substr(kHttp.size()))};
  const std::string_view host = request.headers.get("Host").value_or("");
  if (!valid_host(host)) return error(Code::kInvalidArgument, "the header Host is not a host's name");
  return PublicAddress{request.secure, std::string(host)};
}

Response settings_response(std::string body, const Request& request, const catalog::Source& source) {
  Response response = json_response(std::move(body));
  response.headers.emplace_back("Cache-Control", "private, max-age=60");
  if (const auto origin = foreign_origin(request); origin && allows(source, *origin)) expose_to(response, *origin);
  return response;
}

void answer_segment(const Services& services, const Request& request, Respond& respond) {
  const auto sources = services.engine.sources();
  const std::string_view key = request.path_parameter("writeKey");
  const catalog::Source* source = sources->by_write_key(key);
  if (source == nullptr) return respond(problem(Code::kNotFound, "no enabled source has this write key"));
  const auto address = address_of(request, services.public_url);
  if (!address) return respond(problem(address.error()));
  respond(settings_response(segment_settings(key, *address), request, *source));
}

void answer_rudderstack(const Services& services, const Request& request, Respond& respond) {
  const auto sources = services.engine.sources();
  const auto credentials = parse_authorization(request.headers.get("Authorization").value_or(""));
  const std::string key = credentials ? credentials->user : query_value(request.raw_query, "writeKey").value_or("");
  const catalog::Source* source = sources->by_write_key(key);
  if (source == nullptr) {
    return respond(problem(Code::kUnauthenticated,
                           "no enabled source has this write key: send it as the user of HTTP "
                           "Basic, or as \"writeKey\" in the query"));
  }
  const auto address = address_of(request, services.public_url);
  if (!address) return respond(problem(address.error()));
  respond(settings_response(rudderstack_settings(*source, key, *address), request, *source));
}

}  // namespace

std::string segment_settings(std::string_view write_key, const PublicAddress& address) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("integrations").begin_object().key("Segment.io").begin_object();
  json.key("apiKey").string(write_key).key("apiHost").string(address.host + "/v1");
  json.key("protocol").string(address.secure ? "https" : "http");
  json.key("unbundledIntegrations").raw("[]").key("addBundledMetadata").boolean(true);
  json.key("maybeBundledConfigIds").raw("{}");
  json.key("versionSettings").raw(R"({"version":"4.4.7","componentTypes":["browser"]})");
  json.end_object().end_object();
  constexpr std::string_view kAllowed = R"({"__default":{"enabled":true,"integrations":{}}})";
  json.key("plan").begin_object().key("track").raw(kAllowed).key("identify").raw(kAllowed).key("group").raw(kAllowed);
  json.end_object();
  json.key("edgeFunction").raw("{}").key("analyticsNextEnabled").boolean(true).key("middlewareSettings").raw("{}");
  json.key("enabledMiddleware").raw("{}").key("metrics").raw(R"({"sampleRate":0})");
  json.key("legacyVideoPluginsEnabled").boolean(false).key("remotePlugins").raw("[]").end_object();
  return out;
}

std::string rudderstack_settings(const catalog::Source& source, std::string_view write_key,
                                 const PublicAddress& address) {
  std::string out;
  JsonWriter json(out);
  const std::string url = (address.secure ? "https://" : "http://") + address.host;
  json.begin_object().key("source").begin_object().key("id").string(std::to_string(source.id.value));
  json.key("name").string(source.name).key("writeKey").string(write_key).key("enabled").boolean(source.enabled);
  json.key("workspaceId").string("tessera").key("connections").raw("[]").key("destinations").raw("[]");
  json.key("config").raw(R"({"statsCollection":{"errors":{"enabled":false},"metrics":{"enabled":false}}})");
  json.key("dataplanes").begin_object().key("US").begin_array();
  json.begin_object().key("url").string(url).key("default").boolean(true).end_object();
  json.end_array().end_object().end_object();
  json.key("updatedAt").string("1970-01-01T00:00:00.000Z").end_object();
  return out;
}

void add_settings_routes(Router& router, Services& services) {
  const auto answer_preflight = [&services](const Request& request, Respond respond) {
    respond(preflight(request, *services.engine.sources()));
  };
  router.add(Method::kGet, "/v1/projects/{writeKey}/settings",
             [&services](const Request& request, Respond respond) { answer_segment(services, request, respond); });
  router.add(Method::kOptions, "/v1/projects/{writeKey}/settings", answer_preflight);
  router.add(Method::kGet, "/sourceConfig",
             [&services](const Request& request, Respond respond) { answer_rudderstack(services, request, respond); });
  router.add(Method::kOptions, "/sourceConfig", answer_preflight);
}

}  // namespace tessera::http

#include "http/handlers/live.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "http/pages/pages.h"
#include "http/problem.h"
#include "http/stream.h"
#include "http/text.h"

namespace tessera::http {

namespace {

// The page is whole in itself: it may load nothing, be framed by nobody, and talk to this server alone.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Response page(std::string_view html) {
  Response response;
  response.content_type = Response::kHtml;
  response.body = html;
  response.headers.emplace_back("Content-Security-Policy", kContentSecurityPolicy);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cache-Control", "no-cache");
  return response;
}

// A stream of server-sent events; `watch` says where they come from. HEAD gets none.
Response event_stream(const Request& request, std::shared_ptr<Stream> stream,
                      std::move_only_function<Status(std::shared_ptr<Stream>)> watch) {
  Response response;
  response.content_type = Response::kEventStream;
  response.headers.emplace_back("Cache-Control", "no-store");
  if (request.method == Method::kHead) return response;
  if (const auto watched = watch(stream); !watched) return problem(watched.error());
  response.stream = std::move(stream);
  return response;
}

// The names in "segment=a,b"; none: all.
Result<std::set<std::string, std::less<>>> asked_segments(const Request& request, engine::Engine& engine) {
  std::set<std::string, std::less<>> names;
  const std::string text = query_value(request.raw_query, "segment").value_or("");
  const auto definitions = engine.definitions();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string name = text.substr(at, end - at);
    if (definitions->in_force({"segment", name}) == nullptr) {
      return error(Code::kInvalidArgument,
                   "query parameter \"segment\": there is no published segment \"" + name + "\"");
    }
    names.insert(name);
    at = end + 1;
  }
  return names;
}

Response watch_memberships(const Request& request, const Streams& streams) {
  MembershipSink::Watch watch;
  auto segments = asked_segments(request, streams.engine);
  if (!segments) return problem(segments.error());
  watch.segments = *std::move(segments);
  if (const auto last = request.headers.get("Last-Event-ID")) {
    watch.after = parse_effect_place(*last);
    if (!watch.after) {
      return problem(Code::kInvalidArgument, "the header Last-Event-ID must be the id of an event of this stream");
    }
  }
  return event_stream(request, std::make_shared<Stream>(MembershipSink::kStreamBytes),
                      [&](std::shared_ptr<Stream> stream) {
                        watch.stream = std::move(stream);
                        return streams.memberships.watch(std::move(watch));
                      });
}

}  // namespace

void add_live_routes(Router& router, const Streams& streams, const Guard& guard) {
  router.add(Method::kGet, "/", [](const Request&, Respond respond) { respond(page(pages::index_html())); });
  router.add(Method::kGet, "/v1/live", guard([streams](const Request& request, Respond respond) {
               respond(event_stream(request, std::make_shared<Stream>(), [&](std::shared_ptr<Stream> stream) {
                 return streams.feed.watch(std::move(stream));
               }));
             }));
  router.add(Method::kGet, "/v1/segments/changes", guard([streams](const Request& request, Respond respond) {
               respond(watch_memberships(request, streams));
             }));
}

}  // namespace tessera::http

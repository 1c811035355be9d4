#include "http/handlers/live.h"

#include <memory>
#include <utility>

#include "http/pages/pages.h"
#include "http/problem.h"
#include "http/stream.h"

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

void answer_live(const Request& request, LiveFeed& feed, Respond& respond) {
  Response response;
  response.content_type = Response::kEventStream;
  response.headers.emplace_back("Cache-Control", "no-store");
  if (request.method == Method::kHead) return respond(std::move(response));
  auto stream = std::make_shared<Stream>();
  if (auto watched = feed.watch(stream); !watched) return respond(problem(watched.error()));
  response.stream = std::move(stream);
  respond(std::move(response));
}

}  // namespace

void add_live_routes(Router& router, LiveFeed& feed, const Guard& guard) {
  router.add(Method::kGet, "/", [](const Request&, Respond respond) { respond(page(pages::index_html())); });
  router.add(Method::kGet, "/v1/live",
             guard([&feed](const Request& request, Respond respond) { answer_live(request, feed, respond); }));
}

}  // namespace tessera::http

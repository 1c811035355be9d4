#include "http/api.h"

#include "http/handlers/corrections.h"
#include "http/handlers/definitions.h"
#include "http/handlers/history.h"
#include "http/handlers/identity_rules.h"
#include "http/handlers/operation.h"
#include "http/handlers/profiles.h"
#include "http/handlers/segment_freeze.h"
#include "http/handlers/segment_history.h"
#include "http/handlers/segment_list.h"
#include "http/handlers/segment_overlap.h"
#include "http/handlers/segment_preview.h"
#include "http/handlers/segment_ranks.h"
#include "http/handlers/segments.h"
#include "http/handlers/settings.h"
#include "http/handlers/sources.h"
#include "http/handlers/tracking.h"
#include "http/handlers/webhook.h"
#include "http/problem.h"
#include "http/text.h"

namespace tessera::http {

namespace {
constexpr int kWorkers = 4;  // two of them may run SQL
constexpr std::size_t kWaiting = 128;
}  // namespace

Api::Api(const Parts& parts)
    : workers_(kWorkers, kWaiting),
      services_{parts.engine, parts.analytics, parts.tokens, parts.clock, workers_, parts.public_url} {}

Handler Api::guard(Handler handler) {
  return [&tokens = services_.tokens, handler = std::move(handler)](Request request, Respond respond) {
    const auto credentials = parse_authorization(request.headers.get("Authorization").value_or(""));
    const bool known =
        credentials && credentials->scheme == Credentials::Scheme::kBearer && tokens.verify(credentials->user);
    if (!known) {
      return respond(problem(Code::kUnauthenticated,
                             "the bearer token is missing or unknown: send Authorization: Bearer tsr_…, as shown when "
                             "the server first started, or make one with `tessera token new`"));
    }
    handler(std::move(request), std::move(respond));
  };
}

void Api::add_routes(Router& router) {
  const Guard guarded = [this](Handler handler) { return guard(std::move(handler)); };
  add_tracking_routes(router, services_);
  add_webhook_routes(router, services_);
  add_settings_routes(router, services_);
  add_definition_routes(router, services_, guarded);
  add_source_routes(router, services_, guarded);
  add_identity_rules_routes(router, services_, guarded);
  add_profile_routes(router, services_, guarded);
  add_segment_routes(router, services_, guarded);
  add_segment_overlap_route(router, services_, guarded);
  add_segment_preview_route(router, services_, guarded);
  add_segment_history_route(router, services_, guarded);
  add_segment_list_route(router, services_, guarded);
  add_segment_freeze_route(router, services_, guarded);
  add_segment_ranks_routes(router, services_, guarded);
  add_correction_routes(router, services_, guarded);
  add_history_routes(router, services_, guarded);
  add_operation_routes(router, services_, guarded);
}

}  // namespace tessera::http

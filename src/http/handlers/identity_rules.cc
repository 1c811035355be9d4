#include "http/handlers/identity_rules.h"

#include "http/handlers/definitions.h"
#include "http/problem.h"

namespace tessera::http {

namespace {

void get_rules(const Services& services, Respond& respond) {
  respond(json_response(catalog::identity_rules_json(*services.engine.identity_rules())));
}

void put_rules(Services& services, const Request& request, Respond respond) {
  const Result<catalog::IdentityRules> rules = catalog::parse_identity_rules(request.body);
  if (!rules) return respond(problem(rules.error()));
  log::Draft draft{log::RecordKind::kIdentityRules, {}, catalog::identity_rules_json(*rules)};
  auto render = [&services] { return json_response(catalog::identity_rules_json(*services.engine.identity_rules())); };
  publish(services, {std::move(draft), std::move(render), [] {}}, std::move(respond));
}

}  // namespace

void add_identity_rules_routes(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kGet, "/v1/identity/rules",
             guard([&services](const Request&, Respond respond) { get_rules(services, respond); }));
  router.add(Method::kPut, "/v1/identity/rules", guard([&services](const Request& request, Respond respond) {
               put_rules(services, request, std::move(respond));
             }));
}

}  // namespace tessera::http

#include "http/handlers/identity_rules.h"

#include "catalog/identity_rules.h"
#include "http/handlers/proposal.h"
#include "http/problem.h"

namespace tessera::http {

namespace {

Response rules_in_force(const Services& services) {
  return json_response(catalog::identity_rules_json(*services.engine.identity_rules()));
}

void put_rules(Services& services, const Request& request, Respond respond) {
  const std::string name(catalog::kIdentityRulesName);
  Result<std::string> document = document_text(request.body, {name, name});
  if (!document) return respond(problem(document.error()));
  Proposal proposal;
  proposal.set.by = author(request);
  proposal.set.changes.push_back(
      {.action = catalog::ChangeAction::kPublish, .key = {name, name}, .document = std::move(*document)});
  propose(
      services, std::move(proposal), [&services](const Accepted&) { return rules_in_force(services); },
      std::move(respond));
}

}  // namespace

void add_identity_rules_routes(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kGet, "/v1/identity/rules",
             guard([&services](const Request&, Respond respond) { respond(rules_in_force(services)); }));
  router.add(Method::kPut, "/v1/identity/rules", guard([&services](const Request& request, Respond respond) {
               put_rules(services, request, std::move(respond));
             }));
}

}  // namespace tessera::http

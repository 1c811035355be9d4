#include "http/handlers/identity_rules.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

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
  const std::string name(catalog::kIdentityRulesName);
  boost::json::object document{{"kind", name}, {"name", name}};
  for (const auto& [member, value] : boost::json::parse(request.body).as_object()) document[member] = value;
  log::Draft draft = publish_draft({name, name}, boost::json::serialize(document));
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

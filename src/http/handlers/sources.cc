#include "http/handlers/sources.h"

#include "base/json.h"
#include "catalog/in_force.h"
#include "http/handlers/proposal.h"
#include "http/problem.h"

namespace tessera::http {

namespace {

// Shown once, so kept nowhere else: the key of a server source goes into this answer only.
Response source_response(const catalog::Source& source, std::string_view new_key, int status) {
  std::string body = catalog::source_json(source);
  if (!new_key.empty() && source.write_key.empty()) {
    body.pop_back();
    body += ",\"write_key\":";
    append_json_string(body, new_key);
    body += '}';
  }
  return json_response(std::move(body), status);
}

catalog::DefinitionKey key_of(const Request& request) {
  return {"source", std::string(request.path_parameter("name"))};
}

Result<catalog::Source> existing(const Services& services, const Request& request) {
  const auto sources = services.engine.sources();
  const catalog::Source* source = sources->by_name(request.path_parameter("name"));
  if (source != nullptr) return *source;
  return error(Code::kNotFound, "there is no source \"" + std::string(request.path_parameter("name")) +
                                    "\": GET /v1/sources lists them, PUT makes one");
}

// The document in force, as a change that publishes it again: without what is to be changed.
Result<catalog::DefinitionChange> publish_again(const Services& services, const Request& request,
                                                std::initializer_list<std::string_view> without) {
  TRY(existing(services, request));
  catalog::DefinitionChange change{.action = catalog::ChangeAction::kPublish, .key = key_of(request)};
  const auto definitions = services.engine.definitions();
  const catalog::DefinitionVersion* version = definitions->in_force(change.key);
  if (version == nullptr) {
    return error(Code::kFailedPrecondition, to_text(change.key) + " is archived: PUT brings it back");
  }
  change.replaces = definitions->find(change.key)->newest().version;
  TRY_ASSIGN(change.document, document_text(version->document, change.key, without));
  return change;
}

// Answers with the source as it is once the change is in force.
void publish(Services& services, const Request& request, Result<catalog::DefinitionChange> change, std::string new_key,
             Respond respond) {
  if (!change) return respond(problem(change.error()));
  Proposal proposal;
  if (!new_key.empty()) proposal.new_keys[change->key.name] = std::move(new_key);
  proposal.set.by = author(request);
  proposal.set.changes.push_back(std::move(*change));
  const auto render = [&services](const Accepted& accepted) {
    const auto& [definition, version] = accepted.made.front();
    const std::string& name = definition->key.name;
    const auto sources = services.engine.sources();
    const catalog::Source* source = sources->by_name(name);
    if (source == nullptr) return problem(Code::kInternal, "source " + name + " was published and is not there");
    const auto write_key = accepted.new_keys.find(name);
    return source_response(*source, write_key != accepted.new_keys.end() ? write_key->second : "",
                           version->version == 1 ? 201 : 200);
  };
  propose(services, std::move(proposal), render, std::move(respond));
}

void list(const Services& services, Respond& respond) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("sources").begin_array();
  for (const catalog::Source& source : services.engine.sources()->all()) json.raw(catalog::source_json(source));
  json.end_array().end_object();
  respond(json_response(std::move(body)));
}

void get(const Services& services, const Request& request, Respond& respond) {
  const auto source = existing(services, request);
  respond(source ? source_response(*source, {}, 200) : problem(source.error()));
}

void put(Services& services, const Request& request, Respond respond) {
  // What readers get may be put again: what is made by Tessera is let be.
  Result<std::string> document = document_text(request.body, key_of(request), {"id", "write_key"});
  if (!document) return respond(problem(document.error()));
  publish(services, request,
          catalog::DefinitionChange{
              .action = catalog::ChangeAction::kPublish, .key = key_of(request), .document = std::move(*document)},
          {}, std::move(respond));
}

void disable(Services& services, const Request& request, Respond respond) {
  auto change = publish_again(services, request, {"enabled"});
  if (change) {
    change->document.pop_back();
    change->document += ",\"enabled\":false}";
  }
  publish(services, request, std::move(change), {}, std::move(respond));
}

void rotate(Services& services, const Request& request, Respond respond) {
  auto change = publish_again(services, request, {});
  const auto source = existing(services, request);
  const std::string key = catalog::make_write_key();
  if (change && source) change->attachment = catalog::key_attachment(key, source->trust);
  publish(services, request, std::move(change), key, std::move(respond));
}

}  // namespace

void add_source_routes(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kGet, "/v1/sources",
             guard([&services](const Request&, Respond respond) { list(services, respond); }));
  router.add(Method::kGet, "/v1/sources/{name}",
             guard([&services](const Request& request, Respond respond) { get(services, request, respond); }));
  router.add(Method::kPut, "/v1/sources/{name}", guard([&services](const Request& request, Respond respond) {
               put(services, request, std::move(respond));
             }));
  router.add(Method::kDelete, "/v1/sources/{name}", guard([&services](const Request& request, Respond respond) {
               disable(services, request, std::move(respond));
             }));
  router.add(
      Method::kPost, "/v1/sources/{name}/rotate-key",
      guard([&services](const Request& request, Respond respond) { rotate(services, request, std::move(respond)); }));
}

}  // namespace tessera::http

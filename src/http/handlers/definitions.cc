#include "http/handlers/definitions.h"

#include <charconv>

#include "base/json.h"
#include "catalog/kind.h"
#include "http/handlers/proposal.h"
#include "http/handlers/render_definition.h"
#include "http/problem.h"
#include "http/text.h"
#include "ingest/json_tree.h"
#include "segment/uses.h"

namespace tessera::http {

namespace {

using catalog::ChangeAction;
using catalog::DefinitionState;

constexpr std::int64_t kMaxListed = 1000;
constexpr std::int64_t kDefaultListed = 100;
constexpr std::size_t kMaxSetBody = 4u << 20;

catalog::DefinitionKey key_of(const Request& request) {
  return {std::string(request.path_parameter("kind")), std::string(request.path_parameter("name"))};
}

struct ListInput {
  std::string kind;                      // empty: all
  std::optional<DefinitionState> state;  // kPublished: in force; else: of the newest version
  catalog::DefinitionKey after;          // the last one of the page before
  std::int64_t limit = kDefaultListed;
};

Result<ListInput> read_list_input(const Request& request, const catalog::Kinds& kinds) {
  ListInput input;
  TRY_ASSIGN(input.limit, query_number(request.raw_query, "limit", 1, kMaxListed, kDefaultListed));
  input.kind = query_value(request.raw_query, "kind").value_or("");
  if (!input.kind.empty() && kinds.find(input.kind) == nullptr) {
    return error(Code::kInvalidArgument, "query parameter \"kind\": there is no kind \"" + input.kind + "\"");
  }
  const std::string state = query_value(request.raw_query, "state").value_or("");
  for (const auto one : {DefinitionState::kDraft, DefinitionState::kPublished, DefinitionState::kArchived}) {
    if (state == state_name(one)) input.state = one;
  }
  if (!state.empty() && !input.state) {
    return error(Code::kInvalidArgument, "query parameter \"state\" must be draft, published or archived");
  }
  const std::string after = query_value(request.raw_query, "after").value_or("");
  input.after = {after.substr(0, after.find('/')), after.substr(std::min(after.find('/'), after.size()))};
  if (!input.after.name.empty()) input.after.name.erase(0, 1);
  return input;
}

bool is_listed(const catalog::Definition& definition, const ListInput& input) {
  if (!input.kind.empty() && definition.key.kind != input.kind) return false;
  if (!input.state) return true;
  if (*input.state == DefinitionState::kPublished) return definition.in_force() != nullptr;
  return definition.newest().state == *input.state;
}

Response list(const catalog::Definitions& definitions, const ListInput& input) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("definitions").begin_array();
  std::int64_t listed = 0;
  const catalog::DefinitionKey* last = nullptr;
  bool more = false;
  const auto& all = definitions.all();
  for (auto at = all.upper_bound(input.after); at != all.end() && !more; ++at) {
    if (!is_listed(*at->second, input)) continue;
    more = listed == input.limit;
    if (more) break;
    write_summary(*at->second, json);
    last = &at->first;
    ++listed;
  }
  json.end_array();
  if (more) json.key("next").string(last->kind + "/" + last->name);
  json.end_object();
  return json_response(std::move(body));
}

Result<const catalog::Definition*> existing(const catalog::Definitions& definitions, const Request& request) {
  const catalog::DefinitionKey key = key_of(request);
  const catalog::Definition* definition = definitions.find(key);
  if (definition != nullptr) return definition;
  return error(Code::kNotFound, "there is no " + to_text(key) + ": GET /v1/definitions lists what there is");
}

Response get(const catalog::Definitions& definitions, const Request& request) {
  const auto definition = existing(definitions, request);
  if (!definition) return problem(definition.error());
  const auto asked = query_number(request.raw_query, "version", 1, UINT32_MAX, (*definition)->newest().version);
  if (!asked) return problem(asked.error());
  for (const catalog::DefinitionVersion& version : (*definition)->versions) {
    if (version.version != *asked) continue;
    Response response = json_response(definition_json(**definition, version));
    response.headers.emplace_back("ETag", "\"" + std::to_string((*definition)->newest().version) + "\"");
    return response;
  }
  return problem(Code::kNotFound, to_text((*definition)->key) + " has no version " + std::to_string(*asked) +
                                      ", or not any more: the newest is " +
                                      std::to_string((*definition)->newest().version));
}

Response versions(const catalog::Definitions& definitions, const Request& request) {
  const auto definition = existing(definitions, request);
  if (!definition) return problem(definition.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("versions").begin_array();
  for (auto version = (*definition)->versions.rbegin(); version != (*definition)->versions.rend(); ++version) {
    write_version(**definition, *version, json);
  }
  json.end_array().end_object();
  return json_response(std::move(body));
}

// On a worker: conditions that may name it are compiled.
void uses(Services& services, const Request& request, Respond respond) {
  const auto definitions = services.engine.definitions();
  if (const auto definition = existing(*definitions, request); !definition) return respond(problem(definition.error()));
  const auto shared = std::make_shared<Respond>(std::move(respond));
  const Status queued = services.workers.submit([definitions, key = key_of(request), shared] {
    std::string body;
    JsonWriter json(body);
    json.begin_object().key("uses").begin_array();
    for (const segment::Use& use : segment::uses_of(*definitions, key)) {
      json.begin_object().key("kind").string(use.by.kind).key("name").string(use.by.name);
      json.key("how").string(use.how).end_object();
    }
    json.end_array().end_object();
    (*shared)(json_response(std::move(body)));
  });
  if (!queued) (*shared)(problem(queued.error()));
}

Response get_schema(const catalog::Kinds& kinds, const Request& request) {
  const std::string_view name = request.path_parameter("kind");
  if (const catalog::Kind* kind = kinds.find(name)) return json_response(std::string(kind->schema));
  std::string known;
  for (const catalog::Kind& kind : kinds.all()) known.append(known.empty() ? "" : ", ").append(kind.name);
  return problem(Code::kNotFound, "there is no kind \"" + std::string(name) + "\"; there are " + known);
}

// The answer to a change of one definition: the version it made.
Response render_one(const Accepted& accepted) {
  const auto& [definition, version] = accepted.made.front();
  Response response = json_response(definition_json(*definition, *version), version->version == 1 ? 201 : 200);
  if (const auto write_key = accepted.new_keys.find(definition->key.name); write_key != accepted.new_keys.end()) {
    response.body.pop_back();
    response.body += ",\"write_key\":";
    append_json_string(response.body, write_key->second);
    response.body += '}';
  }
  response.headers.emplace_back("ETag", "\"" + std::to_string(version->version) + "\"");
  return response;
}

void change(Services& services, const Request& request, ChangeAction action, Result<std::string> document,
            Respond respond) {
  const auto replaces = asked_version(request);
  if (!document || !replaces) return respond(problem(document ? replaces.error() : document.error()));
  Proposal proposal;
  proposal.set.by = author(request);
  proposal.set.changes.push_back(
      {.action = action, .key = key_of(request), .document = std::move(*document), .replaces = *replaces});
  propose(services, std::move(proposal), render_one, std::move(respond));
}

void put(Services& services, const Request& request, Respond respond) {
  const std::string state = query_value(request.raw_query, "state").value_or("draft");
  if (state != "draft" && state != "published") {
    return respond(problem(Code::kInvalidArgument, "query parameter \"state\" must be draft or published"));
  }
  if (request.body.empty()) return respond(problem(Code::kInvalidArgument, "the body must be the document"));
  const ChangeAction action = state == "draft" ? ChangeAction::kDraft : ChangeAction::kPublish;
  change(services, request, action, document_text(request.body, key_of(request)), std::move(respond));
}

std::string text_of(ingest::JsonValue object, std::string_view name) {
  ingest::TextSpace space;
  return std::string(object.find(name).text(space));
}

Result<catalog::DefinitionChange> read_change(ingest::JsonValue object, const std::string& place) {
  const auto refuse = [&](std::string_view what) { return error(Code::kInvalidArgument, place + std::string(what)); };
  if (!object.is_object()) return refuse(" must be an object with action, kind, name and document");
  for (ingest::JsonValue member = object.first(); member; member = member.next()) {
    ingest::TextSpace space;
    const std::string_view name = member.key(space);
    const bool text = name == "action" || name == "kind" || name == "name";
    if (text && !member.is_string()) return refuse("/" + std::string(name) + " must be a text");
    if (!text && name != "document" && name != "replaces") {
      return refuse("/" + std::string(name) + " is not known; allowed are action, kind, name, document, replaces");
    }
  }
  catalog::DefinitionChange change{.key = {text_of(object, "kind"), text_of(object, "name")}};
  const std::string action = text_of(object, "action");
  if (action != "draft" && action != "publish" && action != "archive") {
    return refuse("/action must be draft, publish or archive");
  }
  change.action = action == "draft"     ? ChangeAction::kDraft
                  : action == "publish" ? ChangeAction::kPublish
                                        : ChangeAction::kArchive;
  if (const ingest::JsonValue document = object.find("document")) {
    if (!document.is_object()) return refuse("/document must be an object");
    if (change.action == ChangeAction::kArchive) return refuse("/document: what is archived takes none");
    TRY_ASSIGN(change.document, document_text(document, change.key));
  } else if (change.action == ChangeAction::kDraft) {
    return refuse(" is missing \"document\"");
  }
  if (const ingest::JsonValue replaces = object.find("replaces")) {
    const std::string number = text_of(object, "replaces");
    std::uint32_t version = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), version);
    const bool whole = read.ec == std::errc{} && read.ptr == number.data() + number.size();
    if (replaces.kind() != ingest::JsonKind::kNumber || !whole) return refuse("/replaces must be a version's number");
    change.replaces = version;
  }
  return change;
}

Result<Proposal> read_set(const Request& request) {
  ingest::JsonTree tree;
  TRY(tree.read(request.body));
  Proposal proposal;
  proposal.set.by = author(request);
  for (ingest::JsonValue member = tree.root().first(); member; member = member.next()) {
    ingest::TextSpace space;
    const std::string name(member.key(space));
    if (name == "dry_run" && member.kind() == ingest::JsonKind::kBoolean) {
      proposal.dry_run = member.raw() == "true";
    } else if (name != "changes" || member.kind() != ingest::JsonKind::kArray) {
      return error(Code::kInvalidArgument,
                   R"(the body must be {"changes":[…],"dry_run":false}: see /)" + name + " of what was sent");
    }
  }
  const ingest::JsonValue changes = tree.root().find("changes");
  if (!changes) return error(Code::kInvalidArgument, "the body is missing \"changes\"");
  for (ingest::JsonValue one = changes.first(); one; one = one.next()) {
    const std::string place = "/changes/" + std::to_string(proposal.set.changes.size());
    TRY_ASSIGN(catalog::DefinitionChange change, read_change(one, place));
    proposal.set.changes.push_back(std::move(change));
  }
  if (proposal.set.changes.empty()) return error(Code::kInvalidArgument, "the set has no changes");
  return proposal;
}

Response render_set(const Accepted& accepted) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("dry_run").boolean(accepted.dry_run).key("changes").begin_array();
  for (const auto& [definition, version] : accepted.made) {
    const catalog::DefinitionKey& key = definition->key;
    json.begin_object().key("kind").string(key.kind).key("name").string(key.name);
    json.key("version").number(std::uint64_t{version->version}).key("state").string(state_name(version->state));
    const auto write_key = accepted.new_keys.find(key.name);
    if (key.kind == "source" && write_key != accepted.new_keys.end()) json.key("write_key").string(write_key->second);
    json.end_object();
  }
  json.end_array().end_object();
  return json_response(std::move(body));
}

void apply(Services& services, const Request& request, Respond respond) {
  Result<Proposal> proposal = read_set(request);
  if (!proposal) return respond(problem(proposal.error()));
  propose(services, std::move(*proposal), render_set, std::move(respond));
}

void add_reading_routes(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kGet, "/v1/definitions", guard([&services](const Request& request, Respond respond) {
               const auto input = read_list_input(request, services.engine.kinds());
               if (!input) return respond(problem(input.error()));
               respond(list(*services.engine.definitions(), *input));
             }));
  router.add(Method::kGet, "/v1/definitions/{kind}/{name}", guard([&services](const Request& request, Respond respond) {
               respond(get(*services.engine.definitions(), request));
             }));
  router.add(Method::kGet, "/v1/definitions/{kind}/{name}/versions",
             guard([&services](const Request& request, Respond respond) {
               respond(versions(*services.engine.definitions(), request));
             }));
  router.add(Method::kGet, "/v1/definitions/{kind}/{name}/uses",
             guard([&services](const Request& request, Respond respond) {
               uses(services, request, std::move(respond));
             }));
  router.add(Method::kGet, "/v1/schemas/{kind}", guard([&services](const Request& request, Respond respond) {
               respond(get_schema(services.engine.kinds(), request));
             }));
}

}  // namespace

void add_definition_routes(Router& router, Services& services, const Guard& guard) {
  add_reading_routes(router, services, guard);
  router.add(Method::kPut, "/v1/definitions/{kind}/{name}", guard([&services](const Request& request, Respond respond) {
               put(services, request, std::move(respond));
             }));
  router.add(Method::kPost, "/v1/definitions/{kind}/{name}/publish",
             guard([&services](const Request& request, Respond respond) {
               change(services, request, ChangeAction::kPublish, std::string(), std::move(respond));
             }));
  router.add(Method::kPost, "/v1/definitions/{kind}/{name}/archive",
             guard([&services](const Request& request, Respond respond) {
               change(services, request, ChangeAction::kArchive, std::string(), std::move(respond));
             }));
  router.add(Method::kPost, "/v1/definitions/apply", guard([&services](const Request& request, Respond respond) {
               apply(services, request, std::move(respond));
             }),
             {.max_body = kMaxSetBody});
}

}  // namespace tessera::http

#include "http/handlers/corrections.h"

#include <algorithm>

#include "base/json.h"
#include "catalog/identifier.h"
#include "http/handlers/applied.h"
#include "http/handlers/profile_key.h"
#include "http/handlers/proposal.h"
#include "http/handlers/reading.h"
#include "http/problem.h"
#include "identity/correction.h"
#include "ingest/json_tree.h"

namespace tessera::http {

namespace {

struct Input {
  ProfileKey key;
  Offset at_least;
  identity::Correction correction;
};

Status read_part(ingest::JsonValue part, identity::Correction& correction) {
  ingest::TextSpace space;
  const auto id = part.is_string() ? parse_profile_id(part.text(space)) : std::nullopt;
  if (!id) {
    return error(Code::kInvalidArgument, "/parts/" + std::to_string(correction.parts.size()) +
                                             " must be the id of a part, as …/identity shows it");
  }
  if (correction.parts.size() == identity::kMaxCorrectedParts) {
    return error(Code::kInvalidArgument,
                 "/parts must have at most " + std::to_string(identity::kMaxCorrectedParts) + " elements");
  }
  correction.parts.push_back({id->value});
  return {};
}

Result<identity::Correction> read_unmerge(ingest::JsonValue body) {
  identity::Correction correction;
  for (ingest::JsonValue member = body.first(); member; member = member.next()) {
    ingest::TextSpace space;
    const std::string name(member.key(space));
    if (name == "keep_apart" && member.kind() == ingest::JsonKind::kBoolean) {
      correction.keep_apart = member.raw() == "true";
    } else if (name == "parts" && member.kind() == ingest::JsonKind::kArray) {
      for (ingest::JsonValue part = member.first(); part; part = part.next()) TRY(read_part(part, correction));
    } else {
      return error(Code::kInvalidArgument,
                   R"(the body must be {"parts":["p…"],"keep_apart":false}: see /)" + name + " of what was sent");
    }
  }
  if (correction.parts.empty()) return error(Code::kInvalidArgument, "/parts must name at least one part");
  return correction;
}

Result<identity::Correction> read_detach(ingest::JsonValue body) {
  identity::Correction correction;
  for (ingest::JsonValue member = body.first(); member; member = member.next()) {
    ingest::TextSpace space;
    const std::string name(member.key(space));
    if ((name != "type" && name != "value") || !member.is_string()) {
      return error(Code::kInvalidArgument,
                   R"(the body must be {"type":"…","value":"…"}, both texts: see /)" + name + " of what was sent");
    }
    (name == "type" ? correction.identifier_type : correction.identifier_value) = member.text(space);
  }
  if (correction.identifier_type.empty() || correction.identifier_value.empty()) {
    return error(Code::kInvalidArgument, "the body must name the identifier by \"type\" and \"value\"");
  }
  correction.identifier_value = catalog::standard_identifier(correction.identifier_type, correction.identifier_value);
  return correction;
}

Result<Input> read_input(const Services& services, const Request& request,
                         Result<identity::Correction> (*read_body)(ingest::JsonValue)) {
  Input input;
  const auto rules = services.engine.identity_rules();
  TRY_ASSIGN(input.key, parse_profile_key(request.path_parameter("key")));
  TRY(check_type(input.key, *rules));
  TRY_ASSIGN(input.at_least, asked_position(request));
  ingest::JsonTree tree;
  TRY(tree.read(request.body));
  TRY_ASSIGN(input.correction, read_body(tree.root()));
  if (!input.correction.identifier_type.empty()) TRY(check_type(input.correction.identifier_type, *rules));
  input.correction.by = author(request);
  return input;
}

// The parts of the person as they are before; the errors are what can be told before anything is written.
Result<std::vector<PartId>> look_before(engine::View& view, const Input& input) {
  TRY_ASSIGN(const ProfileId id, find(view, input.key));
  TRY_ASSIGN(const profile::GraphSnapshot graph, view.graph(id));
  std::vector<PartId> parts;
  for (const profile::PartSnapshot& part : graph.parts) parts.push_back(part.id);
  const identity::Correction& correction = input.correction;
  for (const PartId part : correction.parts) {
    if (std::ranges::find(parts, part) != parts.end()) continue;
    return error(Code::kNotFound, to_text(part) + " is no part of " + to_text(id) + ": …/identity shows those it has");
  }
  if (correction.identifier_type.empty()) return parts;
  const auto holder = view.find(correction.identifier_type, correction.identifier_value);
  if (holder && *holder == id) return parts;
  return error(Code::kNotFound, to_text(id) + " does not have the " + correction.identifier_type + " \"" +
                                    correction.identifier_value + "\"");
}

// A correction on its way.
struct Pending {
  Input input;
  Respond respond;
  std::vector<PartId> parts;  // of the person, before
};

// Who the parts are now, the person that was asked for first.
Response render(engine::View& view, const Pending& pending) {
  std::vector<std::pair<ProfileId, std::vector<PartId>>> profiles;
  const auto place_of = [&](ProfileId id) {
    const auto at = std::ranges::find(profiles, id, [](const auto& profile) { return profile.first; });
    return at != profiles.end() ? at : profiles.insert(at, {id, {}});
  };
  if (const auto asked_for = find(view, pending.input.key)) place_of(*asked_for);
  for (const PartId part : pending.parts) {
    if (const auto id = view.find(ProfileId{part.value})) place_of(*id)->second.push_back(part);
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("profiles").begin_array();
  for (const auto& [id, parts] : profiles) {
    if (parts.empty()) continue;  // the identifier that was asked by has come to be another's
    json.begin_object().key("id").string(to_text(id)).key("parts").begin_array();
    for (const PartId part : parts) json.string(to_text(part));
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return json_response(std::move(body));
}

void submit(Services& services, const std::shared_ptr<Pending>& pending) {
  std::vector<log::Draft> drafts(1);
  drafts.front().kind = log::RecordKind::kCorrection;
  encode(pending->input.correction, drafts.front().body);
  const Status submitted = services.engine.submit(std::move(drafts), [&services, pending](Result<Offset> synced) {
    if (!synced) return pending->respond(problem(synced.error()));
    when_applied(services, *synced, [pending, position = *synced](engine::View* view) {
      if (view == nullptr) return pending->respond(problem(not_applied_yet(position)));
      if (const auto why = view->refusal(position)) {
        return pending->respond(problem(Code::kFailedPrecondition, *why));
      }
      Response response = render(*view, *pending);
      response.position = position;
      pending->respond(std::move(response));
    });
  });
  if (!submitted) pending->respond(problem(submitted.error()));
}

void correct(Services& services, const Request& request, Respond respond,
             Result<identity::Correction> (*read_body)(ingest::JsonValue)) {
  Result<Input> input = read_input(services, request, read_body);
  if (!input) return respond(problem(input.error()));
  const auto pending = std::make_shared<Pending>(Pending{*std::move(input), std::move(respond), {}});
  const Status asked = services.engine.query(pending->input.at_least, [&services, pending](engine::View& view, bool) {
    Result<std::vector<PartId>> parts = look_before(view, pending->input);
    if (!parts) return pending->respond(problem(parts.error()));
    pending->parts = *std::move(parts);
    submit(services, pending);
  });
  if (!asked) pending->respond(problem(asked.error()));
}

}  // namespace

void add_correction_routes(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kPost, "/v1/profiles/{key}/unmerge", guard([&services](const Request& request, Respond respond) {
               correct(services, request, std::move(respond), read_unmerge);
             }));
  router.add(Method::kPost, "/v1/profiles/{key}/detach", guard([&services](const Request& request, Respond respond) {
               correct(services, request, std::move(respond), read_detach);
             }));
}

}  // namespace tessera::http

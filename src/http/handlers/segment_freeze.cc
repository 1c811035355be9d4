#include "http/handlers/segment_freeze.h"

#include <algorithm>

#include "base/json.h"
#include "http/filling.h"
#include "http/handlers/list_change.h"
#include "http/handlers/proposal.h"
#include "http/handlers/reading.h"
#include "http/handlers/segments.h"
#include "http/problem.h"
#include "ingest/json_tree.h"

namespace tessera::http {

namespace {

struct Input {
  std::string segment;
  Offset at_least;
  std::string as;
  std::string description;
  std::string by;
};

Result<Input> read_input(const Request& request) {
  Input input{.segment = std::string(request.path_parameter("name")), .at_least = {}, .by = author(request)};
  TRY_ASSIGN(input.at_least, asked_position(request));
  ingest::JsonTree tree;
  TRY(tree.read(request.body));
  for (ingest::JsonValue member = tree.root().first(); member; member = member.next()) {
    ingest::TextSpace space;
    const std::string name(member.key(space));
    if ((name != "as" && name != "description") || !member.is_string()) {
      return error(Code::kInvalidArgument,
                   R"(the body must be {"as":"…","description":"…"}, both texts: see /)" + name + " of what was sent");
    }
    (name == "as" ? input.as : input.description) = member.text(space);
  }
  if (input.as.empty()) return error(Code::kInvalidArgument, "the body must name the list to be made by \"as\"");
  return input;
}

// A frozen audience while it is made.
struct Pending {
  Input input;
  Respond respond;
  std::uint64_t count = 0;  // of the members at the moment
  Offset position;          // of the moment
  Filling filling;
};

// A list that whoever answers for the segment answers for, and that may be used for the same.
std::string list_document(const Input& input, std::string_view segment_document, Timestamp at) {
  std::string document;
  JsonWriter json(document);
  json.begin_object().key("kind").string("segment").key("name").string(input.as);
  ingest::JsonTree tree;
  const bool is_read = tree.read(segment_document).has_value();
  const auto carry_over = [&](std::string_view name) {
    const ingest::JsonValue value = is_read ? tree.root().find(name) : ingest::JsonValue();
    if (value) json.key(name).raw(value.raw());
  };
  carry_over("owner");
  json.key("description");
  json.string(input.description.empty() ? "The members of " + input.segment + " on " + to_text(at) : input.description);
  json.key("list").boolean(true);
  carry_over("purposes");
  json.end_object();
  return document;
}

// What publishes the list; errors are what can be told before anything is written.
Result<Proposal> make_proposal(const Services& services, engine::View& view, const Input& input) {
  const auto segments = view.segments();
  const auto segment = std::ranges::find(segments, input.segment, &engine::SegmentSnapshot::name);
  if (segment == segments.end()) {
    return error(Code::kNotFound,
                 "there is no published segment \"" + input.segment + "\": GET /v1/segments lists them");
  }
  if (segment->pending) {
    return error(Code::kFailedPrecondition,
                 "segment \"" + input.segment + "\" waits for the history, so that its members are not known yet");
  }
  const auto definitions = services.engine.definitions();
  const catalog::DefinitionKey key{"segment", input.as};
  if (definitions->in_force(key) != nullptr) {
    return error(Code::kFailedPrecondition,
                 "there is a segment \"" + input.as + "\" already: choose another name, or archive that one");
  }
  const catalog::DefinitionVersion* const source = definitions->in_force({"segment", input.segment});
  const catalog::Definition* const before = definitions->find(key);
  Proposal proposal;
  proposal.set.by = input.by;
  proposal.set.changes.push_back(
      {.action = catalog::ChangeAction::kPublish,
       .key = key,
       .document = list_document(input, source == nullptr ? "" : std::string_view(source->document), view.now()),
       .replaces = before == nullptr ? 0 : before->newest().version,
       .attachment = {}});
  return proposal;
}

std::string render(const Pending& pending) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("segment").string(pending.input.as).key("of").string(pending.input.segment);
  json.key("members").number(pending.count).key("position").number(pending.position.value);
  write_filling(json, pending.filling);
  json.end_object();
  return body;
}

// Copies the members of one moment, and puts them on the list.
void fill(Services& services, const std::shared_ptr<Pending>& pending, Offset published) {
  const Status asked = services.engine.query(published, [&services, pending](engine::View& view, bool) {
    auto members = view.all_members(pending->input.segment);
    if (!members) return pending->respond(problem(members.error()));
    pending->count = members->size();
    pending->position = view.position();
    ListChange change{.segment = pending->input.as, .add = *std::move(members), .remove = {}};
    change_list(services, std::move(change), [pending](Result<ListChanged> changed) {
      if (!changed) return pending->respond(problem(changed.error()));
      Response response = json_response(render(*pending));
      response.status = 201;
      response.position = changed->position;
      pending->respond(std::move(response));
    });
  });
  if (!asked) pending->respond(problem(asked.error()));
}

void publish(Services& services, const std::shared_ptr<Pending>& pending, Proposal proposal) {
  const auto made = [](const Accepted&) { return Response(); };
  propose(services, std::move(proposal), made, [&services, pending](Response response) {
    if (response.finish) std::exchange(response.finish, nullptr)(&response);
    if (response.status != Response().status) return pending->respond(std::move(response));
    fill(services, pending, response.position.value_or(Offset{}));
  });
}

void freeze(Services& services, const Request& request, Respond respond) {
  Result<Input> input = read_input(request);
  if (!input) return respond(problem(input.error()));
  const auto pending = std::make_shared<Pending>(Pending{.input = *std::move(input), .respond = std::move(respond)});
  const Status asked = services.engine.query(pending->input.at_least, [&services, pending](engine::View& view, bool) {
    Result<Proposal> proposal = make_proposal(services, view, pending->input);
    if (!proposal) return pending->respond(problem(proposal.error()));
    pending->filling = filling_of(view);
    publish(services, pending, *std::move(proposal));
  });
  if (!asked) pending->respond(problem(asked.error()));
}

}  // namespace

void add_segment_freeze_route(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kPost, "/v1/segments/{name}/freeze", guard([&services](const Request& request, Respond respond) {
               freeze(services, request, std::move(respond));
             }));
}

}  // namespace tessera::http

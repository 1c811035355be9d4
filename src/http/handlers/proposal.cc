#include "http/handlers/proposal.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/json.h"
#include "catalog/in_force.h"
#include "http/handlers/applied.h"
#include "http/problem.h"
#include "http/text.h"
#include "log/log.h"

namespace tessera::http {

namespace {

using catalog::ChangeAction;

constexpr std::string_view kSourceKind = "source";

// A proposal while it is in work.
struct Pending {
  Proposal proposal;
  Render render;
  Respond respond;
};

// Gives keys to sources that need one, and makes sure that they are as they were when that was decided.
void give_keys(const catalog::Definitions& now, const catalog::Definitions& after, const catalog::Sources& sources,
               Proposal& proposal) {
  std::set<std::string> seen;
  for (catalog::DefinitionChange& change : proposal.set.changes) {
    if (change.key.kind != kSourceKind || !seen.insert(change.key.name).second) continue;
    const catalog::Definition* before = now.find(change.key);
    if (!change.replaces) change.replaces = before != nullptr ? before->newest().version : 0;
    const catalog::DefinitionVersion* version = after.in_force(change.key);
    if (change.action != ChangeAction::kPublish || !change.attachment.empty() || version == nullptr) continue;
    const auto next = catalog::parse_source(version->document);
    if (!next || !catalog::needs_key(sources.by_name(change.key.name), *next)) continue;
    const std::string key = catalog::make_write_key();
    change.attachment = catalog::key_attachment(key, next->trust);
    proposal.new_keys[change.key.name] = key;
  }
}

// The versions that the set made at `offset`. Empty if it made none, since it was refused.
std::vector<Accepted::Made> versions_made(const catalog::Definitions& definitions, const catalog::ChangeSet& set,
                                          Offset offset) {
  std::vector<Accepted::Made> made;
  std::map<catalog::DefinitionKey, std::size_t> seen;
  for (const catalog::DefinitionChange& change : set.changes) {
    const catalog::Definition* definition = definitions.find(change.key);
    if (definition == nullptr) return {};
    std::size_t skip = seen[change.key]++;
    const auto version = std::ranges::find_if(definition->versions,
                                              [&](const auto& one) { return one.offset == offset && skip-- == 0; });
    if (version == definition->versions.end()) return {};
    made.push_back({definition, &*version});
  }
  return made;
}

// The answer to what was applied to `definitions` at `position`; 0: what would be, on a dry run. Rendered on the
// connection's thread, since it may be long.
void answer(const std::shared_ptr<Pending>& pending, std::shared_ptr<const catalog::Definitions> definitions,
            Offset position, std::optional<std::string> refusal) {
  Response response;
  response.finish = [pending, definitions = std::move(definitions), position, refusal](Response* to) {
    const Proposal& proposal = pending->proposal;
    const Accepted accepted{versions_made(*definitions, proposal.set, position), proposal.new_keys, proposal.dry_run};
    if (refusal || accepted.made.empty()) {
      *to = problem(Code::kFailedPrecondition, refusal.value_or("another change came first: look at it and try again"));
    } else {
      *to = pending->render(accepted);
      if (!proposal.dry_run) to->position = position;
    }
  };
  pending->respond(std::move(response));
}

void submit(Services& services, const std::shared_ptr<Pending>& pending) {
  std::vector<log::Draft> drafts(1);
  drafts.front().kind = log::RecordKind::kDefinitions;
  encode(pending->proposal.set, drafts.front().body);
  if (drafts.front().body.size() > log::kMaxBody) {
    return pending->respond(problem(Code::kTooLarge, "a set has at most 4 MB: send what belongs together on its own"));
  }
  const Status submitted = services.engine.submit(std::move(drafts), [&services, pending](Result<Offset> synced) {
    if (!synced) return pending->respond(problem(synced.error()));
    when_applied(services, *synced, [&services, pending, position = *synced](engine::View* view) {
      if (view == nullptr) return pending->respond(problem(not_applied_yet(position)));
      answer(pending, services.engine.definitions(), position, view->refusal(position));
    });
  });
  if (!submitted) pending->respond(problem(submitted.error()));
}

void check_and_submit(Services& services, const std::shared_ptr<Pending>& pending) {
  Proposal& proposal = pending->proposal;
  const auto now = services.engine.definitions();
  const auto sources = services.engine.sources();
  auto after = now->with(proposal.set, services.clock.wall(), {}, nullptr);
  if (!after) return pending->respond(problem(after.error()));
  if (!proposal.dry_run) give_keys(*now, *after, *sources, proposal);
  const auto problems = check_changes(services.engine.kinds(), *now, proposal.set);
  if (!problems.empty()) return pending->respond(invalid_definition(problems));
  if (!proposal.dry_run) return submit(services, pending);
  answer(pending, std::make_shared<catalog::Definitions>(*std::move(after)), {}, std::nullopt);
}

// The JSON pointer of a member that is there twice in one object; empty if there is none.
std::string find_twice(ingest::JsonValue value, ingest::TextSpace& space) {
  std::set<std::string_view> names;
  std::size_t index = 0;
  for (ingest::JsonValue part = value.first(); part; part = part.next(), ++index) {
    const std::string name = value.is_object() ? std::string(part.key(space)) : std::to_string(index);
    if (value.is_object() && !names.insert(part.key(space)).second) return "/" + name;
    if (const std::string inside = find_twice(part, space); !inside.empty()) return "/" + name + inside;
  }
  return {};
}

}  // namespace

Response invalid_definition(const std::vector<catalog::Problem>& problems) {
  const auto& first = problems.front();
  std::string detail =
      std::to_string(problems.size()) + (problems.size() == 1 ? " problem: " : " problems; the first: ");
  detail += to_text(first.key) + (first.pointer.empty() ? "" : ", at " + first.pointer) + ": " + first.message;
  Response response = problem(422, "invalid_definition", detail);
  response.body.pop_back();
  response.body += ",\"problems\":";
  JsonWriter json(response.body);
  json.begin_array();
  for (const auto& [key, pointer, message] : problems) {
    json.begin_object().key("kind").string(key.kind).key("name").string(key.name);
    json.key("pointer").string(pointer).key("message").string(message).end_object();
  }
  json.end_array();
  response.body += '}';
  return response;
}

void propose(Services& services, Proposal proposal, Render render, Respond respond) {
  const auto pending = std::make_shared<Pending>(Pending{std::move(proposal), std::move(render), std::move(respond)});
  const Status queued = services.workers.submit([&services, pending] { check_and_submit(services, pending); });
  if (!queued) pending->respond(problem(queued.error()));
}

std::string author(const Request& request) {
  const auto credentials = parse_authorization(request.headers.get("Authorization").value_or(""));
  if (!credentials) return "unknown";
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "token ";
  for (const char byte : catalog::write_key_sha256(credentials->user).substr(0, 4)) {
    out += kDigits[static_cast<unsigned char>(byte) >> 4U];
    out += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return out;
}

Result<std::optional<std::uint32_t>> asked_version(const Request& request) {
  if (request.headers.get("If-None-Match") == "*") return std::optional<std::uint32_t>(0);
  const auto header = request.headers.get("If-Match");
  if (!header) return std::optional<std::uint32_t>();
  std::string_view text = trim(*header);
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  std::uint32_t version = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (failed != std::errc{} || end != text.data() + text.size()) {
    return error(Code::kInvalidArgument, "the header If-Match must be the number of the version to be replaced");
  }
  return std::optional<std::uint32_t>(version);
}

Result<std::string> document_text(ingest::JsonValue object, const catalog::DefinitionKey& key,
                                  std::initializer_list<std::string_view> without) {
  ingest::TextSpace space;
  if (const std::string member = find_twice(object, space); !member.empty()) {
    return error(Code::kInvalidArgument, "the document has " + member + " twice");
  }
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (!object.find("kind")) json.key("kind").string(key.kind);
  if (!object.find("name")) json.key("name").string(key.name);
  for (ingest::JsonValue member = object.first(); member; member = member.next()) {
    const std::string_view name = member.key(space);
    if (std::ranges::find(without, name) == without.end()) json.key(name).raw(member.raw());
  }
  json.end_object();
  return text;
}

Result<std::string> document_text(std::string_view body, const catalog::DefinitionKey& key,
                                  std::initializer_list<std::string_view> without) {
  ingest::JsonTree tree;
  if (Status read = tree.read(body.empty() ? "{}" : body); !read) {
    return annotate(std::move(read).error(), "the body is not a definition's document");
  }
  return document_text(tree.root(), key, without);
}

}  // namespace tessera::http

#include "http/handlers/segment_list.h"

#include <algorithm>
#include <map>

#include "base/json.h"
#include "http/handlers/list_change.h"
#include "http/handlers/profile_key.h"
#include "http/handlers/reading.h"
#include "http/problem.h"
#include "http/text.h"
#include "identity/directory.h"
#include "ingest/json_tree.h"

namespace tessera::http {

namespace {

constexpr std::size_t kMaxEntries = 10'000;
constexpr std::size_t kMaxListBody = 4u << 20;
constexpr std::size_t kFoundAtOnce = 50;  // in one query, which has to be short
constexpr std::size_t kMaxUnknown = 20;   // that are told, unless all are asked for

struct Entry {
  std::string text;  // as it was sent
  ProfileKey key;
  bool is_removed = false;
};

struct Input {
  std::string segment;
  Offset at_least;
  std::vector<Entry> entries;
  bool replaces = false;  // whoever is not among the entries is taken off
  bool full = false;
};

Status read_entries(ingest::JsonValue list, const std::string& name, const catalog::IdentityRules& rules,
                    Input& input) {
  if (list.kind() != ingest::JsonKind::kArray) return error(Code::kInvalidArgument, "/" + name + " must be a list");
  std::size_t index = 0;
  for (ingest::JsonValue one = list.first(); one; one = one.next(), ++index) {
    const std::string place = "/" + name + "/" + std::to_string(index);
    if (!one.is_string()) {
      return error(Code::kInvalidArgument, place + " must be a profile's id, or an identifier as type:value");
    }
    if (input.entries.size() == kMaxEntries) {
      return error(Code::kInvalidArgument,
                   "a call may name at most " + std::to_string(kMaxEntries) + " people: send more in further calls");
    }
    ingest::TextSpace space;
    Entry entry{.text = std::string(one.text(space)), .key = {}, .is_removed = name == "remove"};
    Result<ProfileKey> key = parse_profile_key(entry.text);
    if (!key) return annotate(std::move(key).error(), place);
    if (!key->id) {
      if (Status known = check_type(key->type, rules); !known) return annotate(std::move(known).error(), place);
    }
    entry.key = *std::move(key);
    input.entries.push_back(std::move(entry));
  }
  return {};
}

Result<Input> read_input(const Services& services, const Request& request) {
  Input input{.segment = std::string(request.path_parameter("name")), .at_least = {}, .entries = {}};
  TRY_ASSIGN(input.at_least, asked_position(request));
  const std::string full = query_value(request.raw_query, "full").value_or("false");
  if (full != "true" && full != "false") {
    return error(Code::kInvalidArgument, "query parameter \"full\" must be true or false");
  }
  input.full = full == "true";
  ingest::JsonTree tree;
  TRY(tree.read(request.body));
  const auto rules = services.engine.identity_rules();
  bool changes = false;
  for (ingest::JsonValue member = tree.root().first(); member; member = member.next()) {
    ingest::TextSpace space;
    const std::string name(member.key(space));
    const bool is_replace = name == "replace";
    if ((!is_replace && name != "add" && name != "remove") || (is_replace ? changes : input.replaces)) {
      return error(Code::kInvalidArgument,
                   R"(the body must be {"add":["email:…"],"remove":["p…"]} or {"replace":["p…"]}: see /)" + name +
                       " of what was sent");
    }
    (is_replace ? input.replaces : changes) = true;
    TRY(read_entries(member, name, *rules, input));
  }
  if (changes || input.replaces) return input;
  return error(Code::kInvalidArgument, R"(the body must have "add", "remove" or "replace")");
}

// A change while it is in work.
struct Pending {
  Input input;
  Respond respond;
  std::size_t next = 0;  // of the entries: the first that was not looked for yet
  // By number of the profile: whether they are members before.
  std::map<std::uint32_t, bool> to_add;
  std::map<std::uint32_t, bool> to_remove;
  std::vector<std::string> unknown;
  std::uint64_t unknown_count = 0;
  std::uint64_t unchanged = 0;
  ListChange change;
};

std::string render(const Pending& pending, const ListChanged& changed) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("segment").string(pending.input.segment);
  json.key("added").number(std::uint64_t{pending.change.add.size()});
  json.key("removed").number(std::uint64_t{pending.change.remove.size()});
  json.key("unchanged").number(pending.unchanged);
  json.key("unknown").begin_object().key("count").number(pending.unknown_count).key("first").begin_array();
  for (const std::string& text : pending.unknown) json.string(text);
  json.end_array().end_object();
  if (pending.input.full) {
    json.key("profiles").begin_array();
    for (const auto* people : {&pending.to_add, &pending.to_remove}) {
      for (const auto& [number, was_member] : *people) json.string(to_text(identity::profile_of_number(number)));
    }
    json.end_array();
  }
  json.key("members").number(changed.members).key("position").number(changed.position.value).end_object();
  return body;
}

// Who is to be put on the list, and who taken off it. Who is named for both is put on it.
Status settle(engine::View& view, Pending& pending) {
  std::erase_if(pending.to_remove, [&](const auto& one) { return pending.to_add.contains(one.first); });
  ListChange& change = pending.change;
  change.segment = pending.input.segment;
  for (const auto& [number, is_member] : pending.to_add) {
    if (is_member) {
      ++pending.unchanged;
    } else {
      change.add.push_back(number);
    }
  }
  for (const auto& [number, is_member] : pending.to_remove) {
    if (is_member) {
      change.remove.push_back(number);
    } else {
      ++pending.unchanged;
    }
  }
  if (!pending.input.replaces) return {};
  TRY_ASSIGN(change.remove, view.all_members(change.segment));
  std::erase_if(change.remove, [&](std::uint32_t number) { return pending.to_add.contains(number); });
  return {};
}

void submit(Services& services, const std::shared_ptr<Pending>& pending) {
  change_list(services, pending->change, [pending](Result<ListChanged> changed) {
    if (!changed) return pending->respond(problem(changed.error()));
    Response response;
    response.finish = [pending, changed = *changed](Response* to) {
      *to = json_response(render(*pending, changed));
      to->position = changed.position;
    };
    pending->respond(std::move(response));
  });
}

void look_for(engine::View& view, Pending& pending, Entry& entry) {
  if (const auto id = find(view, entry.key)) {
    if (const auto is_member = view.is_member(pending.input.segment, *id)) {
      auto& people = entry.is_removed ? pending.to_remove : pending.to_add;
      people[static_cast<std::uint32_t>(identity::number_of(*id))] = *is_member;
      return;
    }
  }
  ++pending.unknown_count;
  if (pending.input.full || pending.unknown.size() < kMaxUnknown) pending.unknown.push_back(std::move(entry.text));
}

void find_people(Services& services, const std::shared_ptr<Pending>& pending, Offset at_least) {
  const Status asked = services.engine.query(at_least, [&services, pending](engine::View& view, bool) {
    if (const Status good = check_list(services, pending->input.segment); !good) {
      return pending->respond(problem(good.error()));
    }
    std::vector<Entry>& entries = pending->input.entries;
    for (std::size_t n = 0; n < kFoundAtOnce && pending->next < entries.size(); ++n) {
      look_for(view, *pending, entries[pending->next++]);
    }
    if (pending->next < entries.size()) return find_people(services, pending, {});
    if (const Status good = settle(view, *pending); !good) return pending->respond(problem(good.error()));
    submit(services, pending);
  });
  if (!asked) pending->respond(problem(asked.error()));
}

void change(Services& services, const Request& request, Respond respond) {
  Result<Input> input = read_input(services, request);
  if (!input) return respond(problem(input.error()));
  const auto pending = std::make_shared<Pending>(Pending{.input = *std::move(input), .respond = std::move(respond)});
  find_people(services, pending, pending->input.at_least);
}

}  // namespace

void add_segment_list_route(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kPost, "/v1/segments/{name}/list", guard([&services](const Request& request, Respond respond) {
               change(services, request, std::move(respond));
             }),
             {.max_body = kMaxListBody});
}

}  // namespace tessera::http

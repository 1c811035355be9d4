#include "http/handlers/segments.h"

#include <algorithm>

#include "http/filling.h"
#include "http/handlers/profiles.h"
#include "http/handlers/reading.h"
#include "http/problem.h"
#include "http/text.h"
#include "ingest/json_tree.h"

namespace tessera::http {

namespace {

constexpr std::int64_t kMaxMembers = 1000;  // of one page
constexpr std::int64_t kMaxProfiles = 200;  // of one page that has profiles
constexpr std::int64_t kDefaultMembers = 100;
constexpr std::size_t kProfilesAtOnce = 10;  // in one query, which has to be short

// All segments, or one, and what was published of them, at one moment.
struct Found {
  std::vector<engine::SegmentSnapshot> segments;
  Filling filling;
  std::shared_ptr<const catalog::Definitions> definitions;
};

void write_segment(JsonWriter& json, const engine::SegmentSnapshot& segment, const catalog::Definitions& definitions) {
  json.key("name").string(segment.name).key("version").number(std::uint64_t{segment.version});
  json.key("members").number(segment.members);
  if (segment.pending) json.key("pending").boolean(true);
  const catalog::DefinitionVersion* version = definitions.in_force({"segment", segment.name});
  ingest::JsonTree tree;
  if (version == nullptr || !tree.read(version->document)) return;
  json.key("published_at").string(to_text(version->at));
  for (const std::string_view name : {"condition", "owner", "description"}) {
    const ingest::JsonValue value = tree.root().find(name);
    if (value.is_string()) json.key(name).raw(value.raw());
  }
  if (tree.root().find("list")) json.key("list").boolean(true);
}

std::string render_all(const Found& found) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("segments").begin_array();
  for (const engine::SegmentSnapshot& segment : found.segments) {
    json.begin_object();
    write_segment(json, segment, *found.definitions);
    json.end_object();
  }
  json.end_array();
  write_filling(json, found.filling);
  json.end_object();
  return body;
}

std::string render_one(const Found& found) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  write_segment(json, found.segments.front(), *found.definitions);
  write_filling(json, found.filling);
  json.end_object();
  return body;
}

Found look_at_all(const Services& services, engine::View& view) {
  return {view.segments(), filling_of(view), services.engine.definitions()};
}

void list(Services& services, const Request& request, Respond respond) {
  const auto at_least = asked_position(request);
  if (!at_least) return respond(problem(at_least.error()));
  const auto look = [&services](engine::View& view) -> Result<Found> { return look_at_all(services, view); };
  read(services, *at_least, std::move(respond), look, render_all);
}

void get(Services& services, const Request& request, Respond respond) {
  const auto at_least = asked_position(request);
  if (!at_least) return respond(problem(at_least.error()));
  const auto look = [&services,
                     name = std::string(request.path_parameter("name"))](engine::View& view) -> Result<Found> {
    Found found = look_at_all(services, view);
    std::erase_if(found.segments, [&](const engine::SegmentSnapshot& segment) { return segment.name != name; });
    if (!found.segments.empty()) return found;
    return error(Code::kNotFound, "there is no published segment \"" + name + "\": GET /v1/segments lists them");
  };
  read(services, *at_least, std::move(respond), look, render_one);
}

struct MembersInput {
  std::string segment;
  Offset at_least;
  ProfileId after;
  std::size_t limit = 0;
  bool profiles = false;
};

Result<MembersInput> read_members_input(const Request& request) {
  MembersInput input{.segment = std::string(request.path_parameter("name"))};
  TRY_ASSIGN(input.at_least, asked_position(request));
  const std::string profiles = query_value(request.raw_query, "profiles").value_or("false");
  if (profiles != "true" && profiles != "false") {
    return error(Code::kInvalidArgument, "query parameter \"profiles\" must be true or false");
  }
  input.profiles = profiles == "true";
  const std::int64_t most = input.profiles ? kMaxProfiles : kMaxMembers;
  TRY_ASSIGN(const std::int64_t limit, query_number(request.raw_query, "limit", 1, most, kDefaultMembers));
  input.limit = static_cast<std::size_t>(limit);
  if (const auto after = query_value(request.raw_query, "after")) {
    const auto id = parse_profile_id(*after);
    if (!id) return error(Code::kInvalidArgument, "query parameter \"after\" must be the \"next\" of the page before");
    input.after = *id;
  }
  return input;
}

// A page of members on its way: who they are first, then what is known of them, some at a time.
struct MembersPage {
  MembersInput input;
  Respond respond;
  std::vector<ProfileId> ids;
  bool more = false;
  std::vector<std::optional<profile::ProfileSnapshot>> profiles;  // of the first ids; none of who is no more
  Offset position;
  bool stale = false;
};

std::string render_members(const MembersPage& page) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("segment").string(page.input.segment).key("members").begin_array();
  for (std::size_t i = 0; i < page.ids.size(); ++i) {
    if (page.input.profiles && !page.profiles[i]) continue;  // became another's since
    json.begin_object().key("id").string(to_text(page.ids[i]));
    if (page.input.profiles) {
      write_identifiers(json, *page.profiles[i]);
      write_traits(json, *page.profiles[i]);
    }
    json.end_object();
  }
  json.end_array();
  if (page.more) json.key("next").string(to_text(page.ids.back()));
  json.end_object();
  return body;
}

void answer(const std::shared_ptr<MembersPage>& page) {
  Response response;
  response.finish = [page](Response* to) {
    *to = json_response(render_members(*page));
    mark(*to, page->position, page->stale);
  };
  page->respond(std::move(response));
}

void add_profiles(Services& services, const std::shared_ptr<MembersPage>& page) {
  if (page->profiles.size() == page->ids.size()) return answer(page);
  const Status asked = services.engine.query({}, [&services, page](engine::View& view, bool) {
    for (std::size_t n = 0; n < kProfilesAtOnce && page->profiles.size() < page->ids.size(); ++n) {
      auto profile = view.profile(page->ids[page->profiles.size()]);
      page->profiles.push_back(profile ? std::optional(*std::move(profile)) : std::nullopt);
    }
    add_profiles(services, page);
  });
  if (!asked) page->respond(problem(asked.error()));
}

void list_members(Services& services, const Request& request, Respond respond) {
  Result<MembersInput> input = read_members_input(request);
  if (!input) return respond(problem(input.error()));
  const auto page = std::make_shared<MembersPage>(MembersPage{*std::move(input), std::move(respond)});
  const Status asked = services.engine.query(page->input.at_least, [&services, page](engine::View& view, bool stale) {
    page->position = view.position();
    page->stale = stale;
    auto members = view.members(page->input.segment, page->input.after, page->input.limit + 1);
    if (!members) {
      Response response = problem(members.error());
      mark(response, page->position, stale);
      return page->respond(std::move(response));
    }
    page->ids = *std::move(members);
    page->more = page->ids.size() > page->input.limit;
    if (page->more) page->ids.pop_back();
    if (!page->input.profiles) return answer(page);
    add_profiles(services, page);
  });
  if (!asked) page->respond(problem(asked.error()));
}

}  // namespace

void add_segment_routes(Router& router, Services& services, const Guard& guard) {
  const auto add = [&](std::string pattern, void (*handle)(Services&, const Request&, Respond)) {
    router.add(Method::kGet, std::move(pattern), guard([&services, handle](const Request& request, Respond respond) {
                 handle(services, request, std::move(respond));
               }));
  };
  add("/v1/segments", list);
  add("/v1/segments/{name}", get);
  add("/v1/segments/{name}/members", list_members);
}

}  // namespace tessera::http

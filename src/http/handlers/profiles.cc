#include "http/handlers/profiles.h"

#include <charconv>
#include <limits>

#include "http/handlers/reading.h"
#include "http/problem.h"
#include "http/text.h"

namespace tessera::http {

namespace {

constexpr std::int64_t kMaxPage = 200;
constexpr std::int64_t kDefaultPage = 50;
constexpr TimelineCursor kNewest = {{std::numeric_limits<std::int64_t>::max()},
                                    {std::numeric_limits<std::uint64_t>::max()}};

struct Input {
  ProfileKey key;
  Offset at_least;
  TimelineCursor before = kNewest;
  std::int64_t limit = kDefaultPage;
};

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<Input> read_input(const Request& request) {
  Input input;
  TRY_ASSIGN(input.key, parse_profile_key(request.path_parameter("key")));
  TRY_ASSIGN(input.at_least, asked_position(request));
  TRY_ASSIGN(input.limit, query_number(request.raw_query, "limit", 1, kMaxPage, kDefaultPage));
  if (const auto before = query_value(request.raw_query, "before")) {
    TRY_ASSIGN(input.before, parse_timeline_cursor(*before));
  }
  return input;
}

// An identifier type that the rules do not have would never be found: say so instead.
Status check_type(const ProfileKey& key, const catalog::IdentityRules& rules) {
  if (key.id || rules.rank(key.type) >= 0) return {};
  std::string known;
  for (const catalog::IdentifierType& type : rules.types) known += (known.empty() ? "" : ", ") + type.name;
  return error(Code::kInvalidArgument, "there is no identifier type \"" + key.type + "\": there are " + known);
}

Result<ProfileId> find(engine::View& view, const ProfileKey& key) {
  return key.id ? view.find(*key.id) : view.find(key.type, key.value);
}

// What a read found, and as of when.
template <class Found>
struct Reading {
  Result<Found> found;
  Offset position;
  bool stale = false;
};

// Reads with `look` on the engine's thread; `render` makes the body on the connection's.
template <class Found>
void read(Services& services, const Request& request, Respond respond,
          Result<Found> (*look)(engine::View&, const Input&),
          std::string (*render)(const Found&, const catalog::Sources&)) {
  Result<Input> input = read_input(request);
  if (!input) return respond(problem(input.error()));
  if (const Status checked = check_type(input->key, *services.engine.identity_rules()); !checked) {
    return respond(problem(checked.error()));
  }
  const Offset at_least = input->at_least;
  auto shared = std::make_shared<Respond>(std::move(respond));
  const Status asked = services.engine.query(
      at_least, [&services, shared, look, render, input = std::move(*input)](engine::View& view, bool stale) {
        Response response;
        response.finish = [&services, render,
                           reading = Reading<Found>{look(view, input), view.position(), stale}](Response* to) {
          *to = reading.found ? json_response(render(*reading.found, *services.engine.sources()))
                              : problem(reading.found.error());
          mark(*to, reading.position, reading.stale);
        };
        (*shared)(std::move(response));
      });
  if (!asked) (*shared)(problem(asked.error()));
}

Result<profile::ProfileSnapshot> look_at_profile(engine::View& view, const Input& input) {
  TRY_ASSIGN(const ProfileId id, find(view, input.key));
  return view.profile(id);
}

Result<profile::GraphSnapshot> look_at_graph(engine::View& view, const Input& input) {
  TRY_ASSIGN(const ProfileId id, find(view, input.key));
  return view.graph(id);
}

struct Page {
  ProfileId id;
  profile::TimelineSnapshot timeline;
  TimelineCursor end;  // where what state keeps of it ends
};

Result<Page> look_at_timeline(engine::View& view, const Input& input) {
  Page page;
  TRY_ASSIGN(page.id, find(view, input.key));
  TRY_ASSIGN(page.timeline, view.timeline(page.id, input.before.before, input.before.before_offset,
                                          static_cast<std::size_t>(input.limit)));
  const auto& entries = page.timeline.entries;
  page.end = entries.empty() ? input.before : TimelineCursor{entries.back().occurred_at, entries.back().offset};
  return page;
}

// Adds what the history knows to a page. May block: on a worker.
Response complete(Services& services, const Reading<Page>& reading, std::int64_t limit) {
  std::vector<profile::TimelineEntry> entries = reading.found->timeline.entries;
  if (reading.found->timeline.older_in_history && static_cast<std::int64_t>(entries.size()) < limit) {
    const TimelineCursor& end = reading.found->end;
    auto older = services.analytics.older_events(reading.found->timeline.parts, end.before, end.before_offset,
                                                 static_cast<std::size_t>(limit) - entries.size(), reading.position);
    if (!older) return problem(older.error());
    std::move(older->begin(), older->end(), std::back_inserter(entries));
  }
  std::vector<Offset> offsets;
  for (const profile::TimelineEntry& entry : entries) offsets.push_back(entry.offset);
  std::vector<analytics::StoredEvent> stored;
  if (!offsets.empty()) {
    Result<std::vector<analytics::StoredEvent>> known = services.analytics.events_by_offset(offsets);
    if (!known) return problem(known.error());
    stored = std::move(*known);
  }
  const bool full = static_cast<std::int64_t>(offsets.size()) == limit;
  return json_response(render_timeline(reading.found->id, entries, stored, *services.engine.sources(), full));
}

void read_events(Services& services, const Request& request, Respond respond) {
  Result<Input> input = read_input(request);
  if (!input) return respond(problem(input.error()));
  if (const Status checked = check_type(input->key, *services.engine.identity_rules()); !checked) {
    return respond(problem(checked.error()));
  }
  const Offset at_least = input->at_least;
  auto shared = std::make_shared<Respond>(std::move(respond));
  const Status asked =
      services.engine.query(at_least, [&services, shared, input = std::move(*input)](engine::View& view, bool stale) {
        Reading<Page> reading{look_at_timeline(view, input), view.position(), stale};
        if (!reading.found) {
          Response response = problem(reading.found.error());
          mark(response, reading.position, reading.stale);
          return (*shared)(std::move(response));
        }
        const Status queued =
            services.workers.submit([&services, shared, limit = input.limit, reading = std::move(reading)] {
              Response response = complete(services, reading, limit);
              mark(response, reading.position, reading.stale);
              (*shared)(std::move(response));
            });
        if (!queued) (*shared)(problem(queued.error()));
      });
  if (!asked) (*shared)(problem(asked.error()));
}

}  // namespace

Result<ProfileKey> parse_profile_key(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    if (const auto id = parse_profile_id(text)) return ProfileKey{id, {}, {}};
    return error(Code::kInvalidArgument, "\"" + std::string(text.substr(0, 100)) +
                                             "\" is neither a profile's id nor an identifier: write type:value, as in "
                                             "email:jane%40example.com");
  }
  if (colon == 0 || colon + 1 == text.size()) {
    return error(Code::kInvalidArgument,
                 "an identifier is type:value, as in email:jane%40example.com: one side is empty");
  }
  return ProfileKey{std::nullopt, std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

Result<TimelineCursor> parse_timeline_cursor(std::string_view text) {
  const std::size_t dash = text.find('-', 1);  // times before 1970 begin with one
  if (dash != std::string_view::npos) {
    const auto ms = whole_number<std::int64_t>(text.substr(0, dash));
    const auto offset = whole_number<std::uint64_t>(text.substr(dash + 1));
    if (ms && offset) return TimelineCursor{{*ms}, {*offset}};
  }
  return error(Code::kInvalidArgument, "query parameter \"before\" must be the \"next\" of the page before");
}

void add_profile_routes(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kGet, "/v1/profiles/{key}", guard([&services](const Request& request, Respond respond) {
               read<profile::ProfileSnapshot>(services, request, std::move(respond), look_at_profile, render_profile);
             }));
  router.add(Method::kGet, "/v1/profiles/{key}/identity", guard([&services](const Request& request, Respond respond) {
               read<profile::GraphSnapshot>(services, request, std::move(respond), look_at_graph, render_graph);
             }));
  router.add(Method::kGet, "/v1/profiles/{key}/events", guard([&services](const Request& request, Respond respond) {
               read_events(services, request, std::move(respond));
             }));
}

}  // namespace tessera::http

#include "http/handlers/profiles.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "http/handlers/explain_past.h"
#include "http/handlers/reading.h"
#include "http/problem.h"
#include "http/text.h"

namespace tessera::http {

namespace {

constexpr std::int64_t kMaxPage = 200;
constexpr std::int64_t kDefaultPage = 50;
constexpr std::size_t kMaxOfOneRecord = 20'000;  // entries: who enters or leaves every segment there may be
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

// What a read found, and as of when.
template <class Found>
struct Reading {
  Result<Found> found;
  Offset position;
  bool stale = false;
};

// Checks the request and reads with `look(View&, ProfileId)`; `render` makes the body.
template <class Look, class Render>
void read_person(Services& services, const Request& request, Respond respond, Look look, Render render) {
  Result<Input> input = read_input(request);
  if (!input) return respond(problem(input.error()));
  if (const Status checked = check_type(input->key, *services.engine.identity_rules()); !checked) {
    return respond(problem(checked.error()));
  }
  const Offset at_least = input->at_least;
  read(
      services, at_least, std::move(respond),
      [look, input = std::move(*input)](engine::View& view) -> std::invoke_result_t<Look, engine::View&, ProfileId> {
        TRY_ASSIGN(const ProfileId id, find(view, input.key));
        return look(view, id);
      },
      std::move(render));
}

void read_profile(Services& services, const Request& request, Respond respond) {
  read_person(
      services, request, std::move(respond), [](engine::View& view, ProfileId id) { return view.profile(id); },
      [&services](const auto& found) { return render_profile(found, *services.engine.sources()); });
}

void read_graph(Services& services, const Request& request, Respond respond) {
  read_person(
      services, request, std::move(respond), [](engine::View& view, ProfileId id) { return view.graph(id); },
      [&services](const auto& found) { return render_graph(found, *services.engine.sources()); });
}

void read_segments(Services& services, const Request& request, Respond respond) {
  read_person(
      services, request, std::move(respond), [](engine::View& view, ProfileId id) { return view.profile(id); },
      render_memberships);
}

void read_explanation(Services& services, const Request& request, Respond respond) {
  if (query_value(request.raw_query, "at") || query_value(request.raw_query, "position")) {
    return explain_past(services, request, std::move(respond));
  }
  const auto look = [&services, segment = std::string(request.path_parameter("name"))](
                        engine::View& view, ProfileId id) -> Result<Membership> {
    Membership found{id, segment};
    TRY_ASSIGN(found.explanation, view.explain(id, segment));
    TRY_ASSIGN(const profile::ProfileSnapshot profile, view.profile(id));
    found.member = std::ranges::find(profile.segments, segment) != profile.segments.end();
    const auto* version = services.engine.definitions()->in_force({"segment", segment});
    found.version = version == nullptr ? 0 : version->version;
    return found;
  };
  read_person(services, request, std::move(respond), look, render_explanation);
}

struct Page {
  ProfileId id;
  profile::TimelineSnapshot timeline;
  TimelineCursor end;  // where what state keeps of it ends
};

Result<Page> look_at_timeline(engine::View& view, const Input& input) {
  Page page;
  TRY_ASSIGN(page.id, find(view, input.key));
  page.end = input.before;
  if (input.before.shown > 0) ++page.end.before_offset.value;
  TRY_ASSIGN(page.timeline, view.timeline(page.id, page.end.before, page.end.before_offset,
                                          input.before.shown + static_cast<std::size_t>(input.limit)));
  const auto& entries = page.timeline.entries;
  if (!entries.empty()) page.end = {entries.back().occurred_at, entries.back().offset};
  return page;
}

// Adds what the history knows to a page. May block: on a worker.
Response complete(Services& services, const Reading<Page>& reading, const Input& input) {
  const std::size_t wanted = input.before.shown + static_cast<std::size_t>(input.limit);
  std::vector<profile::TimelineEntry> entries = reading.found->timeline.entries;
  if (reading.found->timeline.older_in_history && entries.size() < wanted) {
    const TimelineCursor& end = reading.found->end;
    auto older = services.analytics.older_events(reading.found->timeline.parts, end.before, end.before_offset,
                                                 wanted - entries.size(), reading.position);
    if (!older) return problem(older.error());
    std::move(older->begin(), older->end(), std::back_inserter(entries));
  }
  std::vector<Offset> offsets;
  for (const profile::TimelineEntry& entry : entries) offsets.push_back(entry.offset);
  std::ranges::sort(offsets);
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  std::vector<analytics::StoredEvent> stored;
  if (!offsets.empty()) {
    Result<std::vector<analytics::StoredEvent>> known = services.analytics.events_by_offset(offsets);
    if (!known) return problem(known.error());
    stored = std::move(*known);
  }
  return json_response(render_timeline(
      {reading.found->id, entries, input.before.shown, stored, entries.size() == wanted}, *services.engine.sources()));
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
        const Status queued = services.workers.submit([&services, shared, input, reading = std::move(reading)] {
          Response response = complete(services, reading, input);
          mark(response, reading.position, reading.stale);
          (*shared)(std::move(response));
        });
        if (!queued) (*shared)(problem(queued.error()));
      });
  if (!asked) (*shared)(problem(asked.error()));
}

}  // namespace

Result<TimelineCursor> parse_timeline_cursor(std::string_view text) {
  const std::size_t dash = text.find('-', 1);  // times before 1970 begin with one
  if (dash != std::string_view::npos) {
    const std::size_t second = std::min(text.find('-', dash + 1), text.size());
    const auto ms = whole_number<std::int64_t>(text.substr(0, dash));
    const auto offset = whole_number<std::uint64_t>(text.substr(dash + 1, second - dash - 1));
    const auto shown = second == text.size() ? 0 : whole_number<std::size_t>(text.substr(second + 1));
    if (ms && offset && shown && *shown <= kMaxOfOneRecord) return TimelineCursor{{*ms}, {*offset}, *shown};
  }
  return error(Code::kInvalidArgument, "query parameter \"before\" must be the \"next\" of the page before");
}

void add_profile_routes(Router& router, Services& services, const Guard& guard) {
  const auto add = [&](std::string pattern, void (*handle)(Services&, const Request&, Respond)) {
    router.add(Method::kGet, std::move(pattern), guard([&services, handle](const Request& request, Respond respond) {
                 handle(services, request, std::move(respond));
               }));
  };
  add("/v1/profiles/{key}", read_profile);
  add("/v1/profiles/{key}/identity", read_graph);
  add("/v1/profiles/{key}/events", read_events);
  add("/v1/profiles/{key}/segments", read_segments);
  add("/v1/profiles/{key}/segments/{name}", read_explanation);
}

}  // namespace tessera::http

// GET /v1/profiles/{key}, …/identity and …/events: one person, by profile id or by any of their identifiers.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "analytics/analytics.h"
#include "catalog/source.h"
#include "http/router.h"
#include "http/services.h"
#include "profile/snapshot.h"

namespace tessera::http {

// What points at the person: an id, or an identifier in any spelling.
struct ProfileKey {
  std::optional<ProfileId> id;
  std::string type;
  std::string value;
};
Result<ProfileKey> parse_profile_key(std::string_view text);

// The place in a timeline where the next page goes on: "<ms>-<offset>".
struct TimelineCursor {
  Timestamp before;
  Offset before_offset;
};
Result<TimelineCursor> parse_timeline_cursor(std::string_view text);

std::string render_profile(const profile::ProfileSnapshot& profile, const catalog::Sources& sources);
std::string render_graph(const profile::GraphSnapshot& graph, const catalog::Sources& sources);

// One page. `stored` has what the history knows of the entries, in any order; `full` says that more may follow.
std::string render_timeline(ProfileId id, std::span<const profile::TimelineEntry> entries,
                            std::span<const analytics::StoredEvent> stored, const catalog::Sources& sources, bool full);

// `services` outlives the router.
void add_profile_routes(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

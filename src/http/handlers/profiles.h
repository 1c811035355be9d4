// GET /v1/profiles/{key}, …/identity, …/events and …/segments: one person, by profile id or by any of their
// identifiers.
#pragma once

#include <span>
#include <string>

#include "analytics/analytics.h"
#include "base/json.h"
#include "catalog/source.h"
#include "http/handlers/profile_key.h"
#include "http/router.h"
#include "http/services.h"
#include "profile/snapshot.h"
#include "segment/explain.h"

namespace tessera::http {

// The place in a timeline where the next page goes on: behind `shown` entries of the record (before, before_offset).
// "<ms>-<offset>-<shown>"; without the last, behind all of them.
struct TimelineCursor {
  Timestamp before;
  Offset before_offset;
  std::size_t shown = 0;  // 0: all
};
Result<TimelineCursor> parse_timeline_cursor(std::string_view text);

void write_identifiers(JsonWriter& json, const profile::ProfileSnapshot& profile);  // "identifiers" of an object
void write_traits(JsonWriter& json, const profile::ProfileSnapshot& profile);       // "traits"
std::string render_profile(const profile::ProfileSnapshot& profile, const catalog::Sources& sources);
std::string render_memberships(const profile::ProfileSnapshot& profile);
std::string render_graph(const profile::GraphSnapshot& graph, const catalog::Sources& sources);

// Whether somebody is in a segment, and why.
struct Membership {
  ProfileId id;
  std::string segment;
  std::uint32_t version = 0;
  bool member = false;
  segment::Explanation explanation{};
  std::optional<Timestamp> at{};  // of the past
  std::optional<Offset> position{};
};
std::string render_explanation(const Membership& membership);

// One page: all but the first `skip` of the entries, which are there because one record may have several. `stored` has
// what the history knows of them, by (offset, index); `full` says that more may follow.
struct TimelinePage {
  ProfileId id;
  std::span<const profile::TimelineEntry> entries;
  std::size_t skip = 0;
  std::span<const analytics::StoredEvent> stored;
  bool full = false;
};
std::string render_timeline(const TimelinePage& page, const catalog::Sources& sources);

// `services` outlives the router.
void add_profile_routes(Router& router, Services& services, const Guard& guard);

}  // namespace tessera::http

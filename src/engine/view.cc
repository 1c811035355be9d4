#include "engine/view.h"

#include <limits>

#include "catalog/identifier.h"

namespace tessera::engine {

namespace {

// Whether people are compared by a moment: the language does not type what may be null, so that the one thing which x
// reads has to tell.
bool are_times(const segment::Plan& plan, const segment::PlannedRanks& ranks) {
  const cel::TypeKind kind = ranks.x->type().kind();
  const auto& slots = ranks.x->slots();
  if (kind != cel::TypeKind::kDyn || slots.size() != 1) return kind == cel::TypeKind::kTimestamp;
  const segment::PlannedNeed& need = plan.needs()[ranks.condition.needs[slots.front()]];
  const segment::Reading reading = need.asked.reading;
  return need.asks_history() && (reading == segment::Reading::kFirstTime || reading == segment::Reading::kLastTime);
}

}  // namespace

Result<ProfileId> MachinesView::find(ProfileId id) {
  const ProfileId found = machines_.core().directory().find(id);
  if (found.value == 0) return error(Code::kNotFound, "there is no profile " + to_text(id));
  return found;
}

Result<ProfileId> MachinesView::find(std::string_view identifier_type, std::string_view value) {
  if (identifier_type == catalog::kGroupIdType) {
    const ProfileId group = machines_.core().directory().find(identifier_type, value);
    if (group.value == 0) return error(Code::kNotFound, "there is no group \"" + std::string(value) + "\"");
    return group;
  }
  const auto& rules = *machines_.core().in_force().rules();
  if (rules.rank(identifier_type) < 0) {
    std::string known;
    for (const auto& type : rules.types) known += (known.empty() ? "" : ", ") + type.name;
    return error(Code::kInvalidArgument,
                 "there is no identifier type \"" + std::string(identifier_type) + "\"; there are: " + known);
  }
  const std::string standard = catalog::standard_identifier(identifier_type, value);
  const ProfileId found = machines_.core().directory().find(identifier_type, standard);
  if (found.value == 0) {
    return error(Code::kNotFound, "nobody has the " + std::string(identifier_type) + " \"" + standard + "\"");
  }
  return found;
}

Result<profile::ProfileSnapshot> MachinesView::profile(ProfileId id) {
  profile::ProfileSnapshot snapshot;
  TRY_ASSIGN(snapshot.graph, graph(id));
  const std::uint32_t shard = shard_of(id);
  for (const auto& part : snapshot.graph.parts) {
    const profile::StoredPart* stored = machines_.shards().parts().find({shard, part.id});
    if (stored == nullptr) continue;
    TRY_ASSIGN(const profile::Part state, profile::decode_part(stored->part));
    profile::combine(state, part.id, machines_.core().in_force().plan()->precedence(), snapshot);
  }
  const auto taken_back = [](const auto& trait) { return trait.json == "null"; };
  std::erase_if(snapshot.traits, taken_back);
  std::sort(snapshot.traits.begin(), snapshot.traits.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::sort(snapshot.events.begin(), snapshot.events.end(),
            [](const auto& a, const auto& b) { return std::tie(a.type, a.name) < std::tie(b.type, b.name); });
  TRY(add_meaning(id, snapshot));
  return snapshot;
}

// What definitions make of a person: segments and computed traits; and the groups they are in.
Status MachinesView::add_meaning(ProfileId id, profile::ProfileSnapshot& snapshot) {
  Shards& shards = machines_.shards();
  const segment::Plan& plan = *machines_.core().in_force().plan();
  std::vector<profile::StoredPart> space;
  TRY_ASSIGN(const auto views, shards.swept_views_of(id, space));
  const auto memberships = shards.segments_of(id);
  for (const std::uint32_t segment : memberships) {
    if (const segment::PlannedSegment* found = plan.find(segment)) snapshot.segments.push_back(found->name);
  }
  std::sort(snapshot.segments.begin(), snapshot.segments.end());
  for (const segment::ComputedTrait& trait : plan.computed()) {
    if (!trait.condition.is_whole) continue;
    const cel::Value value = shards.evaluator().value(views, memberships, now(), trait.condition);
    std::string json;
    const bool is_readable = !value.is_error() && cel::append_json(json, value, shards.evaluator().arena());
    if (is_readable && json != "null") snapshot.computed.push_back({trait.name, std::move(json)});
  }
  std::vector<std::string_view> parts;
  for (const segment::PartView& view : views) parts.push_back(view.part);
  for (profile::Group& group : profile::groups_of(parts)) {
    snapshot.groups.push_back(
        {group.id, std::move(group.name), std::move(group.traits), group.joined_at, group.joined});
  }
  return {};
}

std::vector<SegmentSnapshot> MachinesView::segments() {
  std::vector<SegmentSnapshot> all;
  for (const segment::PlannedSegment& segment : machines_.core().in_force().plan()->segments()) {
    all.push_back({segment.name, segment.version, machines_.shards().members().count(segment.id), segment.is_pending});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

SweepSnapshot MachinesView::sweep() {
  const Sweep& sweep = machines_.core().sweep();
  if (!sweep.is_under_way()) return {};
  return {sweep.next - 1, sweep.end - 1};
}

BackfillSnapshot MachinesView::backfill() {
  const InForce& in_force = machines_.core().in_force();
  return {machines_.core().backfill(), in_force.plan(), in_force.sources()};
}

Result<PersonState> MachinesView::person(ProfileId id) {
  auto& directory = machines_.core().directory();
  if (directory.find(id) != id || directory.is_group(id)) {
    return error(Code::kNotFound, "there is no person " + to_text(id));
  }
  std::vector<profile::StoredPart> space;
  TRY_ASSIGN(const auto views, machines_.shards().swept_views_of(id, space));
  PersonState state{id, {}, machines_.shards().segments_of(id)};
  for (const segment::PartView& view : views) {
    profile::StoredPart& part = state.parts.emplace_back(view.id, profile::StoredPart{}).second;
    part.part = view.part;
    part.features = view.features;
    part.series.assign(view.series.begin(), view.series.end());
  }
  return state;
}

Result<const segment::PlannedSegment*> MachinesView::planned(std::string_view segment) const {
  const segment::PlannedSegment* const found = machines_.core().in_force().plan()->find(segment);
  if (found == nullptr) return error(Code::kNotFound, "there is no published segment \"" + std::string(segment) + "\"");
  return found;
}

Result<std::vector<ProfileId>> MachinesView::members(std::string_view segment, ProfileId after, std::size_t limit) {
  TRY_ASSIGN(const segment::PlannedSegment* const found, planned(segment));
  const auto from = static_cast<std::uint32_t>(after.value == 0 ? 0 : identity::number_of(after) + 1);
  std::vector<ProfileId> members;
  for (const std::uint32_t number : machines_.shards().members().list(found->id, from, limit)) {
    members.push_back(identity::profile_of_number(number));
  }
  return members;
}

Result<std::vector<std::uint32_t>> MachinesView::all_members(std::string_view segment) {
  TRY_ASSIGN(const segment::PlannedSegment* const found, planned(segment));
  return machines_.shards().members().list(found->id, 0, std::numeric_limits<std::size_t>::max());
}

Result<bool> MachinesView::is_member(std::string_view segment, ProfileId id) {
  TRY_ASSIGN(const segment::PlannedSegment* const found, planned(segment));
  if (machines_.core().directory().is_group(id)) return error(Code::kNotFound, to_text(id) + " is a group");
  return machines_.shards().members().contains(found->id, static_cast<std::uint32_t>(identity::number_of(id)));
}

std::vector<RanksSnapshot> MachinesView::ranks() {
  const segment::Plan& plan = *machines_.core().in_force().plan();
  std::vector<RanksSnapshot> all;
  for (const segment::PlannedRanks& ranks : plan.ranks()) {
    all.push_back({ranks.text, ranks.among, are_times(plan, ranks), !ranks.condition.is_whole, ranks.table});
  }
  return all;
}

Result<OverlapSnapshot> MachinesView::overlap(std::span<const std::string> segments) {
  TESSERA_ASSERT(segments.size() <= kMaxOverlapping);
  OverlapSnapshot found;
  std::vector<std::uint32_t> ids;
  for (const std::string& name : segments) {
    TRY_ASSIGN(const segment::PlannedSegment* const segment, planned(name));
    ids.push_back(segment->id);
    found.segments.push_back({name, segment->version});
  }
  found.overlap = machines_.shards().members().overlap(ids);
  for (std::size_t i = 0; i < ids.size(); ++i) found.segments[i].members = found.overlap.members[i];
  return found;
}

Result<segment::Explanation> MachinesView::explain(ProfileId id, std::string_view segment) {
  TRY_ASSIGN(const segment::PlannedSegment* const found, planned(segment));
  Shards& shards = machines_.shards();
  std::vector<profile::StoredPart> space;
  TRY_ASSIGN(const auto views, shards.swept_views_of(id, space));
  return segment::explain(shards.evaluator(), found->condition, views, shards.segments_of(id),
                          *machines_.core().in_force().sources(), now());
}

Result<profile::GraphSnapshot> MachinesView::graph(ProfileId id) {
  auto graph = machines_.core().directory().graph(id);
  if (graph.parts.empty()) return error(Code::kNotFound, "there is no profile " + to_text(id));
  return graph;
}

// A part that let older events go speaks only for what is younger than the oldest that it kept, since of that one's
// record it may have let others go; so do all parts together.
Result<profile::TimelineSnapshot> MachinesView::timeline(ProfileId id, Timestamp before, Offset before_offset,
                                                         std::size_t limit) {
  profile::TimelineSnapshot timeline;
  timeline.parts = machines_.core().directory().parts(id);
  std::optional<std::pair<Timestamp, Offset>> floor;
  for (const PartId id_of_part : timeline.parts) {
    const profile::StoredPart* stored = machines_.shards().parts().find({shard_of(id), id_of_part});
    if (stored == nullptr) continue;
    TRY_ASSIGN(const profile::Part part, profile::decode_part(stored->part));
    profile::append_recent(part, id_of_part, before, before_offset, timeline.entries);
    floor = std::max(floor, profile::recent_floor(part));
  }
  timeline.older_in_history = floor.has_value();
  std::erase_if(timeline.entries, [&](const auto& e) { return floor && std::pair(e.occurred_at, e.offset) <= *floor; });
  // Of one record's entries the newest is the one that was told last; Tessera's own come after the event's.
  std::reverse(timeline.entries.begin(), timeline.entries.end());
  const auto place = [](const profile::TimelineEntry& e) {
    return std::tuple(e.occurred_at, e.offset, e.source.value == 0);
  };
  std::stable_sort(timeline.entries.begin(), timeline.entries.end(),
                   [&](const auto& a, const auto& b) { return place(a) > place(b); });
  timeline.entries.resize(std::min(timeline.entries.size(), limit));
  return timeline;
}

}  // namespace tessera::engine

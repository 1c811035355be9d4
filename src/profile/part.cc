#include "profile/part.h"

#include <tuple>

#include "base/json.h"

namespace tessera::profile {

namespace {

auto when(const Trait& trait) {
  return std::tie(trait.stated_at, trait.offset);
}
auto place(const Recent& recent) {
  return std::tie(recent.occurred_at, recent.offset);
}

// Puts `trait` in its place by name and source if it is newer than what is there. False if nothing changed.
bool state(Part& part, Trait trait) {
  const auto at = std::lower_bound(part.traits.begin(), part.traits.end(), trait, [](const Trait& a, const Trait& b) {
    return std::tie(a.name, a.source) < std::tie(b.name, b.source);
  });
  if (at != part.traits.end() && at->name == trait.name && at->source == trait.source) {
    if (when(*at) >= when(trait)) return false;
    *at = std::move(trait);
  } else if (part.traits.size() < kMaxPartTraits) {
    part.traits.insert(at, std::move(trait));
  } else {
    part.truncated = true;
    return false;
  }
  return true;
}

// The place of the count of (type, name), made at need; kNoEvent past the limit.
std::uint32_t count_of(Part& part, event::EventType type, std::string_view name) {
  const auto at = std::lower_bound(
      part.events.begin(), part.events.end(), std::pair(type, name),
      [](const EventCount& e, const auto& key) { return std::pair(e.type, std::string_view(e.name)) < key; });
  const auto index = static_cast<std::uint32_t>(at - part.events.begin());
  if (at != part.events.end() && at->type == type && at->name == name) return index;
  if (part.events.size() >= kMaxEventNames) {
    part.truncated = true;
    return kNoEvent;
  }
  part.events.insert(at, {type, std::string(name), 0, {}, {}});
  for (Recent& recent : part.recent) {
    if (recent.event != kNoEvent && recent.event >= index) ++recent.event;
  }
  return index;
}

void widen(Timestamp& first, Timestamp& last, bool empty, Timestamp from, Timestamp to) {
  first = empty ? from : std::min(first, from);
  last = empty ? to : std::max(last, to);
}

void remember(Part& part, const Recent& recent) {
  auto at = part.recent.end();
  while (at != part.recent.begin() && place(recent) < place(*(at - 1))) --at;
  if (part.recent.size() == kRecent) {
    if (at == part.recent.begin()) return;  // older than all that are kept
    std::move(part.recent.begin() + 1, at, part.recent.begin());
    *(at - 1) = recent;
  } else {
    part.recent.insert(at, recent);
  }
}

}  // namespace

std::size_t source_rank(const TraitPrecedence& precedence, std::string_view trait, SourceId source) {
  const auto rule = precedence.find(trait);
  if (rule == precedence.end()) return 0;
  return static_cast<std::size_t>(std::find(rule->second.begin(), rule->second.end(), source) - rule->second.begin());
}

bool stands_over(const Trait& a, std::size_t rank_of_a, const Trait& b, std::size_t rank_of_b) {
  if (rank_of_a != rank_of_b) return rank_of_a < rank_of_b;
  return std::tie(b.trusted, b.stated_at, b.offset) < std::tie(a.trusted, a.stated_at, a.offset);
}

void fold(Part& part, const event::Event& event, const Origin& origin, bool of_group,
          std::vector<std::string>& changed) {
  const bool trusted = origin.trust == catalog::Trust::kServer;
  const bool first = part.events.empty();
  // What Tessera itself tells of a person is no sign of them.
  if (origin.source.value != 0) widen(part.first_seen, part.last_seen, first, event.occurred_at, event.occurred_at);
  if (event.type == (of_group ? event::EventType::kGroup : event::EventType::kIdentify)) {
    for (const auto& trait : event.traits) {
      const bool news = state(part, {std::string(trait.name), std::string(trait.json), origin.source, trusted,
                                     event.occurred_at, origin.offset});
      if (news) changed.emplace_back(trait.name);
    }
  }
  const std::uint32_t index = count_of(part, event.type, event.name);
  if (index != kNoEvent) {
    EventCount& count = part.events[index];
    widen(count.first_at, count.last_at, count.count == 0, event.occurred_at, event.occurred_at);
    ++count.count;
  }
  remember(part, {event.occurred_at, origin.offset, origin.source, event.type, index});
}

bool fold(Part& part, const Group& group) {
  const auto at = std::lower_bound(part.groups.begin(), part.groups.end(), group.id,
                                   [](const Group& g, ProfileId id) { return g.id < id; });
  if (at != part.groups.end() && at->id == group.id) {
    if (at->updated >= group.updated) return false;
    const bool joins = at->joined < group.joined;
    at->joined = std::max(at->joined, group.joined);
    at->updated = group.updated;
    if (!joins && at->traits == group.traits) return false;
    at->traits = group.traits;
    at->joined_at = std::max(at->joined_at, group.joined_at);
    return true;
  }
  part.groups.insert(at, group);
  if (part.groups.size() > kMaxPartGroups) {
    part.groups.erase(std::min_element(part.groups.begin(), part.groups.end(),
                                       [](const Group& a, const Group& b) { return a.joined < b.joined; }));
    part.truncated = true;
  }
  return true;
}

std::string PartCodec::key(PartKey key) {
  std::string text(9, '\0');
  text[0] = static_cast<char>(key.shard);
  for (std::size_t i = 0; i < 8; ++i) text[1 + i] = static_cast<char>(key.id.value >> (56 - 8 * i));
  return text;
}

PartKey PartCodec::parse_key(std::string_view key) {
  PartKey parsed{static_cast<unsigned char>(key[0]), {}};
  for (const char c : key.substr(1)) parsed.id.value = parsed.id.value << 8 | static_cast<unsigned char>(c);
  return parsed;
}

void combine(const Part& part, PartId id, const TraitPrecedence& precedence, ProfileSnapshot& into) {
  widen(into.first_seen, into.last_seen, into.events.empty(), part.first_seen, part.last_seen);
  into.truncated |= part.truncated;
  for (const EventCount& count : part.events) {
    const std::string_view type = event::type_name(count.type);
    const auto same = [&](const EventCountSnapshot& e) { return e.type == type && e.name == count.name; };
    auto at = std::find_if(into.events.begin(), into.events.end(), same);
    if (at == into.events.end()) at = into.events.insert(at, {std::string(type), count.name, 0, {}, {}});
    widen(at->first_at, at->last_at, at->count == 0, count.first_at, count.last_at);
    at->count += count.count;
  }
  for (const Trait& trait : part.traits) {
    const auto same = [&](const TraitSnapshot& t) { return t.name == trait.name; };
    const auto at = std::find_if(into.traits.begin(), into.traits.end(), same);
    TraitSnapshot mine{trait.name, trait.json, trait.source, trait.trusted, trait.stated_at, trait.offset, id};
    if (at == into.traits.end()) {
      into.traits.push_back(std::move(mine));
      continue;
    }
    const Trait theirs{{}, {}, at->source, at->trusted, at->stated_at, at->offset};
    if (stands_over(trait, source_rank(precedence, trait.name, trait.source), theirs,
                    source_rank(precedence, trait.name, at->source))) {
      *at = std::move(mine);
    }
  }
}

std::string traits_json(const Part& part, const TraitPrecedence& precedence) {
  ProfileSnapshot snapshot;
  combine(part, {}, precedence, snapshot);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const TraitSnapshot& trait : snapshot.traits) {
    if (trait.json != "null") json.key(trait.name).raw(trait.json);
  }
  json.end_object();
  return out;
}

std::optional<std::pair<Timestamp, Offset>> recent_floor(const Part& part) {
  if (part.recent.size() < kRecent) return std::nullopt;
  return std::pair(part.recent.front().occurred_at, part.recent.front().offset);
}

void append_recent(const Part& part, PartId id, Timestamp before, Offset before_offset,
                   std::vector<TimelineEntry>& out) {
  for (const Recent& recent : part.recent) {
    if (std::tie(recent.occurred_at, recent.offset) >= std::tie(before, before_offset)) continue;
    const std::string name = recent.event == kNoEvent ? std::string() : part.events[recent.event].name;
    out.push_back(
        {recent.offset, recent.occurred_at, std::string(event::type_name(recent.type)), name, recent.source, id});
  }
}

}  // namespace tessera::profile

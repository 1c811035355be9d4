#include "profile/part.h"

#include <tuple>

namespace tessera::profile {

namespace {

auto rank(const Trait& trait) {
  return std::tie(trait.trusted, trait.stated_at, trait.offset);
}
auto place(const Recent& recent) {
  return std::tie(recent.occurred_at, recent.offset);
}

// Puts `trait` in its place by name if it outranks what is there.
void state(Part& part, Trait trait) {
  const auto at = std::lower_bound(part.traits.begin(), part.traits.end(), trait.name,
                                   [](const Trait& t, const std::string& name) { return t.name < name; });
  if (at != part.traits.end() && at->name == trait.name) {
    if (rank(*at) < rank(trait)) *at = std::move(trait);
  } else if (part.traits.size() < kMaxPartTraits) {
    part.traits.insert(at, std::move(trait));
  } else {
    part.truncated = true;
  }
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

void fold(Part& part, const event::Event& event, const Origin& origin) {
  const bool trusted = origin.trust == catalog::Trust::kServer;
  const bool first = part.events.empty();
  widen(part.first_seen, part.last_seen, first, event.occurred_at, event.occurred_at);
  if (event.type == event::EventType::kIdentify) {
    for (const auto& trait : event.traits) {
      state(part, {std::string(trait.name), std::string(trait.json), origin.source, trusted, event.occurred_at,
                   origin.offset});
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

void unite(Part& part, const Part& other) {
  if (!other.events.empty()) {
    widen(part.first_seen, part.last_seen, part.events.empty(), other.first_seen, other.last_seen);
  }
  part.truncated |= other.truncated;
  for (const Trait& trait : other.traits) state(part, trait);
  for (const EventCount& count : other.events) {
    const std::uint32_t index = count_of(part, count.type, count.name);
    if (index == kNoEvent) continue;
    EventCount& mine = part.events[index];
    widen(mine.first_at, mine.last_at, mine.count == 0, count.first_at, count.last_at);
    mine.count += count.count;
  }
  for (Recent recent : other.recent) {
    if (recent.event != kNoEvent) {
      const EventCount& count = other.events[recent.event];
      recent.event = count_of(part, count.type, count.name);
    }
    remember(part, recent);
  }
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

void combine(const Part& part, PartId id, ProfileSnapshot& into) {
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
    } else if (std::tie(at->trusted, at->stated_at, at->offset) < std::tie(mine.trusted, mine.stated_at, mine.offset)) {
      *at = std::move(mine);
    }
  }
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

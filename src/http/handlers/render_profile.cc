#include <algorithm>

#include "base/json.h"
#include "http/handlers/profiles.h"

namespace tessera::http {

namespace {

// A source's name; its number if it is not known by name (0 is Tessera itself).
std::string source_name(const catalog::Sources& sources, SourceId id) {
  const catalog::Source* source = sources.by_id(id);
  if (source != nullptr) return source->name;
  return id.value == 0 ? "tessera" : std::to_string(id.value);
}

void write_groups(JsonWriter& json, const profile::ProfileSnapshot& profile) {
  json.key("groups").begin_array();
  for (const profile::GroupMembershipSnapshot& group : profile.groups) {
    json.begin_object().key("id").string(to_text(group.id)).key("name").string(group.name);
    json.key("traits").raw(group.traits).key("joined_at").string(to_text(group.joined_at));
    json.key("position").number(group.joined.value).end_object();
  }
  json.end_array();
}

void write_segments(JsonWriter& json, const profile::ProfileSnapshot& profile) {
  json.key("segments").begin_array();
  for (const std::string& segment : profile.segments) json.string(segment);
  json.end_array();
}

bool is_computed(const profile::ProfileSnapshot& profile, std::string_view name) {
  return std::ranges::find(profile.computed, name, &profile::ComputedTraitSnapshot::name) != profile.computed.end();
}

void write_trait_sources(JsonWriter& json, const profile::ProfileSnapshot& profile, const catalog::Sources& sources) {
  json.key("trait_sources").begin_object();
  for (const profile::TraitSnapshot& trait : profile.traits) {
    if (is_computed(profile, trait.name)) continue;
    json.key(trait.name).begin_object().key("source").string(source_name(sources, trait.source));
    json.key("stated_at").string(to_text(trait.stated_at)).key("part").string(to_text(trait.part));
    json.key("position").number(trait.offset.value).end_object();
  }
  for (const profile::ComputedTraitSnapshot& trait : profile.computed) {
    json.key(trait.name).begin_object().key("computed").boolean(true).end_object();
  }
  json.end_object();
}

void write_identifier(JsonWriter& json, std::string_view type, std::string_view value) {
  json.begin_object().key("type").string(type).key("value").string(value).end_object();
}

// The history's row of each entry, null where it has none. A record may have several rows and entries that are alike
// but for their order: the newest entry is the row with the highest index.
std::vector<const analytics::StoredEvent*> match(const TimelinePage& page) {
  std::vector<const analytics::StoredEvent*> rows(page.entries.size());
  std::vector<bool> used(page.stored.size());
  for (const bool name_known : {true, false}) {  // a part keeps no more than so many names
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const profile::TimelineEntry& entry = page.entries[i];
      if (rows[i] != nullptr || (!name_known && !entry.name.empty())) continue;
      const auto of_record = std::ranges::equal_range(page.stored, entry.offset, {}, &analytics::StoredEvent::offset);
      for (auto row = of_record.end(); row != of_record.begin() && rows[i] == nullptr;) {
        --row;
        const auto at = static_cast<std::size_t>(row - page.stored.begin());
        if (used[at] || row->type != entry.type || row->source != entry.source) continue;
        if (name_known && row->event != entry.name) continue;
        used[at] = true;
        rows[i] = &*row;
      }
    }
  }
  return rows;
}

// Where the page after this one begins.
std::string next_page(const TimelinePage& page) {
  const profile::TimelineEntry& last = page.entries.back();
  std::size_t shown = 0;
  for (const profile::TimelineEntry& entry : page.entries) {
    shown += entry.occurred_at == last.occurred_at && entry.offset == last.offset ? 1 : 0;
  }
  return std::to_string(last.occurred_at.ms) + "-" + std::to_string(last.offset.value) + "-" + std::to_string(shown);
}

void write_entry(JsonWriter& json, const profile::TimelineEntry& entry, const analytics::StoredEvent* known,
                 const catalog::Sources& sources) {
  json.begin_object().key("position").number(entry.offset.value);
  json.key("occurred_at").string(to_text(entry.occurred_at));
  json.key("type").string(entry.type).key("name").string(entry.name);
  json.key("source").string(source_name(sources, entry.source)).key("part").string(to_text(entry.part));
  if (known != nullptr) {
    if (!known->message_id.empty()) json.key("message_id").string(known->message_id);
    if (!known->properties.empty()) json.key("properties").raw(known->properties);
    if (!known->traits.empty()) json.key("traits").raw(known->traits);
  }
  json.end_object();
}

}  // namespace

void write_identifiers(JsonWriter& json, const profile::ProfileSnapshot& profile) {
  json.key("identifiers").begin_array();
  for (const profile::PartSnapshot& part : profile.graph.parts) {
    for (const profile::IdentifierSnapshot& each : part.identifiers) {
      json.begin_object().key("type").string(each.type).key("value").string(each.value);
      json.key("position").number(each.offset.value).end_object();
    }
  }
  json.end_array();
}

void write_traits(JsonWriter& json, const profile::ProfileSnapshot& profile) {
  json.key("traits").begin_object();
  for (const profile::TraitSnapshot& trait : profile.traits) {
    if (!is_computed(profile, trait.name)) json.key(trait.name).raw(trait.json);
  }
  for (const profile::ComputedTraitSnapshot& trait : profile.computed) json.key(trait.name).raw(trait.json);
  json.end_object();
}

std::string render_profile(const profile::ProfileSnapshot& profile, const catalog::Sources& sources) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(to_text(profile.graph.id));
  json.key("first_seen").string(to_text(profile.first_seen)).key("last_seen").string(to_text(profile.last_seen));
  write_identifiers(json, profile);
  write_traits(json, profile);
  write_trait_sources(json, profile, sources);
  write_segments(json, profile);
  write_groups(json, profile);
  json.key("events").begin_array();
  for (const profile::EventCountSnapshot& event : profile.events) {
    json.begin_object().key("type").string(event.type).key("name").string(event.name).key("count").number(event.count);
    json.key("first_at").string(to_text(event.first_at)).key("last_at").string(to_text(event.last_at)).end_object();
  }
  json.end_array().key("truncated").boolean(profile.truncated).end_object();
  return out;
}

std::string render_graph(const profile::GraphSnapshot& graph, const catalog::Sources& sources) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(to_text(graph.id)).key("group").boolean(graph.group);
  json.key("parts").begin_array();
  for (const profile::PartSnapshot& part : graph.parts) {
    json.begin_object().key("id").string(to_text(part.id)).key("created_at").string(to_text(part.created_at));
    json.key("identifiers").begin_array();
    for (const profile::IdentifierSnapshot& each : part.identifiers) {
      json.begin_object().key("type").string(each.type).key("value").string(each.value);
      json.key("source").string(source_name(sources, each.source)).key("attached_at").string(to_text(each.attached_at));
      json.key("trusted").boolean(each.trusted).key("position").number(each.offset.value).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().key("links").begin_array();
  for (const identity::LinkSnapshot& link : graph.links) {
    json.begin_object().key("part").string(to_text(link.part)).key("other").string(to_text(link.other));
    json.key("identifier");
    write_identifier(json, link.type, link.value);
    json.key("other_identifier");
    write_identifier(json, link.other_type, link.other_value);
    json.key("position").number(link.offset.value).end_object();
  }
  json.end_array().end_object();
  return out;
}

std::string render_memberships(const profile::ProfileSnapshot& profile) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(to_text(profile.graph.id));
  write_segments(json, profile);
  json.end_object();
  return out;
}

std::string render_explanation(const Membership& membership) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(to_text(membership.id)).key("segment").string(membership.segment);
  json.key("version").number(std::uint64_t{membership.version}).key("member").boolean(membership.member);
  if (membership.at) json.key("at").string(to_text(*membership.at));
  if (membership.position) json.key("position").number(membership.position->value);
  std::string explanation;
  segment::append_json(explanation, membership.explanation);
  json.key("explanation").raw(explanation).end_object();
  return out;
}

std::string render_timeline(const TimelinePage& page, const catalog::Sources& sources) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(to_text(page.id)).key("events").begin_array();
  const auto rows = match(page);
  for (std::size_t i = page.skip; i < rows.size(); ++i) write_entry(json, page.entries[i], rows[i], sources);
  json.end_array();
  if (page.full && !page.entries.empty()) json.key("next").string(next_page(page));
  json.end_object();
  return out;
}

}  // namespace tessera::http

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

void write_identifiers(JsonWriter& json, const profile::ProfileSnapshot& profile) {
  json.key("identifiers").begin_array();
  for (const profile::PartSnapshot& part : profile.graph.parts) {
    for (const profile::IdentifierSnapshot& each : part.identifiers) {
      json.begin_object().key("type").string(each.type).key("value").string(each.value).end_object();
    }
  }
  json.end_array();
}

void write_traits(JsonWriter& json, const profile::ProfileSnapshot& profile, const catalog::Sources& sources) {
  json.key("traits").begin_object();
  for (const profile::TraitSnapshot& trait : profile.traits) json.key(trait.name).raw(trait.json);
  json.end_object().key("trait_sources").begin_object();
  for (const profile::TraitSnapshot& trait : profile.traits) {
    json.key(trait.name).begin_object().key("source").string(source_name(sources, trait.source));
    json.key("stated_at").string(to_text(trait.stated_at)).key("part").string(to_text(trait.part)).end_object();
  }
  json.end_object();
}

// The history's row of a timeline's entry: a record may have rows of Tessera's own beside the event's.
const analytics::StoredEvent* find_stored(std::span<const analytics::StoredEvent> stored,
                                          const profile::TimelineEntry& entry) {
  const auto found = std::find_if(stored.begin(), stored.end(), [&](const analytics::StoredEvent& each) {
    return each.offset == entry.offset && each.type == entry.type;
  });
  return found == stored.end() ? nullptr : &*found;
}

}  // namespace

std::string render_profile(const profile::ProfileSnapshot& profile, const catalog::Sources& sources) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(to_text(profile.graph.id));
  json.key("first_seen").string(to_text(profile.first_seen)).key("last_seen").string(to_text(profile.last_seen));
  write_identifiers(json, profile);
  write_traits(json, profile, sources);
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
  json.begin_object().key("id").string(to_text(graph.id)).key("parts").begin_array();
  for (const profile::PartSnapshot& part : graph.parts) {
    json.begin_object().key("id").string(to_text(part.id)).key("created_at").string(to_text(part.created_at));
    json.key("identifiers").begin_array();
    for (const profile::IdentifierSnapshot& each : part.identifiers) {
      json.begin_object().key("type").string(each.type).key("value").string(each.value);
      json.key("source").string(source_name(sources, each.source)).key("attached_at").string(to_text(each.attached_at));
      json.key("trusted").boolean(each.trusted).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return out;
}

std::string render_timeline(ProfileId id, std::span<const profile::TimelineEntry> entries,
                            std::span<const analytics::StoredEvent> stored, const catalog::Sources& sources,
                            bool full) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(to_text(id)).key("events").begin_array();
  for (const profile::TimelineEntry& entry : entries) {
    json.begin_object()
        .key("position")
        .number(entry.offset.value)
        .key("occurred_at")
        .string(to_text(entry.occurred_at));
    json.key("type").string(entry.type).key("name").string(entry.name);
    json.key("source").string(source_name(sources, entry.source)).key("part").string(to_text(entry.part));
    if (const analytics::StoredEvent* known = find_stored(stored, entry)) {
      if (!known->message_id.empty()) json.key("message_id").string(known->message_id);
      if (!known->properties.empty()) json.key("properties").raw(known->properties);
      if (!known->traits.empty()) json.key("traits").raw(known->traits);
    }
    json.end_object();
  }
  json.end_array();
  if (full && !entries.empty()) {
    const profile::TimelineEntry& last = entries.back();
    json.key("next").string(std::to_string(last.occurred_at.ms) + "-" + std::to_string(last.offset.value));
  }
  json.end_object();
  return out;
}

}  // namespace tessera::http

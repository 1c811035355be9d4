// Machines over a store in memory, fed record by record: for this module's tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "catalog/in_force.h"
#include "engine/machines.h"
#include "engine/view.h"
#include "identity/correction.h"
#include "segment/documents.h"
#include "testing/memory_store.h"

namespace tessera::engine {

class Bench {
 public:
  static std::shared_ptr<const catalog::Kinds> all_kinds() {
    return std::make_shared<const catalog::Kinds>(std::vector<catalog::Kind>{
        catalog::source_kind(), catalog::identity_rules_kind(), segment::trait_kind(), segment::segment_kind()});
  }

  Bench() : machines(store, {.kinds = all_kinds()}) {
    put_source("web", catalog::Trust::kPublic);
    put_source("shop", catalog::Trust::kServer);
  }

  void put_source(const std::string& name, catalog::Trust trust) {
    const std::string_view word = trust == catalog::Trust::kServer ? "server" : "public";
    publish({"source", name}, "{\"kind\":\"source\",\"name\":\"" + name + "\",\"trust\":\"" + std::string(word) + "\"}",
            catalog::key_attachment(name, trust));
  }
  void publish(const catalog::DefinitionKey& key, const std::string& document, const std::string& attachment = {}) {
    std::string body;
    catalog::encode(catalog::ChangeSet{{{catalog::ChangeAction::kPublish, key, document, {}, attachment}}, "test"},
                    body);
    apply(log::RecordKind::kDefinitions, {}, body);
    ASSERT_FALSE(machines.core().refusals().find({offset})) << *machines.core().refusals().find({offset});
  }

  void apply(log::RecordKind kind, SourceId source, std::string_view body) {
    ++offset;
    const log::Record record{{offset}, time(), 1, kind, source, body};
    const Status applied = machines.apply(record, effects);
    ASSERT_TRUE(applied) << applied.error().message;
  }

  // Of the newest record. Each comes a second after the one before it.
  Timestamp time() const { return {1'700'000'000'000 + static_cast<std::int64_t>(offset) * 1000 + waited_ms}; }
  // Time goes on, and whoever is due is looked at.
  void wait(std::int64_t ms) {
    waited_ms += ms - 1000;
    do {
      apply(log::RecordKind::kTick, {}, {});
    } while (machines.wants_tick(time()));
  }

  void publish_segment(const std::string& name, std::string_view condition) {
    std::string document;
    JsonWriter json(document);
    json.begin_object().key("kind").string("segment").key("name").string(name);
    json.key("condition").string(condition).end_object();
    publish({"segment", name}, document);
  }
  void publish_trait(const std::string& name, std::string_view expression) {
    std::string document;
    JsonWriter json(document);
    json.begin_object().key("kind").string("trait").key("name").string(name);
    json.key("expression").string(expression).end_object();
    publish({"trait", name}, document);
  }
  void archive(const catalog::DefinitionKey& key) {
    std::string body;
    catalog::encode(catalog::ChangeSet{{{catalog::ChangeAction::kArchive, key, {}, {}, {}}}, "test"}, body);
    apply(log::RecordKind::kDefinitions, {}, body);
  }
  // Takes all steps of the sweep under way.
  void sweep() {
    while (sweep_one_step()) {
    }
  }
  bool sweep_one_step() {
    const auto step = machines.next_sweep_step();
    if (!step) return false;
    std::string body;
    encode(*step, body);
    apply(log::RecordKind::kSweep, {}, body);
    return true;
  }
  void correct(const identity::Correction& correction) {
    std::string body;
    identity::encode(correction, body);
    apply(log::RecordKind::kCorrection, {}, body);
  }

  using Ids = std::vector<event::Identifier>;
  void send(SourceId source, event::Event event) {
    const std::string message_id = "m" + std::to_string(offset + 1);
    event.message_id = message_id;
    event.received_at = time() + 1000;  // the record's
    if (event.occurred_at.ms == 0) event.occurred_at = event.received_at;
    std::string body;
    event::encode(event, body);
    bodies.push_back(std::make_unique<std::string>(std::move(body)));
    apply(log::RecordKind::kEvent, source, *bodies.back());
  }
  void track_with(SourceId source, const std::string& name, const Ids& ids, const std::string& properties) {
    event::Event event;
    event.name = name;
    event.identifiers = ids;
    event.properties = properties;
    send(source, event);
  }
  void join(SourceId source, const Ids& ids, const std::string& group, std::vector<event::Trait> traits) {
    event::Event event;
    event.type = event::EventType::kGroup;
    event.group_id = group;
    event.identifiers = ids;
    event.traits = std::move(traits);
    send(source, event);
  }
  void track(SourceId source, const std::string& name, const Ids& ids, std::vector<event::Trait> traits = {},
             std::string message_id = "") {
    event::Event event;
    event.type = traits.empty() ? event::EventType::kTrack : event::EventType::kIdentify;
    event.name = traits.empty() ? std::string_view(name) : std::string_view();
    if (message_id.empty()) message_id = "m" + std::to_string(offset + 1);
    event.message_id = message_id;
    event.occurred_at = event.received_at = time() + 1000;
    event.identifiers = ids;
    event.traits = std::move(traits);
    std::string body;
    event::encode(event, body);
    bodies.push_back(std::make_unique<std::string>(std::move(body)));
    apply(log::RecordKind::kEvent, source, *bodies.back());
  }

  profile::ProfileSnapshot profile(std::string_view type, std::string_view value) {
    MachinesView view(machines);
    const auto id = view.find(type, value);
    EXPECT_TRUE(id) << id.error().message;
    return id ? *view.profile(*id) : profile::ProfileSnapshot{};
  }
  std::string id(std::string_view type, std::string_view value) {
    MachinesView view(machines);
    const auto found = view.find(type, value);
    return found ? to_text(*found) : "nobody";
  }
  std::uint64_t count(std::string_view type, std::string_view value, std::string_view name) {
    const auto person = profile(type, value);
    for (const auto& e : person.events) {
      if (e.name == name) return e.count;
    }
    return 0;
  }
  std::string trait(std::string_view type, std::string_view value, std::string_view name) {
    const auto person = profile(type, value);
    for (const auto& t : person.traits) {
      if (t.name == name) return t.json;
    }
    return "(none)";
  }
  std::vector<std::string> segments(std::string_view type, std::string_view value) {
    return profile(type, value).segments;
  }
  std::uint64_t members(std::string_view segment) {
    MachinesView view(machines);
    for (const auto& known : view.segments()) {
      if (known.name == segment) return known.members;
    }
    return 0;
  }
  std::size_t effects_named(std::string_view name) const {
    return static_cast<std::size_t>(
        std::count_if(effects.effects.begin(), effects.effects.end(), [&](const Effect& e) { return e.name == name; }));
  }

  const SourceId web{1};
  const SourceId shop{2};
  std::uint64_t offset = 0;
  std::int64_t waited_ms = 0;
  testing::MemoryStore store;
  Machines machines;
  EffectBatch effects;
  std::vector<std::unique_ptr<std::string>> bodies;
};

}  // namespace tessera::engine

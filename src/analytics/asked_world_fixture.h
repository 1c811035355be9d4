// An engine with its history, and people who do things: for tests of what questions find out about the past.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "analytics/backfiller.h"
#include "base/json.h"
#include "catalog/in_force.h"
#include "catalog/kind.h"
#include "identity/correction.h"
#include "segment/documents.h"
#include "testing/manual_clock.h"
#include "testing/memory_files.h"
#include "testing/memory_store.h"

namespace tessera::analytics {

class AskedWorld {
 public:
  AskedWorld() {
    std::string pattern = ::testing::TempDir() + "asked-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    engine_options_.kinds = std::make_shared<const catalog::Kinds>(std::vector<catalog::Kind>{
        catalog::source_kind(), catalog::identity_rules_kind(), segment::trait_kind(), segment::segment_kind()});
    engine_options_.cut_every_ms = 1'000'000 * kDayMs;  // only when told
    engine_options_.on_sources = [this](auto sources) { sources_.store(std::move(sources)); };
    start();
    const std::string web = R"({"kind":"source","name":"web","trust":"server"})";
    publish(definition({"source", "web"}, web, catalog::key_attachment("web", catalog::Trust::kServer)));
  }
  ~AskedWorld() {
    engine.reset();
    history.reset();
    std::filesystem::remove_all(folder_);
  }

  // As after a crash: what is in no cut is replayed, and the history has what it had committed.
  void restart() {
    engine.reset();
    history.reset();
    start();
  }

  // Returns when they are written.
  Offset submit(const std::vector<log::Draft>& drafts) {
    while (true) {
      std::promise<Result<Offset>> promise;
      auto acknowledged = promise.get_future();
      const Status sent = engine->submit(drafts, [&](Result<Offset> last) { promise.set_value(std::move(last)); });
      if (sent) return newest = *acknowledged.get();
      EXPECT_EQ(sent.error().code, Code::kResourceExhausted) << sent.error().message;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  template <class Read>
  auto ask(Read read) {
    std::promise<decltype(read(std::declval<engine::View&>()))> promise;
    auto answer = promise.get_future();
    EXPECT_TRUE(engine->query(newest, [&](engine::View& view, bool) { promise.set_value(read(view)); }));
    return answer.get();
  }

  static log::Draft definition(const catalog::DefinitionKey& key, const std::string& document,
                               const std::string& attachment = {}) {
    log::Draft draft{log::RecordKind::kDefinitions, {}, {}};
    catalog::encode(catalog::ChangeSet{{{catalog::ChangeAction::kPublish, key, document, {}, attachment}}, "test"},
                    draft.body);
    return draft;
  }
  static log::Draft segment(const std::string& name, const std::string& condition) {
    std::string document;
    JsonWriter json(document);
    json.begin_object().key("kind").string("segment").key("name").string(name);
    json.key("condition").string(condition).end_object();
    return definition({"segment", name}, document);
  }
  void publish(const log::Draft& draft) {
    const Offset offset = submit({draft});
    const auto refusal = ask([&](engine::View& view) { return view.refusal(offset); });
    EXPECT_FALSE(refusal) << *refusal;
  }
  void publish_segment(const std::string& name, const std::string& condition) { publish(segment(name, condition)); }

  using Ids = std::vector<event::Identifier>;
  log::Draft draft_of(event::Event event, std::int64_t ago_ms = 0) {
    const std::string message_id = "m" + std::to_string(++messages_);
    event.message_id = message_id;
    event.received_at = clock.wall();
    event.occurred_at = event.received_at + -ago_ms;
    log::Draft draft{log::RecordKind::kEvent, SourceId{1}, {}};
    event::encode(event, draft.body);
    return draft;
  }
  void send(const event::Event& event, std::int64_t ago_ms = 0) { submit({draft_of(event, ago_ms)}); }
  static event::Event tracked(const Ids& who, std::string_view name, std::string_view properties = {}) {
    event::Event event;
    event.name = name;
    event.identifiers = who;
    event.properties = properties;
    return event;
  }
  void track(const Ids& who, std::string_view name, std::string_view properties = {}, std::int64_t ago_ms = 0) {
    send(tracked(who, name, properties), ago_ms);
  }
  void identify(const Ids& who, std::vector<event::Trait> traits) {
    event::Event event;
    event.type = event::EventType::kIdentify;
    event.identifiers = who;
    event.traits = std::move(traits);
    send(event);
  }

  // Waits until everybody was looked at.
  void settle() {
    while (ask([](engine::View& view) { return view.sweep().of; }) != 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  bool is_pending(const std::string& segment) {
    return ask([&](engine::View& view) {
      for (const auto& one : view.segments()) {
        if (one.name == segment) return one.pending;
      }
      return false;
    });
  }
  // How a segment's condition comes out for somebody, in full, with what each part contributes.
  std::string why(const std::string& user, const std::string& segment) {
    return ask([&](engine::View& view) {
      const auto id = view.find("user_id", user);
      if (!id) return id.error().message;
      const auto found = view.explain(*id, segment);
      if (!found) return found.error().message;
      std::string text;
      segment::append_json(text, *found);
      return text;
    });
  }
  std::vector<std::string> segments_of(const std::string& user) {
    return ask([&](engine::View& view) { return view.profile(*view.find("user_id", user))->segments; });
  }

  testing::ManualClock clock;
  Offset newest;
  std::unique_ptr<Analytics> history;
  std::unique_ptr<engine::Engine> engine;

 private:
  void start() {
    Options options;
    options.folder = folder_;
    options.memory_limit_bytes = 256u << 20;
    options.commit_every_ms = 10;
    options.source_name = [this](SourceId id) -> std::optional<std::string> {
      const auto all = sources_.load();
      const catalog::Source* source = all ? all->by_id(id) : nullptr;
      return source == nullptr ? std::nullopt : std::optional(source->name);
    };
    history = std::move(*Analytics::open(options));
    log_ = std::move(*log::open_log(files_, {}));
    auto started = engine::Engine::start(engine_options_, store_, *log_, files_, clock, {history.get()});
    ASSERT_TRUE(started) << started.error().message;
    engine = std::move(*started);
  }

  std::string folder_;
  engine::Options engine_options_;
  std::atomic<std::shared_ptr<const catalog::Sources>> sources_;
  testing::MemoryFiles files_;
  testing::MemoryStore store_;
  std::unique_ptr<log::Log> log_;
  std::uint64_t messages_ = 0;
};

}  // namespace tessera::analytics

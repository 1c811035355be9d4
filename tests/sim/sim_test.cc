// One seed is one life of a server and its clients; see README.md.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "engine/view.h"
#include "event/event.h"
#include "simulated_server.h"

namespace tessera::sim {
namespace {

constexpr int kActions = 1500;
constexpr std::uint64_t kPeople = 40;

// A message that a client means to get through: it sends it again until it is acknowledged, and sometimes after.
struct Message {
  log::Draft draft;
  bool acknowledged = false;
};

log::Draft make_event(testing::Random& random, std::uint64_t number, Timestamp now) {
  event::Event event;
  event.type = random.one_in(4) ? event::EventType::kIdentify : event::EventType::kTrack;
  event.name = event.type == event::EventType::kTrack ? (random.one_in(2) ? "Viewed" : "Bought") : "";
  const std::string id = "m" + std::to_string(number);
  const std::string user = "u" + std::to_string(random.below(kPeople));
  const std::string device = "d" + std::to_string(random.below(2 * kPeople));
  const std::string plan = std::to_string(random.below(9));
  event.message_id = id;
  event.received_at = now;
  event.occurred_at = now + -static_cast<std::int64_t>(random.below(kDayMs));
  if (!random.one_in(3)) event.identifiers.push_back({"user_id", user});
  if (event.identifiers.empty() || random.one_in(2)) event.identifiers.push_back({"anonymous_id", device});
  if (event.type == event::EventType::kIdentify) event.traits = {{"plan", plan}};
  log::Draft draft{log::RecordKind::kEvent, {static_cast<std::uint32_t>(1 + random.below(2))}, {}};
  event::encode(event, draft.body);
  return draft;
}

log::Draft make_source(const std::string& name, catalog::Trust trust) {
  const std::string document = "{\"kind\":\"source\",\"name\":\"" + name + "\",\"trust\":\"" +
                               (trust == catalog::Trust::kServer ? "server" : "public") + "\"}";
  const catalog::DefinitionChange change{
      catalog::ChangeAction::kPublish, {"source", name}, document, {}, catalog::key_attachment(name, trust)};
  log::Draft draft{log::RecordKind::kDefinitions, {}, {}};
  catalog::encode(catalog::ChangeSet{{change}, "test"}, draft.body);
  return draft;
}

std::string key_of(const log::Draft& draft) {
  return std::to_string(draft.source.value) + "/" + std::string(event::decode(draft.body)->message_id);
}

// The life: a client sends, repeats, reorders; clocks jump; the power fails.
class Life {
 public:
  explicit Life(std::uint64_t seed) : random_(seed), server_(random_) {}

  void live() {
    while (
        !server_.append({make_source("web", catalog::Trust::kPublic), make_source("shop", catalog::Trust::kServer)})) {
    }
    for (int i = 0; i < kActions && server_.failure().empty(); ++i) act();
    server_.crash();
    for (Message& message : messages_) {
      while (!message.acknowledged) message.acknowledged = server_.append({message.draft});
    }
    server_.settle();
  }

  void check() {
    ASSERT_EQ(server_.failure(), "");
    EXPECT_FALSE(server_.sink().repeated());
    std::map<std::string, Offset> first;  // message → its first record
    testing::MemoryStore fresh;
    engine::Machines undisturbed(fresh, {});
    if (server_.log().first() == Offset{1}) {  // dropped segments leave nothing to compare with
      compare_with_undisturbed(undisturbed, fresh, first);
    }
    for (const Message& message : messages_) ASSERT_TRUE(message.acknowledged);
    EXPECT_EQ(server_.machines().core().counters().events, messages_.size());
    count_people();
  }

 private:
  void act() {
    switch (random_.below(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        send();
        break;
      case 4:
        send_again();
        break;
      case 5:
        server_.clock().advance(static_cast<std::int64_t>(random_.below(3000)));
        break;
      case 6:
        if (random_.one_in(10)) server_.clock().jump_wall(static_cast<std::int64_t>(random_.below(kDayMs)) - kHourMs);
        break;
      case 7:
        if (random_.one_in(20)) server_.plan_death();
        if (random_.one_in(20)) server_.crash();
        break;
      default:
        server_.work();
        break;
    }
  }

  void send() {
    std::vector<log::Draft> batch;
    const std::size_t begin = messages_.size();
    for (std::uint64_t n = 1 + random_.below(6); n > 0; --n) {
      messages_.push_back({make_event(random_, messages_.size(), server_.clock().wall())});
      batch.push_back(messages_.back().draft);
    }
    const bool acknowledged = server_.append(batch);
    for (std::size_t i = begin; i < messages_.size(); ++i) messages_[i].acknowledged = acknowledged;
    if (!acknowledged) server_.crash();
  }

  // Late, out of order, and whether or not it was acknowledged.
  void send_again() {
    if (messages_.empty()) return;
    std::vector<log::Draft> batch;
    std::vector<std::size_t> sent;
    for (std::uint64_t n = 1 + random_.below(4); n > 0; --n) {
      sent.push_back(random_.below(messages_.size()));
      batch.push_back(messages_[sent.back()].draft);
    }
    if (server_.append(batch)) {
      for (const std::size_t i : sent) messages_[i].acknowledged = true;
    } else {
      server_.crash();
    }
  }

  void compare_with_undisturbed(engine::Machines& undisturbed, testing::MemoryStore& fresh,
                                std::map<std::string, Offset>& first) {
    auto reader = std::move(*server_.log().read({1}));
    std::set<std::uint64_t> rows;
    for (auto group = reader->next(); group && *group; group = reader->next()) {
      engine::EffectBatch effects;
      for (const log::Record& record : (**group)->records()) {
        ASSERT_GE(record.time, undisturbed.time());
        ASSERT_TRUE(undisturbed.apply(record, effects));
        if (record.kind != log::RecordKind::kEvent) continue;
        const std::string key = key_of({record.kind, record.source, std::string(record.body)});
        if (first.emplace(key, record.offset).second) rows.insert(record.offset.value);
      }
    }
    for (const Message& message : messages_) EXPECT_TRUE(first.contains(key_of(message.draft)));
    EXPECT_EQ(first.size(), messages_.size());
    storage::CutBatch batch;
    undisturbed.begin_cut(batch);
    while (!undisturbed.encode_some(1000)) {
    }
    ASSERT_TRUE(fresh.commit(batch));
    EXPECT_EQ(*engine::digest_of(fresh), *engine::digest_of(server_.store()));
    std::set<std::uint64_t> sunk;
    for (const auto& [offset, index] : server_.sink().rows()) sunk.insert(offset);
    EXPECT_TRUE(std::includes(sunk.begin(), sunk.end(), rows.begin(), rows.end()));
  }

  // All people together have every event once.
  void count_people() {
    engine::MachinesView view(server_.machines());
    std::set<std::uint64_t> people;
    for (std::uint64_t i = 0; i < 2 * kPeople; ++i) {
      for (const auto& [type, prefix] : {std::pair("user_id", "u"), std::pair("anonymous_id", "d")}) {
        if (const auto id = view.find(type, prefix + std::to_string(i))) people.insert(id->value);
      }
    }
    std::uint64_t events = 0;
    for (const std::uint64_t id : people) {
      const auto profile = view.profile({id});
      ASSERT_TRUE(profile);
      for (const auto& count : profile->events) events += count.count;
    }
    EXPECT_EQ(people.size(), server_.machines().core().counters().profiles);
    EXPECT_EQ(events, messages_.size());
  }

  testing::Random random_;
  SimulatedServer server_;
  std::vector<Message> messages_;
};

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(Simulation, EveryLifeEndsAsAnUndisturbedOneWould) {
  const std::uint64_t only = number_from("TESSERA_SIM_SEED", 0);
  const std::uint64_t first = only != 0 ? only : 1;
  const std::uint64_t last = only != 0 ? only : number_from("TESSERA_SIM_SEEDS", 150);
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("TESSERA_SIM_SEED=" + std::to_string(seed));
    Life life(seed);
    life.live();
    life.check();
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace tessera::sim

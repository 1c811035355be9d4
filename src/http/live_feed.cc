#include "http/live_feed.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/json.h"

namespace tessera::http {

namespace {

// What the engine answered about the people of one frame. Shared with queries that may come too late.
struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<FramePerson> people;  // guarded by mutex
  std::size_t waiting = 0;          // guarded by mutex
};

void ask_for(engine::Engine& engine, const std::shared_ptr<Answers>& answers, std::size_t index, ProfileId profile) {
  const Status asked = engine.query(Offset{}, [answers, index, profile](engine::View& view, bool) {
    const auto lives_on = view.find(profile);  // in another one, if it was merged since
    const auto found = lives_on ? view.profile(*lives_on) : std::unexpected(lives_on.error());
    const std::lock_guard lock(answers->mutex);
    if (found) {
      FramePerson& person = answers->people[index];
      person.profile = found->graph.id;
      person.name = display_name(*found);
      person.parts = found->graph.parts.size();
    }
    --answers->waiting;
    answers->changed.notify_all();
  });
  if (asked) return;
  const std::lock_guard lock(answers->mutex);
  --answers->waiting;
}

void write_person(JsonWriter& json, const FramePerson& person, const catalog::Sources& sources) {
  const catalog::Source* source = sources.by_id(person.did.source);
  json.begin_object().key("profile").string(to_text(person.profile)).key("name").string(person.name.text);
  json.key("named").boolean(person.name.named).key("parts").number(static_cast<std::uint64_t>(person.parts));
  json.key("type").string(person.did.type).key("event").string(person.did.name);
  json.key("source").string(source == nullptr ? "" : source->name);
  json.key("occurred_at").string(to_text(person.did.occurred_at));
  json.key("merged").boolean(person.did.merged).end_object();
}

}  // namespace

std::string frame_json(const Frame& frame, const catalog::Sources& sources) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("at").string(to_text(frame.at));
  json.key("events_per_second").number(frame.view.events_per_second);
  json.key("events_by_second").begin_array();
  for (const std::uint32_t events : frame.view.events_by_second) json.number(static_cast<std::uint64_t>(events));
  json.end_array();
  json.key("events").number(frame.stats.events).key("people").number(frame.stats.profiles);
  json.key("merges").number(frame.stats.merges).key("duplicates").number(frame.stats.duplicates);
  json.key("quarantined").number(frame.stats.rejected);
  json.key("recent").begin_array();
  for (const FramePerson& person : frame.people) write_person(json, person, sources);
  json.end_array().end_object();
  return out;
}

LiveFeed::LiveFeed(engine::Engine& engine, const LiveSink& sink, Clock& clock)
    : engine_(engine), sink_(sink), clock_(clock), thread_([this] { run(); }) {}

LiveFeed::~LiveFeed() {
  stop();
  if (thread_.joinable()) thread_.join();
}

void LiveFeed::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const auto& watcher : watchers_) watcher->close();
  watchers_.clear();
  changed_.notify_all();
}

Status LiveFeed::watch(std::shared_ptr<Stream> stream) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return error(Code::kUnavailable, "the server is stopping; try again later");
    if (watchers_.size() >= kMaxWatchers) {
      return error(Code::kResourceExhausted,
                   "as many as may watch the live feed at once do so already; try again later");
    }
    watchers_.push_back(std::move(stream));
    fresh_ = true;
  }
  changed_.notify_all();
  return {};
}

void LiveFeed::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait(lock, [this] { return stopping_ || !watchers_.empty(); });
    if (stopping_) return;
    fresh_ = false;
    lock.unlock();
    const std::string event = make_event();
    lock.lock();
    std::erase_if(watchers_, [&](const std::shared_ptr<Stream>& watcher) { return !watcher->push(event); });
    changed_.wait_for(lock, std::chrono::milliseconds(kFrameMs), [this] { return stopping_ || fresh_; });
  }
}

std::string LiveFeed::make_event() {
  Frame frame;
  frame.at = clock_.wall();
  frame.view = sink_.look();
  frame.stats = engine_.stats();
  frame.people = find_people(frame.view.people);
  return "data: " + frame_json(frame, *engine_.sources()) + "\n\n";
}

std::vector<FramePerson> LiveFeed::find_people(const std::vector<LivePerson>& people) {
  const auto answers = std::make_shared<Answers>();
  for (const LivePerson& did : people) answers->people.push_back(FramePerson{did, did.profile, {}, 1});
  answers->waiting = people.size();
  for (std::size_t i = 0; i < people.size(); ++i) ask_for(engine_, answers, i, people[i].profile);

  std::unique_lock lock(answers->mutex);
  answers->changed.wait_for(lock, std::chrono::milliseconds(kNamesMs), [&] { return answers->waiting == 0; });
  std::vector<FramePerson> found;
  for (const FramePerson& person : answers->people) {
    const auto same = [&](const FramePerson& other) { return other.profile == person.profile; };
    if (std::ranges::any_of(found, same)) continue;  // merged since
    found.push_back(person);
    if (found.back().name.text.empty()) found.back().name.text = to_text(person.profile);
    if (found.size() == kPeople) break;
  }
  return found;
}

}  // namespace tessera::http

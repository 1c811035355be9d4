#include "http/live_feed.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/json.h"
#include "ingest/json_tree.h"

namespace tessera::http {

namespace {

// What the engine answered for one frame. Shared with queries that may come too late.
struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<FramePerson> people;  // guarded by mutex, as are all
  std::vector<FrameMove> moves;
  std::optional<std::vector<engine::SegmentSnapshot>> segments;
  Filling filling;
  std::size_t waiting = 0;
};

// Lets `look` add to the answers, on the engine's thread.
void ask_for(engine::Engine& engine, const std::shared_ptr<Answers>& answers,
             std::move_only_function<void(engine::View&, Answers&)> look) {
  {
    const std::lock_guard lock(answers->mutex);
    ++answers->waiting;
  }
  const Status asked = engine.query(Offset{}, [answers, look = std::move(look)](engine::View& view, bool) mutable {
    const std::lock_guard lock(answers->mutex);
    look(view, *answers);
    --answers->waiting;
    answers->changed.notify_all();
  });
  if (asked) return;
  const std::lock_guard lock(answers->mutex);
  --answers->waiting;
}

// The person as they are now: they may live on in another one, if they were merged since.
Result<profile::ProfileSnapshot> find_now(engine::View& view, ProfileId profile) {
  TRY_ASSIGN(const ProfileId lives_on, view.find(profile));
  return view.profile(lives_on);
}

void look_at_person(engine::View& view, FramePerson& person) {
  const auto found = find_now(view, person.did.profile);
  if (!found) return;
  person.profile = found->graph.id;
  person.name = display_name(*found);
  person.parts = found->graph.parts.size();
}

void look_at_move(engine::View& view, FrameMove& move) {
  const auto found = find_now(view, move.cause.profile);
  if (!found) return;
  move.profile = found->graph.id;
  move.name = display_name(*found);
}

// What each record brought about for one person, newest first.
std::vector<FrameMove> gather(const std::deque<MembershipChange>& changes) {
  std::vector<FrameMove> moves;
  for (const MembershipChange& change : changes) {
    const bool same = !moves.empty() && moves.back().cause.place.offset == change.place.offset &&
                      moves.back().cause.profile == change.profile;
    if (!same && moves.size() == LiveFeed::kMoves) break;
    if (!same) moves.push_back({change, {}, {}, change.profile, {}});
    auto& names = change.entered ? moves.back().entered : moves.back().exited;
    names.insert(names.begin(), change.segment);
  }
  return moves;
}

// The largest, by name, each with what moved.
std::vector<FrameSegment> choose(std::vector<engine::SegmentSnapshot> segments,
                                 const std::map<std::string, SegmentMotion>& motion) {
  if (segments.size() > LiveFeed::kSegments) {
    std::ranges::stable_sort(segments, std::greater<>(), &engine::SegmentSnapshot::members);
    segments.resize(LiveFeed::kSegments);
    std::ranges::sort(segments, {}, &engine::SegmentSnapshot::name);
  }
  std::vector<FrameSegment> chosen;
  for (engine::SegmentSnapshot& segment : segments) {
    const auto moved = motion.find(segment.name);
    SegmentMotion last_minute = moved == motion.end() ? SegmentMotion{} : moved->second;
    chosen.push_back({std::move(segment), std::move(last_minute)});
  }
  return chosen;
}

std::vector<FramePerson> each_once(const std::vector<FramePerson>& people) {
  std::vector<FramePerson> found;
  for (const FramePerson& person : people) {
    const auto same = [&](const FramePerson& other) { return other.profile == person.profile; };
    if (std::ranges::any_of(found, same)) continue;  // merged since
    found.push_back(person);
    if (found.back().name.text.empty()) found.back().name.text = to_text(person.profile);
    if (found.size() == LiveFeed::kPeople) break;
  }
  return found;
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

// What the segment's definition says whom it means.
std::string description_of(const catalog::Definitions& definitions, const std::string& segment) {
  const catalog::DefinitionVersion* version = definitions.in_force({"segment", segment});
  ingest::JsonTree tree;
  if (version == nullptr || !tree.read(version->document)) return {};
  ingest::TextSpace space;
  return std::string(tree.root().find("description").text(space));
}

void write_segments(JsonWriter& json, const Frame& frame, const catalog::Definitions& definitions) {
  json.key("segments").begin_array();
  for (const FrameSegment& segment : *frame.segments) {
    json.begin_object().key("name").string(segment.now.name).key("members").number(segment.now.members);
    json.key("description").string(description_of(definitions, segment.now.name));
    json.key("entered").number(segment.motion.entered).key("exited").number(segment.motion.exited);
    json.key("net").begin_array();
    for (const std::int64_t net : segment.motion.net) json.number(net);
    json.end_array().end_object();
  }
  json.end_array().key("segments_in_all").number(static_cast<std::uint64_t>(frame.segments_in_all));
  write_filling(json, frame.filling);
}

void write_move(JsonWriter& json, const FrameMove& move) {
  json.begin_object().key("profile").string(to_text(move.profile)).key("name").string(move.name.text);
  json.key("named").boolean(move.name.named).key("at").string(to_text(move.cause.at));
  json.key("position").number(move.cause.place.offset.value);
  for (const auto& [way, names] : {std::pair("entered", &move.entered), std::pair("exited", &move.exited)}) {
    json.key(way).begin_array();
    for (const std::string& name : *names) json.string(name);
    json.end_array();
  }
  json.end_object();
}

}  // namespace

std::string frame_json(const Frame& frame, const catalog::Sources& sources, const catalog::Definitions& definitions) {
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
  json.end_array().key("moves").begin_array();
  for (const FrameMove& move : frame.moves) write_move(json, move);
  json.end_array();
  if (frame.segments) write_segments(json, frame, definitions);
  json.end_object();
  return out;
}

LiveFeed::LiveFeed(engine::Engine& engine, const LiveSink& sink, const MembershipSink& memberships, Clock& clock)
    : engine_(engine), sink_(sink), memberships_(memberships), clock_(clock), thread_([this] { run(); }) {}

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
  ask(frame);
  return "data: " + frame_json(frame, *engine_.sources(), *engine_.definitions()) + "\n\n";
}

void LiveFeed::ask(Frame& frame) {
  const MembershipView memberships = memberships_.look();
  const auto answers = std::make_shared<Answers>();
  for (const LivePerson& did : frame.view.people) answers->people.push_back({did, did.profile, {}, 1});
  answers->moves = gather(memberships.recent);
  const std::size_t people = answers->people.size();
  const std::size_t moves = answers->moves.size();
  for (std::size_t i = 0; i < people; ++i) {
    ask_for(engine_, answers, [i](engine::View& view, Answers& to) { look_at_person(view, to.people[i]); });
  }
  for (std::size_t i = 0; i < moves; ++i) {
    ask_for(engine_, answers, [i](engine::View& view, Answers& to) { look_at_move(view, to.moves[i]); });
  }
  ask_for(engine_, answers, [](engine::View& view, Answers& to) {
    to.segments = view.segments();
    to.filling = filling_of(view);
  });

  std::unique_lock lock(answers->mutex);
  answers->changed.wait_for(lock, std::chrono::milliseconds(kNamesMs), [&] { return answers->waiting == 0; });
  frame.people = each_once(answers->people);
  frame.moves = answers->moves;
  for (FrameMove& move : frame.moves) {
    if (move.name.text.empty()) move.name.text = to_text(move.profile);
  }
  if (!answers->segments) return;
  frame.segments_in_all = answers->segments->size();
  frame.segments = choose(*answers->segments, memberships.motion);
  frame.filling = answers->filling;
}

}  // namespace tessera::http

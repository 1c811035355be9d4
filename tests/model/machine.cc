#include "machine.h"

namespace tessera::model {

// ---- Core

void Core::consume(const Settings& settings, const Input& input, Outputs& out) {
  now_ = std::max(now_, input.time);
  if (const auto* event = std::get_if<Event>(&input.what)) {
    apply(settings, *event, out);
  } else if (const auto* unmerge = std::get_if<Unmerge>(&input.what)) {
    const auto found = directory_.find(unmerge->identifier);
    if (found != directory_.end()) move(settings, found->second, found->second, out);
  } else {
    // Shards know no time but Core's.
    for (MachineId shard = 1; shard <= settings.shards; ++shard) out.send(shard, now_, 0, TimePasses{});
  }
}

void Core::apply(const Settings& settings, const Event& event, Outputs& out) {
  if (settings.flaw != Flaw::kDuplicatesByProfile && !first_sight(settings, event, 0)) return;

  PartId home = 0;  // of the most important identifier that is known
  std::set<ProfileId> named;
  for (const int identifier : event.identifiers) {
    const auto found = directory_.find(identifier);
    if (found == directory_.end()) continue;
    if (home == 0) home = found->second;
    named.insert(profile_of_.at(found->second));
  }
  const bool born = home == 0;
  if (born) {
    home = nth_profile(++born_, settings.shards);
    profile_of_[home] = home;
    named.insert(home);
  }
  const ProfileId person = *named.begin();  // the oldest lives on
  if (settings.flaw == Flaw::kDuplicatesByProfile && !first_sight(settings, event, person)) return;

  for (const auto& [part, profile] : std::map(profile_of_)) {
    if (profile != person && named.contains(profile)) move(settings, part, person, out);
  }
  for (const int identifier : event.identifiers) directory_.emplace(identifier, home);
  out.send(shard_of(person, settings.shards), now_, person, Apply{event, home, born});
}

bool Core::first_sight(const Settings&, const Event& event, ProfileId profile) {
  return seen_.emplace(profile, event.source, event.message).second;
}

void Core::move(const Settings& settings, PartId part, ProfileId to, Outputs& out) {
  ProfileId& profile = profile_of_.at(part);
  if (profile == to) return;
  out.send(shard_of(profile, settings.shards), now_, profile, Release{part, to});
  out.send(shard_of(to, settings.shards), now_, to, Expect{part});
  profile = to;
}

void Core::consume(const Settings& settings, const Message& message, Outputs& out) {
  const PartId part = std::get<Ask>(message.what).part;
  const bool granted = granted_in_all_ < settings.points;
  if (granted) {
    ++granted_in_all_;
    ++granted_[part];
  }
  // The part may have moved since its Shard asked: the answer follows it, behind its Expect.
  const bool flawed = settings.flaw == Flaw::kAnswerTheAsker;
  const ProfileId profile = flawed ? message.profile : profile_of_.at(part);
  out.send(shard_of(profile, settings.shards), now_, profile, Answer{part, granted});
}

// ---- Shard

namespace {

std::pair<ProfileId, PartId> place_of(const Settings& settings, ProfileId profile, PartId part) {
  return {settings.flaw == Flaw::kArrivalsByPart ? 0 : profile, part};
}

}  // namespace

void Shard::consume(const Settings& settings, const Message& message, Outputs& out) {
  if (message.profile == 0) {  // time passes, for everybody
    std::vector<ProfileId> everybody;
    for (const auto& [profile, person] : people_) everybody.push_back(profile);
    for (const ProfileId profile : everybody) {
      people_.at(profile).waiting.push_back(message);
      proceed(settings, profile, out);
    }
    return;
  }
  if (const auto* adopt = std::get_if<Adopt>(&message.what)) {
    arrived_[place_of(settings, message.profile, adopt->part)] = adopt->state;
  } else {
    people_[message.profile].waiting.push_back(message);
  }
  proceed(settings, message.profile, out);
}

void Shard::proceed(const Settings& settings, ProfileId profile, Outputs& out) {
  Person& person = people_[profile];
  while (!person.waiting.empty()) {
    const Message message = person.waiting.front();
    if (const auto* expect = std::get_if<Expect>(&message.what)) {
      const auto found = arrived_.find(place_of(settings, profile, expect->part));
      if (found == arrived_.end() && settings.flaw != Flaw::kNoWaiting) return;  // it is on its way
      if (found != arrived_.end()) {
        fire_timers(profile, person, message.time, out);
        person.parts.emplace(expect->part, found->second);
        arrived_.erase(found);
      }
    } else {
      apply(settings, profile, person, message, out);
    }
    person.waiting.pop_front();
  }
  if (person.parts.empty()) people_.erase(profile);
}

void Shard::apply(const Settings& settings, ProfileId profile, Person& person, const Message& message, Outputs& out) {
  fire_timers(profile, person, message.time, out);
  if (const auto* event = std::get_if<Apply>(&message.what)) {
    apply_event(profile, person, *event, message.time, out);
  } else if (const auto* release = std::get_if<Release>(&message.what)) {
    auto part = person.parts.extract(release->part);
    if (part.empty()) return;  // only with a flaw
    out.send(shard_of(release->to, settings.shards), message.time, release->to, Adopt{part.key(), part.mapped()});
  } else if (const auto* answer = std::get_if<Answer>(&message.what)) {
    const auto part = person.parts.find(answer->part);
    if (part == person.parts.end()) return;  // only with a flaw
    ++(answer->granted ? part->second.points : part->second.refused);
  }
}

void Shard::apply_event(ProfileId profile, Person& person, const Apply& apply, std::int64_t time, Outputs& out) {
  PartState& part = person.parts[apply.part];
  ++part.events;
  part.total += apply.event.amount;
  part.due = time + kQuiet;
  out.tell({Effect::Kind::kApplied, profile, apply.part, apply.event.source, apply.event.message});

  std::uint64_t events = 0;
  for (const auto& [id, state] : person.parts) events += state.events;
  if (events % kMilestone != 0) return;
  ++part.asked;
  out.send(kCore, time, profile, Ask{apply.part});
}

// A timer fires before anything that comes at or after its time. So it does not matter which message brought the time.
void Shard::fire_timers(ProfileId profile, Person& person, std::int64_t now, Outputs& out) {
  for (auto& [id, part] : person.parts) {
    if (part.due == 0 || part.due > now) continue;
    ++part.lapses;
    out.tell({Effect::Kind::kLapsed, profile, id, part.due, 0});
    part.due = 0;
  }
}

bool Shard::quiet() const {
  return arrived_.empty() &&
         std::ranges::all_of(people_, [](const auto& person) { return person.second.waiting.empty(); });
}

// ---- Machine

Outputs Machine::consume(const std::variant<Input, Message>& entry) {
  Outputs out(id_, ++offset_);
  if (const auto* input = std::get_if<Input>(&entry)) {
    core_.consume(settings_, *input, out);
    return out;
  }
  const Message& message = std::get<Message>(entry);
  Place& mark = marks_[message.from];
  if (message.place <= mark && settings_.flaw != Flaw::kNoMarks) return out;
  mark = std::max(mark, message.place);
  if (id_ == kCore) {
    core_.consume(settings_, message, out);
  } else {
    shard_.consume(settings_, message, out);
  }
  return out;
}

}  // namespace tessera::model

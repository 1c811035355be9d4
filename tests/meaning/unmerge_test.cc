// A merge that is taken back leaves nothing behind. When nothing else happened in between, everything that is kept of
// everybody is what it was, but for
//   - the merging event itself: its count, its place in the timeline, and when its part was seen first and last;
//   - that a server has named its identifiers now;
//   - that the two were in other segments together, and in theirs again: Tessera's own events about that.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "dice.h"
#include "engine/view.h"
#include "event/event.h"
#include "identity/directory.h"
#include "script.h"

namespace tessera::meaning {
namespace {

constexpr std::string_view kOwnEvents = "track Segment ";

// What is kept of a part, with what the merging event may change left out.
std::string kept_of(Life& life, const segment::PartView& view, Offset until) {
  std::ostringstream out;
  const auto part = *profile::decode_part(view.part);
  for (const profile::Trait& t : part.traits) {
    out << "trait " << t.name << t.json << t.source.value << t.trusted << t.stated_at.ms << " " << t.offset.value
        << "\n";
  }
  for (const profile::Group& g : part.groups) {
    out << "group " << g.name << g.traits << g.joined_at.ms << " " << g.joined.value << " " << g.updated.value << "\n";
  }
  for (const profile::EventCount& e : part.events) {
    const std::string name = std::string(event::type_name(e.type)) + " " + e.name;
    if (e.type == event::EventType::kIdentify || name.starts_with(kOwnEvents)) continue;
    out << name << ": " << e.count << " " << e.first_at.ms << " " << e.last_at.ms << "\n";
  }
  for (const profile::Recent& r : part.recent) {
    if (r.offset > until) continue;
    out << r.occurred_at.ms << " " << r.offset.value << " " << r.source.value << " "
        << (r.event == profile::kNoEvent ? "" : part.events[r.event].name) << "\n";
  }
  const segment::Plan& plan = life.machines().shards().evaluator().plan();
  for (const segment::Feature& feature : plan.features()) {
    const std::string_view state = segment::find_feature_state(view.features, feature.id);
    for (const char c : state) out << static_cast<int>(c) << ",";
    out << " " << feature.spec.text() << "\n";
  }
  return out.str();
}

std::string kept_of(Life& life, ProfileId person, Offset until) {
  std::ostringstream out;
  const auto graph = life.machines().core().directory().graph(person);
  for (const PartId part : life.machines().core().directory().parts(person)) out << to_text(part) << " ";
  for (const auto& part : graph.parts) {
    for (const auto& i : part.identifiers) {
      out << "\n"
          << to_text(part.id) << i.type << i.value << i.source.value << " " << i.attached_at.ms << i.offset.value;
    }
  }
  for (const auto& l : graph.links) {
    out << "\n" << to_text(l.part) << to_text(l.other) << l.value << l.other_value << " " << l.offset.value;
  }
  for (const segment::PartView& view : life.machines().shards().views_of(person)) {
    out << "\n" << to_text(view.id) << ":\n" << kept_of(life, view, until);
  }
  return out.str();
}

std::map<std::uint64_t, std::string> all_kept(Life& life, Offset until) {
  std::map<std::uint64_t, std::string> all;
  for (const ProfileId person : life.people()) all[person.value] = kept_of(life, person, until);
  return all;
}

// What readers are told, without what the merging event may change.
ToldOfAll told(Script& script) {
  ToldOfAll all = script.told_by_product();
  for (auto& [person, told] : all) {
    std::erase_if(told, [](const auto& one) {
      return one.first == "identify " || one.first == "seen" || one.first.starts_with(kOwnEvents);
    });
  }
  return all;
}

std::optional<event::Identifier> any_identifier_of(const identity::GraphSnapshot& graph) {
  std::vector<event::Identifier> all;
  for (const auto& part : graph.parts) {
    for (const auto& identifier : part.identifiers) all.push_back({identifier.type, identifier.value});
  }
  if (all.empty()) return std::nullopt;
  return one_of(all);
}

// Two people of whom an event says that they are one.
struct Pair {
  identity::GraphSnapshot one;
  identity::GraphSnapshot other;
  std::optional<event::Identifier> mine;
  std::optional<event::Identifier> theirs;
  bool is_good() const { return mine && theirs && one.id != other.id; }
};

Pair any_pair(Life& life) {
  identity::Directory& directory = life.machines().core().directory();
  const auto people = life.people();
  Pair pair{directory.graph(one_of(people)), directory.graph(one_of(people)), {}, {}};
  pair.mine = any_identifier_of(pair.one);
  pair.theirs = any_identifier_of(pair.other);
  return pair;
}

void anything_that_changes_nothing(Life& life) {
  for (int more = any(4); more > 0; --more) {
    if (chance(30)) life.reload();
    if (chance(30)) life.go_on_with_cut(5);
    if (chance(30)) life.tick(1000 * any(10'000));
  }
}

RC_GTEST_PROP(Meaning, AMergeThatIsTakenBackLeavesNothingBehind, ()) {
  Script script(the_oracle(), {.may_watch = false, .windows = false, .compares = chance(10)});
  Life& life = script.life();
  script.publish();
  for (int steps = 10 + any(50); steps > 0; --steps) script.happen();
  script.settle();
  int taken_back = 0;
  for (int tries = 8; tries > 0 && taken_back < 2; --tries) {
    const Pair pair = any_pair(life);
    if (!pair.is_good()) continue;
    const Offset until = life.position();
    const auto kept_before = all_kept(life, until);
    const auto told_before = told(script);
    script.introduce(*pair.mine, *pair.theirs);
    const auto moves = life.last_moves();
    if (moves.empty()) continue;  // a rule forbids it
    RC_ASSERT(life.people().size() + 1 == kept_before.size());
    anything_that_changes_nothing(life);

    identity::Correction correction{.keep_apart = chance(50), .by = "a test"};
    const auto parts = life.machines().core().directory().parts(moves.front().second);
    const bool name_those_who_stay = chance(30);
    for (const PartId part : parts) {
      const bool moved = std::ranges::find(moves, part, &std::pair<PartId, ProfileId>::first) != moves.end();
      if (moved != name_those_who_stay) correction.parts.push_back(part);
    }
    life.correct(correction);
    anything_that_changes_nothing(life);
    RC_ASSERT(all_kept(life, until) == kept_before);
    const std::string differences = difference(told(script), told_before);
    if (!differences.empty()) RC_FAIL(differences);
    ++taken_back;
    if (!correction.keep_apart) continue;
    script.introduce(*pair.mine, *pair.theirs);
    RC_ASSERT(life.last_moves().empty());
  }
  RC_CLASSIFY(taken_back > 0);
}

}  // namespace
}  // namespace tessera::meaning

// One person for this module's tests, as an engine keeps them: events come, time passes, what is due is looked at.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "segment/evaluation.h"
#include "segment/test_plan.h"

namespace tessera::segment {

inline std::shared_ptr<const Plan> plan_of(const TestDefinitions& definitions) {
  Registry registry;
  return build_plan(definitions, registry);
}

class Person {
 public:
  explicit Person(const std::shared_ptr<const Plan>& plan, std::size_t parts = 1) : parts_(parts), stored_(parts) {
    evaluator_.follow(plan);
  }

  struct Said {
    event::EventType type = event::EventType::kTrack;
    std::string name;
    std::string properties;
    std::vector<event::Trait> traits;
    std::int64_t at = 0;
    std::uint32_t source = 1;
  };
  // Takes an event in, looks, and gives the names of segments with "+" or "-" in front.
  std::string say(const Said& said, std::size_t part = 0) {
    event::Event event;
    event.type = said.type;
    event.name = said.name;
    event.properties = said.properties;
    event.traits = said.traits;
    event.occurred_at = {said.at};
    ++offset_;
    const auto trust = said.source == 1 ? catalog::Trust::kPublic : catalog::Trust::kServer;
    profile::fold(parts_[part], event, {{offset_}, {said.source}, trust}, false, touched_.traits);
    profile::keep(parts_[part], stored_[part]);
    evaluator_.folder().fold(event, said.source == 1 ? "web" : "till", {{said.at}, {offset_}, 0}, now_, stored_[part],
                             touched_);
    return look();
  }
  std::string track(const std::string& name, const std::string& properties = "", std::int64_t at = 0) {
    return say({.name = name, .properties = properties, .at = at});
  }
  std::string identify(const std::string& trait, const std::string& json, std::uint32_t source = 1) {
    return say({.type = event::EventType::kIdentify, .traits = {{trait, json}}, .source = source});
  }
  std::string join(const std::string& name, const std::string& traits) {
    ++offset_;
    profile::fold(parts_[0], profile::Group{{offset_}, name, traits, {5}, {offset_}, {offset_}});
    profile::keep(parts_[0], stored_[0]);
    touched_.groups = true;
    return look();
  }

  // Lets the time pass, and looks whenever it is due. What changed stands behind "@" and the milliseconds.
  std::string pass_to(std::int64_t now) {
    std::string out;
    while (look_.due.ms <= now) {
      now_ = look_.now = look_.due;
      std::vector<MembershipChange> changes;
      evaluator_.look_when_due(views(), {}, look_, memberships_, changes);
      EXPECT_GT(look_.due, now_);
      ++looks_;
      const std::string changed = told(changes) + follow_up(changes);
      if (!changed.empty()) out += (out.empty() ? "@" : " @") + std::to_string(now_.ms) + " " + changed;
    }
    now_.ms = now;
    return out;
  }
  // An event that happens at `now`; what was due before is looked at before.
  std::string at(std::int64_t now, const std::string& name, const std::string& properties = "", std::size_t part = 0) {
    const std::string before = pass_to(now);
    const std::string then = say({.name = name, .properties = properties, .at = now}, part);
    return before + (before.empty() || then.empty() ? "" : " ") + then;
  }

  // Another plan, and the sweep that follows.
  std::string publish(const std::shared_ptr<const Plan>& plan) {
    const auto changed = changed_segments(evaluator_.plan(), *plan);
    for (const PlannedSegment& segment : evaluator_.plan().segments()) old_names_[segment.id] = segment.name;
    evaluator_.follow(plan);
    for (profile::StoredPart& part : stored_) EXPECT_TRUE(evaluator_.folder().seed(part));
    std::vector<MembershipChange> changes;
    look_.now = now_;
    evaluator_.look_at(views(), changed, look_, memberships_, changes);
    return told(changes);
  }

  Evaluator& evaluator() { return evaluator_; }
  profile::StoredPart& stored(std::size_t part = 0) { return stored_[part]; }
  const std::string& features(std::size_t part = 0) const { return stored_[part].features; }
  std::int64_t due() const { return look_.due.ms; }
  int looks() const { return looks_; }  // how often it was due
  // Whether a segment's condition holds, looked at anew.
  bool holds(std::string_view segment) {
    const PlannedCondition& condition = evaluator_.plan().find(segment)->condition;
    return evaluator_.value(views(), memberships_, now_, condition).is_true();
  }
  bool is_in(std::string_view segment) const {
    return std::ranges::binary_search(memberships_, evaluator_.plan().find(segment)->id);
  }

 private:
  std::span<const PartView> views() {
    views_.clear();
    for (const profile::StoredPart& part : stored_) views_.push_back(view_of({views_.size() + 1}, part));
    return views_;
  }

  std::string look() {
    std::vector<MembershipChange> changes;
    look_.now = now_;
    if (is_new_) {
      evaluator_.look_first(views(), touched_, look_, memberships_, changes);
    } else {
      evaluator_.look_again(views(), touched_, look_, memberships_, changes);
    }
    is_new_ = false;
    touched_.clear();
    return told(changes) + follow_up(changes);
  }

  // Entering and leaving are events too.
  std::string follow_up(std::vector<MembershipChange> changes) {
    std::string out;
    if (!evaluator_.plan().counts_memberships()) return out;
    for (std::uint32_t index = 1; !changes.empty();) {
      for (const MembershipChange& change : changes) {
        const std::string properties = R"({"segment":")" + name_of(change) + "\"}";
        event::Event event;
        event.name = change.entered ? kEnteredEvent : kExitedEvent;
        event.properties = properties;
        event.occurred_at = now_;
        evaluator_.folder().fold(event, "", {now_, {offset_}, index++}, now_, stored_[0], touched_);
      }
      changes.clear();
      evaluator_.look_again(views(), touched_, look_, memberships_, changes);
      touched_.clear();
      if (!changes.empty()) out += " " + told(changes);
    }
    return out;
  }

  std::string name_of(const MembershipChange& change) const {
    const PlannedSegment* const segment = evaluator_.plan().find(change.segment);
    return segment != nullptr ? segment->name : old_names_.at(change.segment);
  }

  std::string told(const std::vector<MembershipChange>& changes) const {
    std::string out;
    for (const MembershipChange& change : changes) {
      out += (out.empty() ? "" : " ") + std::string(change.entered ? "+" : "-") + name_of(change);
    }
    return out;
  }

  Evaluator evaluator_;
  std::vector<profile::Part> parts_;
  std::vector<profile::StoredPart> stored_;
  std::vector<PartView> views_;
  std::vector<std::uint32_t> memberships_;
  std::map<std::uint32_t, std::string> old_names_;
  Touched touched_;
  std::uint64_t offset_ = 0;
  Timestamp now_{0};
  Look look_;
  int looks_ = 0;
  bool is_new_ = true;
};

}  // namespace tessera::segment

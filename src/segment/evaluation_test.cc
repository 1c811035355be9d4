#include "segment/evaluation.h"

#include <gtest/gtest.h>

#include "segment/test_plan.h"

namespace tessera::segment {
namespace {

// One person, as an engine keeps them.
class Person {
 public:
  explicit Person(const std::shared_ptr<const Plan>& plan, std::size_t parts = 1) : parts_(parts) {
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
    profile::fold(parts_[part].part, event, {{offset_}, {said.source}, trust}, false, touched_.traits);
    evaluator_.fold(event, said.source == 1 ? "web" : "till", {{said.at}, {offset_}, 0}, parts_[part].features,
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
    profile::fold(parts_[0].part, profile::Group{{offset_}, name, traits, {5}, {offset_}, {offset_}});
    touched_.groups = true;
    return look();
  }
  // Another plan, and the sweep that follows.
  std::string publish(const std::shared_ptr<const Plan>& plan) {
    const auto changed = changed_segments(evaluator_.plan(), *plan);
    std::vector<std::string> names;
    for (const PlannedSegment& segment : evaluator_.plan().segments()) old_names_[segment.id] = segment.name;
    evaluator_.follow(plan);
    for (auto& part : parts_) {
      std::string bytes;
      profile::encode(part.part, bytes);
      EXPECT_TRUE(evaluator_.seed(bytes, part.features));
    }
    std::vector<MembershipChange> changes;
    evaluator_.look_at(views(), changed, memberships_, changes);
    return told(changes);
  }
  const std::string& features(std::size_t part = 0) const { return parts_[part].features; }

 private:
  struct Part {
    profile::Part part;
    std::string bytes;
    std::string features;
  };

  std::span<const PartView> views() {
    views_.clear();
    for (Part& part : parts_) {
      part.bytes.clear();
      profile::encode(part.part, part.bytes);
      views_.push_back({{views_.size() + 1}, part.bytes, part.features});
    }
    return views_;
  }

  std::string look() {
    std::vector<MembershipChange> changes;
    if (is_new_) {
      evaluator_.look_first(views(), touched_, memberships_, changes);
    } else {
      evaluator_.look_again(views(), touched_, memberships_, changes);
    }
    is_new_ = false;
    touched_.clear();
    return told(changes);
  }

  std::string told(const std::vector<MembershipChange>& changes) const {
    std::string out;
    for (const MembershipChange& change : changes) {
      const PlannedSegment* segment = evaluator_.plan().find(change.segment);
      out += (out.empty() ? "" : " ") + std::string(change.entered ? "+" : "-") +
             (segment != nullptr ? segment->name : old_names_.at(change.segment));
    }
    return out;
  }

  Evaluator evaluator_;
  std::vector<Part> parts_;
  std::vector<PartView> views_;
  std::vector<std::uint32_t> memberships_;
  std::map<std::uint32_t, std::string> old_names_;
  Touched touched_;
  std::uint64_t offset_ = 0;
  bool is_new_ = true;
};

std::shared_ptr<const Plan> plan_of(const TestDefinitions& definitions) {
  Registry registry;
  return build_plan(definitions, registry);
}

TEST(Evaluation, MembershipFollowsTheEvents) {
  Person person(plan_of(TestDefinitions()
                            .segment("two", "events('Order Completed').count() >= 2")
                            .segment("rich", "events('Order Completed').sum(e, e.properties.total) > 100.0")
                            .segment("none", "events('Order Completed').count() == 0")
                            .segment("german", "traits.country == 'DE'")));
  EXPECT_EQ(person.track("Product Viewed"), "+none");
  EXPECT_EQ(person.track("Order Completed", R"({"total":60})"), "-none");
  EXPECT_EQ(person.track("Order Completed", R"({"total":60.5})"), "+rich +two");
  EXPECT_EQ(person.identify("country", R"("DE")"), "+german");
  EXPECT_EQ(person.identify("country", R"("FR")"), "-german");
  EXPECT_EQ(person.track("Order Completed", R"({"total":-60.0})"), "-rich");
}

}  // namespace
}  // namespace tessera::segment

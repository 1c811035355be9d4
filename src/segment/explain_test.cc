#include "segment/explain.h"

#include <gtest/gtest.h>

#include "segment/test_plan.h"

namespace tessera::segment {
namespace {

// A person of two parts: two orders (30 and 40 euros) in the first, one (50) in the second, and both say a country.
class Explained {
 public:
  explicit Explained(const TestDefinitions& definitions) {
    Registry registry;
    evaluator_.follow(build_plan(definitions, registry));
    order(0, R"({"total":30})");
    order(0, R"({"total":40})");
    order(1, R"({"total":50})");
    identify(0, R"("DE")", {2}, catalog::Trust::kServer);
    identify(1, R"("FR")", {1}, catalog::Trust::kPublic);
    for (std::size_t i = 0; i < 2; ++i) {
      profile::keep(parts_[i], stored_[i]);
      views_.push_back(view_of({i + 1}, stored_[i]));
    }
    std::vector<MembershipChange> changes;
    Look look{kNow};
    evaluator_.look_at_all(views_, look, memberships_, changes);
  }

  Explanation of(std::string_view segment) {
    return explain(evaluator_, evaluator_.plan().find(segment)->condition, views_, memberships_, test_sources(), kNow);
  }

 private:
  static constexpr Timestamp kNow{1000};

  void order(std::size_t part, std::string_view properties) {
    event::Event event;
    event.name = "Order Completed";
    event.properties = properties;
    Touched touched;
    evaluator_.folder().fold(event, "web", {{}, {++offset_}, 0}, kNow, stored_[part], touched);
  }
  void identify(std::size_t part, std::string_view country, SourceId source, catalog::Trust trust) {
    event::Event event;
    event.type = event::EventType::kIdentify;
    event.traits = {{"country", country}};
    std::vector<std::string> changed;
    profile::fold(parts_[part], event, {{++offset_}, source, trust}, false, changed);
  }

  Evaluator evaluator_;
  std::array<profile::Part, 2> parts_;
  std::array<profile::StoredPart, 2> stored_;
  std::vector<PartView> views_;
  std::vector<std::uint32_t> memberships_;
  std::uint64_t offset_ = 0;
};

TEST(Explain, EachPartOfTheConditionSaysWhatItComesTo) {
  Explained explained(TestDefinitions()
                          .segment("buyers", "events('Order Completed').exists()")
                          .segment("x",
                                   "events('Order Completed').sum(e, e.properties.total) > 100.0 && "
                                   "(!in_segment('buyers') || traits.country == 'FR' || traits.age > 18)"));
  const Explanation x = explained.of("x");
  EXPECT_FALSE(x.holds);
  EXPECT_EQ(x.operation, "&&");
  ASSERT_EQ(x.operands.size(), 2U);
  const Explanation& sum = x.operands[0];
  EXPECT_EQ(sum.text, R"(events("Order Completed").sum(e, e.properties.total) > 100.0)");
  EXPECT_TRUE(sum.holds);
  ASSERT_EQ(sum.reads.size(), 1U);
  EXPECT_EQ(sum.reads[0].text, R"(events("Order Completed").sum(e, e.properties.total))");
  EXPECT_EQ(sum.reads[0].value, "120");
  ASSERT_EQ(sum.reads[0].parts.size(), 2U);
  EXPECT_EQ(sum.reads[0].parts[0].value, "70");
  EXPECT_EQ(sum.reads[0].parts[1].part, PartId{2});
  EXPECT_EQ(sum.reads[0].parts[1].value, "50");
  const Explanation& others = x.operands[1];
  EXPECT_EQ(others.operation, "||");
  ASSERT_EQ(others.operands.size(), 3U);
  EXPECT_EQ(others.operands[0].operation, "!");
  EXPECT_EQ(others.operands[0].operands[0].text, R"(in_segment("buyers"))");
  EXPECT_TRUE(others.operands[0].operands[0].holds);
  EXPECT_FALSE(others.operands[0].holds);
  EXPECT_NE(others.operands[2].value.find("error"), std::string::npos);
  EXPECT_TRUE(others.operands[2].reads[0].parts.empty());
}

TEST(Explain, OfATraitItSaysWhoseWordCounts) {
  const auto country = [](const TestDefinitions& definitions) {
    const Explanation explanation = Explained(definitions).of("x");
    std::string words;
    for (const Contribution& one : explanation.reads.at(0).parts) {
      words += one.source + " " + one.value + (one.counts ? "! " : " ");
    }
    return words + explanation.reads[0].value;
  };
  TestDefinitions definitions;
  definitions.segment("x", "traits.country == 'DE'");
  EXPECT_EQ(country(definitions), R"(till "DE"! web "FR" "DE")");
  EXPECT_EQ(country(definitions.precedence("country", R"(["web"])")), R"(till "DE" web "FR"! "FR")");
}

TEST(Explain, ComputedTraitsShowWhatTheyAreMadeOf) {
  Explained explained(TestDefinitions()
                          .trait("basket", "events('Order Completed').avg(e, e.properties.total)")
                          .segment("x", "traits.basket >= 40"));
  EXPECT_EQ(explained.of("x").text, R"(events("Order Completed").avg(e, e.properties.total) >= 40)");
}

TEST(Explain, WindowsAreAnsweredPartByPartAndNowIsTheTime) {
  Explained explained(TestDefinitions().segment(
      "x", "events('Order Completed', duration('1d')).sum(e, e.properties.total) > 100.0 && now < timestamp(2)"));
  const Explanation x = explained.of("x");
  EXPECT_TRUE(x.holds);
  ASSERT_EQ(x.operands.size(), 2U);
  const ReadExplanation& sum = x.operands[0].reads.at(0);
  EXPECT_EQ(sum.text, R"(events("Order Completed", duration("1d")).sum(e, e.properties.total))");
  EXPECT_EQ(sum.value, "120");
  ASSERT_EQ(sum.parts.size(), 2U);
  EXPECT_EQ(sum.parts[0].value, "70");
  EXPECT_EQ(x.operands[1].text, "now < timestamp(2)");
  EXPECT_EQ(x.operands[1].reads.at(0).value, R"("1970-01-01T00:00:01Z")");
  EXPECT_TRUE(x.operands[1].reads[0].parts.empty());
}

TEST(Explain, IsReadableAsJson) {
  Explained explained(
      TestDefinitions().segment("x", "events('Order Completed').count() == 2 && traits.country == 'DE'"));
  std::string json;
  append_json(json, explained.of("x"));
  const std::string count =
      R"json({"text":"events(\"Order Completed\").count() == 2","value":false,"holds":false,"reads":[)json"
      R"json({"text":"events(\"Order Completed\").count()","value":3,"parts":[)json"
      R"json({"part":"p0000000000001","value":2},{"part":"p0000000000002","value":1}]}]})json";
  const std::string country =
      R"json({"text":"traits.country == \"DE\"","value":true,"holds":true,"reads":[)json"
      R"json({"text":"traits.country","value":"DE","parts":[{"part":"p0000000000001","value":"DE","source":"till",)json"
      R"json("stated_at":"1970-01-01T00:00:00.000Z","counts":true},{"part":"p0000000000002","value":"FR",)json"
      R"json("source":"web","stated_at":"1970-01-01T00:00:00.000Z","counts":false}]}]})json";
  EXPECT_EQ(json, R"json({"text":"events(\"Order Completed\").count() == 2 && traits.country == \"DE\"",)json"
                  R"json("value":false,"holds":false,"operation":"&&","operands":[)json" +
                      count + "," + country + "]}");
}

TEST(Explain, APartThatHasMoreThanIsKeptSaysSo) {
  Evaluator evaluator;
  Registry registry;
  evaluator.follow(build_plan(TestDefinitions().segment("busy", "events('X', duration('1d')).count() > 1"), registry));
  profile::StoredPart part;
  profile::encode(profile::Part{}, part.part);
  event::Event event;
  event.name = "X";
  Touched touched;
  evaluator.folder().fold(event, "web", {{}, {1}, 0}, {}, part, touched);
  ASSERT_EQ(part.series.size(), 1U);
  part.series[0].frozen = true;
  const PartView view = view_of({1}, part);
  const Explanation told =
      explain(evaluator, evaluator.plan().find("busy")->condition, {&view, 1}, {}, test_sources(), Timestamp{1});
  ASSERT_EQ(told.reads.size(), 1U);
  ASSERT_EQ(told.reads[0].parts.size(), 1U);
  EXPECT_TRUE(told.reads[0].parts[0].frozen);
  std::string json;
  append_json(json, told);
  EXPECT_NE(json.find(R"("value":1,"frozen":true)"), std::string::npos) << json;
}

}  // namespace
}  // namespace tessera::segment

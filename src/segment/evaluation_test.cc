#include "segment/evaluation.h"

#include <gtest/gtest.h>

#include "segment/test_person.h"

namespace tessera::segment {
namespace {

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

TEST(Evaluation, WhatIsTrueOfNobodyKnownIsToldAtTheFirstEvent) {
  Person person(plan_of(TestDefinitions()
                            .segment("a", "events('X').count() < 2")
                            .segment("b", "in_segment('a') && traits.t == null")
                            .segment("c", "!in_segment('b')")));
  EXPECT_EQ(person.track("Y"), "+a +b");
  EXPECT_EQ(person.track("X"), "");
  EXPECT_EQ(person.track("X"), "-a -b +c");
}

TEST(Evaluation, OneChangeIsCarriedThroughAllSegmentsThatNameIt) {
  TestDefinitions definitions;
  definitions.segment("s0", "events('X').count() % 2 == 1");
  for (int i = 1; i < 150; ++i) {
    definitions.segment("s" + std::to_string(i), "in_segment('s" + std::to_string(i - 1) + "')");
  }
  Person person(plan_of(definitions));
  const std::string entered = person.track("X");
  EXPECT_EQ(std::count(entered.begin(), entered.end(), '+'), 150);
  const std::string left = person.track("X");
  EXPECT_EQ(std::count(left.begin(), left.end(), '-'), 150);
}

TEST(Evaluation, PartsAreUnitedWhenRead) {
  Person person(plan_of(TestDefinitions()
                            .segment("two", "events('X').count() >= 2")
                            .segment("shops", "events('X').count_distinct(e, e.properties.shop) >= 2")),
                2);
  EXPECT_EQ(person.say({.name = "X", .properties = R"({"shop":"a"})"}, 0), "");
  EXPECT_EQ(person.say({.name = "X", .properties = R"({"shop":"a"})"}, 1), "+two");
  EXPECT_EQ(person.say({.name = "X", .properties = R"({"shop":"b"})"}, 1), "+shops");
}

TEST(Evaluation, AnErrorHoldsAsLittleAsFalse) {
  Person person(plan_of(TestDefinitions()
                            .segment("adult", "traits.age >= 18")
                            .segment("not", "!(traits.age >= 18)")
                            .segment("other", "traits.age >= 18 || traits.vip == true")
                            .segment("long",
                                     "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, "
                                     "[1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, "
                                     "[1,2,3,4,5,6,7,8,9,10].all(f, traits.vip != false)))))")));
  EXPECT_EQ(person.identify("age", R"("twenty")"), "");
  EXPECT_EQ(person.identify("vip", "true"), "+other");
  EXPECT_EQ(person.identify("age", "17"), "+not");
  EXPECT_EQ(person.identify("age", "18.0"), "+adult -not");
}

TEST(Evaluation, AFilterThatIsAnErrorLeavesTheEventOut) {
  Person person(plan_of(TestDefinitions().segment("x", "events('X').exists(e, e.properties.n > 1)")));
  EXPECT_EQ(person.track("X"), "");
  EXPECT_EQ(person.track("X", R"({"n":"2"})"), "");
  EXPECT_EQ(person.track("X", R"({"n":{"n":2}})"), "");
  EXPECT_EQ(person.track("X", R"({"n":1.5})"), "+x");
}

TEST(Evaluation, FiltersSeeAllOfAnEvent) {
  const std::string all =
      "events('X').exists(e, e.name == 'X' && e.type == 'track' && e.source == 'web' && e.properties.a.b[1] == 2 "
      "&& e.context.app == null && e.occurred_at == timestamp('1970-01-01T00:00:01.5Z') && size(e) == 6)";
  Person person(plan_of(TestDefinitions().segment("x", all)));
  EXPECT_EQ(person.track("X", R"({"a":{"b":[1,2]}})", 1500), "+x");
}

TEST(Evaluation, LinesOfABasketCountOneByOne) {
  const std::string lines = "events('Order Completed').each(e, e.properties.products)";
  Person person(
      plan_of(TestDefinitions()
                  .segment("wine", lines + ".filter(p, p.category == 'wine').sum(p, p.price * p.quantity) >= 30.0")
                  .segment("no-cheese", "!" + lines + ".exists(p, p.category == 'cheese')")
                  .segment("lines", lines + ".count() > 3")
                  .segment("bread", lines + ".filter(p, p.category == 'bread').last() > timestamp(1)")
                  .segment("tea", lines + ".filter(p, p.category == 'tea').last(p, p.price) == 2.0")
                  .segment("kinds", lines + ".count_distinct(p, p.category) == 2")));
  EXPECT_EQ(person.track("Order Completed", R"({"products":[{"category":"wine","price":9.5,"quantity":2},
                                                           {"category":"bread","price":3,"quantity":1}]})",
                         5000),
            "+bread +kinds +no-cheese");
  EXPECT_EQ(person.track("Order Completed", R"({"products":[{"category":"wine","price":11,"quantity":1},7]})"),
            "+lines +wine");
  EXPECT_EQ(person.track("Order Completed", R"({"products":{"category":"cheese"}})"), "");
  EXPECT_EQ(person.track("Order Completed", R"({"products":[{"category":"cheese","price":2,"quantity":1},
                                                           {"category":"tea","price":3}, {"category":"tea","price":2}]})"),
            "-kinds -no-cheese +tea");
}

TEST(Evaluation, TheGroupJoinedLastIsTheGroup) {
  Person person(plan_of(TestDefinitions()
                            .segment("family", "group.traits.size >= 3")
                            .segment("two", "groups.size() == 2 && groups.exists(g, g.id == 'home')")
                            .segment("alone", "group == null")));
  EXPECT_EQ(person.track("X"), "+alone");
  EXPECT_EQ(person.join("home", R"({"size":4})"), "-alone +family");
  EXPECT_EQ(person.join("work", R"({"size":2})"), "-family +two");
}

TEST(Evaluation, PublishingIsRightAtOnceForWhatPartsCountAnyway) {
  Registry registry;
  auto definitions = TestDefinitions().segment("gone", "events('X').exists()").segment("stays", "pages().count() > 0");
  Person person(build_plan(definitions, registry), 2);
  person.say({.name = "X", .at = 5000}, 0);
  person.say({.name = "X", .at = 1000}, 1);
  person.say({.type = event::EventType::kPage, .name = "Home"}, 1);
  definitions.archive("segment", "gone")
      .segment("two", "events('X').count() == 2 && pages().exists()")
      .segment("early", "events('X').first() == timestamp(1) && events('X').last() == timestamp(5)")
      .segment("sum", "events('X').sum(e, e.properties.n) > 0.0")
      .segment("not-sum", "!in_segment('sum')");
  EXPECT_EQ(person.publish(build_plan(definitions, registry)), "-gone +early +two +not-sum");
  EXPECT_EQ(person.track("X", R"({"n":1})", 9000), "-early +sum -two -not-sum");
}

TEST(Evaluation, WhatThePlanHasNoMoreGoesWhenNextWritten) {
  Registry registry;
  auto definitions = TestDefinitions()
                         .segment("x", "events('X').sum(e, e.properties.n) > 1.0")
                         .segment("y", "events('Y').sum(e, e.properties.n) > 1.0");
  Person person(build_plan(definitions, registry));
  person.track("X", R"({"n":1})");
  person.track("Y", R"({"n":1})");
  EXPECT_EQ(count_feature_states(person.features()), 2U);
  person.publish(build_plan(definitions.archive("segment", "x"), registry));
  EXPECT_EQ(count_feature_states(person.features()), 1U);
  EXPECT_EQ(person.track("Y", R"({"n":1})"), "+y");
  person.publish(build_plan(definitions.archive("segment", "y"), registry));
  EXPECT_TRUE(person.features().empty());
}

}  // namespace
}  // namespace tessera::segment

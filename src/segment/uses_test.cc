#include "segment/uses.h"

#include <gtest/gtest.h>

#include "segment/test_plan.h"

namespace tessera::segment {
namespace {

// "segment a reads" of each.
std::vector<std::string> uses(const TestDefinitions& definitions, const std::string& kind, const std::string& name) {
  std::vector<std::string> all;
  for (const Use& use : uses_of(definitions.definitions(), {kind, name})) {
    all.push_back(to_text(use.by) + " " + std::string(use.how));
  }
  return all;
}

using Texts = std::vector<std::string>;

TEST(Uses, OfASegmentAreThoseThatAskForItOrCountWhoComesAndGoes) {
  auto definitions = TestDefinitions()
                         .segment("a", "events('X').exists()")
                         .segment("b", "in_segment('a') && in_segment('c')")
                         .segment("c", "events('Segment Entered').exists(e, e.properties.segment == 'a')")
                         .segment("d", "in_segment('b')")
                         .segment("e", "traits.a == 'a'")
                         .trait("t", "in_segment('a') ? 1 : 0");
  EXPECT_EQ(uses(definitions, "segment", "a"),
            (Texts{"segment b in_segment", "segment c counts", "trait t in_segment"}));
  EXPECT_EQ(uses(definitions, "segment", "b"), Texts{"segment d in_segment"});
  EXPECT_EQ(uses(definitions, "segment", "e"), Texts{});
  EXPECT_EQ(uses(definitions.archive("segment", "b"), "segment", "a"),
            (Texts{"segment c counts", "trait t in_segment"}));
}

TEST(Uses, OfATraitAreThoseWhoseOwnTextReadsIt) {
  auto definitions = TestDefinitions()
                         .trait("basket", "events('X').avg(e, e.properties.total)")
                         .trait("big", "traits.basket > 50.0 && traits.city == 'x'")
                         .segment("a", "traits.big")
                         .segment("b", R"(traits["b\u0061sket"] > 1.0 || has(traits.basket))")
                         .segment("basket", "events('basket').exists()");
  EXPECT_EQ(uses(definitions, "trait", "basket"), (Texts{"segment b reads", "trait big reads"}));
  EXPECT_EQ(uses(definitions, "trait", "big"), Texts{"segment a reads"});
  EXPECT_EQ(uses(definitions, "trait", "city"), Texts{"trait big reads"});
}

TEST(Uses, OfATraitGoByItsOwnName) {
  TestDefinitions definitions;
  definitions.put("trait", "first-name", "trait", R"("firstName","sensitivity":"personal")");
  definitions.segment("a", "traits.firstName == 'x'").segment("b", "traits['first-name'] == 'x'");
  EXPECT_EQ(uses(definitions, "trait", "first-name"), Texts{"segment a reads"});
}

TEST(Uses, OfASourceAndOfAPurposeAreThoseThatListThem) {
  TestDefinitions definitions;
  definitions.source("till").precedence("country", R"(["crm","till"])");
  definitions.put("mapping", "orders", "source", R"("till","events":"[]")");
  definitions.put("purpose", "till", "lawful_basis", "\"consent\"");
  definitions.put("segment", "a", "condition", R"("true","purposes":["till"])");
  definitions.put("trait", "x", "purposes", R"(["ads","till"])");
  EXPECT_EQ(uses(definitions, "source", "till"), (Texts{"mapping orders source", "trait country precedence"}));
  EXPECT_EQ(uses(definitions, "purpose", "till"), (Texts{"segment a purposes", "trait x purposes"}));
  EXPECT_EQ(uses(definitions, "mapping", "orders"), Texts{});
}

}  // namespace
}  // namespace tessera::segment

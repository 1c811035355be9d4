#include "segment/purposes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "catalog/purpose.h"
#include "segment/test_plan.h"

namespace tessera::segment {
namespace {

using Texts = std::vector<std::string>;

std::string text(const std::string& value) {
  std::string out;
  append_json_string(out, value);
  return out;
}

std::string list(const Texts& names) {
  std::string out = "[";
  for (const std::string& name : names) out += (out.size() > 1 ? "," : "") + text(name);
  return out + "]";
}

// Purposes "ads", "care" and "service", and what a test puts beside them; no purposes: the document names none.
class Documents {
 public:
  Documents() {
    for (const auto* name : {"ads", "care", "service"}) purpose(name);
  }
  Documents& purpose(const std::string& name) {
    definitions_.put("purpose", name, "lawful_basis", "\"contract\"");
    return *this;
  }
  Documents& segment(const std::string& name, const std::string& condition, const Texts& purposes = {}) {
    definitions_.put("segment", name, "condition", text(condition) + naming(purposes));
    return *this;
  }
  Documents& computed(const std::string& name, const std::string& expression, const Texts& purposes = {},
                      const std::string& more = "") {
    definitions_.put("trait", name, "expression", text(expression) + naming(purposes) + more);
    return *this;
  }
  Documents& stated(const std::string& name, const Texts& purposes, const std::string& sensitivity = "personal") {
    definitions_.put("trait", name, "sensitivity", text(sensitivity) + naming(purposes));
    return *this;
  }
  Documents& archive(const std::string& kind, const std::string& name) {
    definitions_.archive(kind, name);
    return *this;
  }
  TestDefinitions& all() { return definitions_; }

  // What is wrong, one line each: "segment a/purposes: message".
  Texts problems() const {
    Texts all;
    segment_kind().check_all(definitions_.definitions(), [&](const catalog::Problem& problem) {
      all.push_back(to_text(problem.key) + problem.pointer + ": " + problem.message);
    });
    return all;
  }
  // Only of whom they are: "segment a/purposes".
  Texts places() const {
    Texts all = problems();
    for (std::string& one : all) one.erase(one.find(':'));
    return all;
  }

 private:
  static std::string naming(const Texts& purposes) { return purposes.empty() ? "" : ",\"purposes\":" + list(purposes); }

  TestDefinitions definitions_;
};

Documents restricted() {
  return std::move(Documents().stated("diet", {"care", "service"}, "sensitive"));
}

TEST(Purposes, ASegmentIsForWhatTheTraitItReadsMayServe) {
  EXPECT_EQ(restricted().segment("a", "traits.diet == 'x'", {"care"}).problems(), Texts{});
  EXPECT_EQ(restricted().segment("a", "traits['diet'] == 'x'", {"service", "care"}).problems(), Texts{});
  EXPECT_EQ(restricted().segment("a", "traits.diet == 'x'", {"care", "ads"}).problems(),
            (Texts{"segment a/purposes: the segment \"a\" is for \"ads\" and reads the trait \"diet\", which may serve "
                   "\"care\" and \"service\" only: take out of the segment what it may not be for, or let the trait "
                   "serve it"}));
}

TEST(Purposes, ASegmentThatReadsARestrictedTraitSaysWhatItIsFor) {
  for (const auto* condition : {"traits.diet == 'x'", "has(traits.diet)", "traits['diet'] == null"}) {
    EXPECT_EQ(restricted().segment("a", condition).problems(),
              (Texts{"segment a/purposes: the segment \"a\" reads the trait \"diet\", which may serve \"care\" and "
                     "\"service\" only: name among them the \"purposes\" that the segment is for, or do not read the "
                     "trait"}))
        << condition;
  }
}

TEST(Purposes, WhoReadsNothingRestrictedNeedsNone) {
  EXPECT_EQ(restricted().segment("a", "traits.city == 'x'").segment("b", "true", {"ads"}).problems(), Texts{});
  EXPECT_EQ(Documents().stated("age", {}).segment("a", "traits.age > 3").problems(), Texts{})
      << "sensitivity alone restricts nothing";
}

TEST(Purposes, GroupsTraitsAreNotRestricted) {
  EXPECT_EQ(restricted().segment("a", "group.traits.diet == 'x'").problems(), Texts{});
}

TEST(Purposes, AnyNumberOfRestrictionsHoldTogether) {
  auto documents = restricted().stated("age", {"ads", "care"});
  EXPECT_EQ(documents.segment("a", "traits.diet == 'x' && traits.age > 3", {"care"}).problems(), Texts{});
  EXPECT_EQ(documents.segment("a", "traits.diet == 'x' && traits.age > 3", {"service"}).problems(),
            (Texts{"segment a/purposes: the segment \"a\" is for \"service\" and reads the trait \"age\", which may "
                   "serve \"ads\" and \"care\" only: take out of the segment what it may not be for, or let the trait "
                   "serve it"}));
}

TEST(Purposes, AComputedTraitInherits) {
  auto documents = restricted().computed("vegan", "traits.diet == 'vegan'").computed("often", "traits.vegan ? 1 : 0");
  EXPECT_EQ(documents.segment("a", "traits.often > 0", {"care"}).problems(), Texts{});
  EXPECT_EQ(documents.segment("a", "traits.often > 0", {"ads"}).problems(),
            (Texts{"segment a/purposes: the segment \"a\" is for \"ads\" and reads the trait \"diet\" (by the computed "
                   "trait \"often\"), which may serve \"care\" and \"service\" only: take out of the segment what it "
                   "may not be for, or let the trait serve it"}));
}

TEST(Purposes, AComputedTraitMayBeRestrictedByItself) {
  auto documents = Documents().computed("risk", "events('X').count()", {"care"}).computed("more", "traits.risk + 1");
  EXPECT_EQ(documents.segment("a", "traits.risk > 3", {"care"}).segment("b", "traits.more > 3", {"care"}).problems(),
            Texts{});
  EXPECT_EQ(documents.segment("a", "traits.risk > 3").segment("b", "traits.more > 3", {"ads"}).places(),
            (Texts{"segment a/purposes", "segment b/purposes"}));
}

TEST(Purposes, AComputedTraitAllowsNoMoreThanItInherits) {
  auto documents = restricted().computed("vegan", "traits.diet == 'vegan'", {"care"});
  EXPECT_EQ(documents.problems(), Texts{});
  EXPECT_EQ(documents.segment("a", "traits.vegan", {"service"}).places(), Texts{"segment a/purposes"})
      << "it may allow less";
  EXPECT_EQ(restricted().computed("vegan", "traits.diet == 'vegan'", {"care", "ads"}).problems(),
            (Texts{"trait vegan/purposes: the computed trait \"vegan\" cannot serve \"ads\": it reads the trait "
                   "\"diet\", which may serve \"care\" and \"service\" only; name fewer, or let that trait serve "
                   "more"}));
  EXPECT_EQ(restricted()
                .segment("vegans", "traits.diet == 'vegan'", {"care"})
                .computed("vegan", "in_segment('vegans')", {"ads"})
                .places(),
            Texts{"trait vegan/purposes"});
}

TEST(Purposes, AComputedTraitIsAsSensitiveAsWhatItReads) {
  const std::string says = ",\"sensitivity\":";
  EXPECT_EQ(restricted().computed("vegan", "traits.diet == 'vegan'", {"care"}, says + "\"sensitive\"").problems(),
            Texts{});
  EXPECT_EQ(
      restricted().computed("vegan", "traits.diet == 'vegan'", {"care"}, says + "\"personal\"").problems(),
      (Texts{"trait vegan/sensitivity: the computed trait \"vegan\" reads the trait \"diet\", which is sensitive, "
             "and is no less so itself: say the same, or leave it out"}));
  EXPECT_EQ(Documents().stated("age", {}).computed("adult", "traits.age > 17", {}, says + "\"none\"").places(),
            Texts{"trait adult/sensitivity"});
}

TEST(Purposes, OtherSegmentsHandTheirRestrictionsOn) {
  auto documents = restricted().segment("vegans", "traits.diet == 'vegan'", {"care"});
  documents.segment("entered", "events('Segment Entered').exists(e, e.properties.segment == 'vegans')", {"service"});
  EXPECT_EQ(documents.segment("a", "in_segment('entered')", {"care"}).problems(), Texts{})
      << "each may be for something else that the trait may serve";
  EXPECT_EQ(documents.segment("a", "!in_segment('entered')", {"ads"}).problems(),
            (Texts{"segment a/purposes: the segment \"a\" is for \"ads\" and reads the trait \"diet\" (by the segment "
                   "\"entered\"), which may serve \"care\" and \"service\" only: take out of the segment what it may "
                   "not be for, or let the trait serve it"}));
  documents.segment("entered", "events('Segment Exited').exists(e, e.properties.segment == 'vegans')");
  EXPECT_EQ(documents.segment("a", "true").places(), Texts{"segment entered/purposes"});
}

TEST(Purposes, ByASegmentThatAComputedTraitReads) {
  auto documents = restricted()
                       .segment("vegans", "traits.diet == 'vegan'", {"care"})
                       .computed("vegan", "in_segment('vegans') ? 'yes' : 'no'");
  EXPECT_EQ(documents.segment("a", "traits.vegan == 'yes'", {"care"}).problems(), Texts{});
  EXPECT_EQ(documents.segment("a", "traits.vegan == 'yes'").places(), Texts{"segment a/purposes"});
}

TEST(Purposes, ATraitKeepsServingWhatASegmentIsFor) {
  auto documents = restricted().segment("a", "traits.diet == 'x'", {"service"});
  EXPECT_EQ(documents.problems(), Texts{});
  EXPECT_EQ(documents.stated("diet", {"care"}, "sensitive").places(), Texts{"segment a/purposes"});
  EXPECT_EQ(documents.archive("trait", "diet").problems(), Texts{}) << "nothing is said of it any more";
}

TEST(Purposes, AreNamedOnlyIfPublished) {
  EXPECT_EQ(Documents().segment("a", "true", {"ads", "fun"}).stated("x", {"fun"}).problems(),
            (Texts{"trait x/purposes/0: there is no published purpose \"fun\"",
                   "segment a/purposes/1: there is no published purpose \"fun\""}));
  auto documents = restricted().segment("a", "true", {"ads"});
  EXPECT_EQ(documents.problems(), Texts{});
  EXPECT_EQ(documents.archive("purpose", "ads").places(), Texts{"segment a/purposes/0"});
  EXPECT_EQ(restricted().archive("purpose", "care").places(), Texts{"trait diet/purposes/0"});
}

TEST(Purposes, GoByTheTraitsOwnName) {
  Documents documents;
  documents.all().put("trait", "the-diet", "trait", R"("diet","purposes":["care"])");
  EXPECT_EQ(documents.segment("a", "traits.diet == 'x'").places(), Texts{"segment a/purposes"});
  EXPECT_EQ(Documents(documents).segment("a", "traits['the-diet'] == 'x'").problems(), Texts{});
}

TEST(Purposes, WhatIsWrongOtherwiseIsToldOnce) {
  EXPECT_EQ(restricted().segment("a", "traits.diet ==").places(), Texts{"segment a/condition"});
  EXPECT_EQ(restricted().segment("a", "in_segment('a') && traits.diet == 'x'").places(), Texts{"segment a/condition"});
  EXPECT_EQ(restricted().computed("t", "traits.diet == 1 +").places(), Texts{"trait t/expression"});
}

// What a definition's schema and its own check say of it: "/pointer: message" each.
Texts document_problems(const catalog::DefinitionKey& key, const std::string& document) {
  const catalog::Kinds kinds({catalog::purpose_kind(), trait_kind(), segment_kind()});
  catalog::ChangeSet set;
  for (const auto* name : {"ads", "care"}) {
    set.changes.push_back({catalog::ChangeAction::kPublish,
                           {"purpose", name},
                           R"({"kind":"purpose","name":")" + std::string(name) + R"(","lawful_basis":"consent"})",
                           std::nullopt,
                           {}});
  }
  set.changes.push_back({catalog::ChangeAction::kPublish, key, document, std::nullopt, {}});
  Texts all;
  for (const auto& problem : check_changes(kinds, {}, set)) all.push_back(problem.pointer + ": " + problem.message);
  return all;
}

TEST(Purposes, ATraitMayBeNothingButItsRestriction) {
  const auto trait = [](const std::string& members) {
    return document_problems({"trait", "t"}, R"({"kind":"trait","name":"t")" + members + "}");
  };
  EXPECT_EQ(trait(R"(,"sensitivity":"personal")"), Texts{});
  EXPECT_EQ(trait(R"(,"purposes":["ads"])"), Texts{});
  EXPECT_EQ(trait(R"(,"sensitivity":"sensitive","purposes":["ads","care"])"), Texts{});
  EXPECT_EQ(trait(R"(,"expression":"1","sensitivity":"none","purposes":["care"])"), Texts{});
  EXPECT_EQ(trait("").size(), 1U);
  EXPECT_EQ(trait(R"(,"expression":"1","precedence":["a"],"purposes":["ads"])"),
            Texts{": is of more than one of the forms that exclude each other here"});
  EXPECT_EQ(trait(R"(,"purposes":[])"), Texts{"/purposes: must have 1 to 50 elements"});
  EXPECT_EQ(trait(R"(,"sensitivity":"sensitive")"),
            Texts{"/sensitivity: a sensitive trait must say what it may serve: name its \"purposes\""});
  EXPECT_EQ(trait(R"(,"expression":"1","sensitivity":"sensitive")").size(), 1U);
}

// Purposes by the bits of a number below 8; 0: none are named.
Texts purposes_of(int bits) {
  Texts out;
  for (const auto& [bit, name] : {std::pair(1, "ads"), std::pair(2, "care"), std::pair(4, "service")}) {
    if ((bits & bit) != 0) out.emplace_back(name);
  }
  return out;
}

// Traits t0… and segments s0…, each with purposes or none; a segment reads some traits and some segments before it.
// Who is refused is worked out by following every way down.
RC_GTEST_PROP(Purposes, AreRefusedExactlyWhereAWayDownReachesATraitThatMayNot, ()) {
  constexpr std::size_t kTraits = 5;
  constexpr std::size_t kSegments = 6;
  const auto some = [](std::size_t count) {
    return *rc::gen::container<std::vector<int>>(count, rc::gen::inRange(0, 8));
  };
  const std::vector<int> allowed = some(kTraits);
  const std::vector<int> wanted = some(kSegments);
  Documents documents;
  for (std::size_t t = 0; t < kTraits; ++t) documents.stated("t" + std::to_string(t), purposes_of(allowed[t]));
  std::vector<std::set<std::size_t>> reach(kSegments);
  Texts expected;
  for (std::size_t s = 0; s < kSegments; ++s) {
    const std::vector<int> reads = some(kTraits + s);
    std::string condition = "true";
    for (std::size_t i = 0; i < reads.size(); ++i) {
      if (reads[i] > 2) continue;
      condition += i < kTraits ? " && traits.t" + std::to_string(i) + " != 1"
                               : " && in_segment('s" + std::to_string(i - kTraits) + "')";
      if (i < kTraits) reach[s].insert(i);
      if (i >= kTraits) reach[s].insert(reach[i - kTraits].begin(), reach[i - kTraits].end());
    }
    for (const std::size_t t : reach[s]) {
      const bool refused = allowed[t] != 0 && (wanted[s] == 0 || (wanted[s] & ~allowed[t]) != 0);
      if (refused) expected.push_back("segment s" + std::to_string(s) + "/purposes");
    }
    documents.segment("s" + std::to_string(s), condition, purposes_of(wanted[s]));
  }
  Texts told = documents.places();
  std::ranges::sort(told);
  RC_ASSERT(told == expected);
}

}  // namespace
}  // namespace tessera::segment

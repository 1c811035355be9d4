#include "catalog/definition.h"

#include <gtest/gtest.h>

namespace tessera::catalog {
namespace {

const DefinitionKey kShop{"source", "shop"};
const DefinitionKey kTill{"source", "till"};
const DefinitionKey kBuyers{"segment", "buyers"};

DefinitionChange draft(DefinitionKey key, std::string document) {
  return {.action = ChangeAction::kDraft, .key = std::move(key), .document = std::move(document)};
}
DefinitionChange publish(DefinitionKey key, std::string document = {}) {
  return {.action = ChangeAction::kPublish, .key = std::move(key), .document = std::move(document)};
}
DefinitionChange archive(DefinitionKey key) {
  return {.action = ChangeAction::kArchive, .key = std::move(key)};
}

// Applies sets of one change each, at times and offsets 1, 2, 3 …
class Story {
 public:
  Definitions now;

  Result<void> tell(DefinitionChange change) {
    ChangeSet set{.changes = {std::move(change)}, .by = "ann"};
    ++told_;
    auto after = now.with(set, Timestamp{told_}, Offset{static_cast<std::uint64_t>(told_)}, nullptr);
    if (!after) return std::unexpected(after.error());
    now = std::move(*after);
    return {};
  }

 private:
  std::int64_t told_ = 0;
};

TEST(Definitions, ADraftDoesNothingUntilItIsPublished) {
  Story story;
  ASSERT_TRUE(story.tell(draft(kShop, "1")));
  EXPECT_EQ(story.now.in_force(kShop), nullptr);
  EXPECT_TRUE(story.now.in_force("source").empty());
  ASSERT_TRUE(story.tell(publish(kShop)));
  ASSERT_NE(story.now.in_force(kShop), nullptr);
  EXPECT_EQ(story.now.in_force(kShop)->document, "1");
  EXPECT_EQ(story.now.in_force(kShop)->version, 2U);
  EXPECT_EQ(story.now.in_force(kShop)->by, "ann");
  EXPECT_EQ(story.now.in_force(kShop)->at, Timestamp{2});
  EXPECT_EQ(story.now.in_force(kShop)->offset, Offset{2});
}

TEST(Definitions, ADraftLeavesWhatIsInForce) {
  Story story;
  ASSERT_TRUE(story.tell(publish(kShop, "1")));
  ASSERT_TRUE(story.tell(draft(kShop, "2")));
  EXPECT_EQ(story.now.in_force(kShop)->document, "1");
  EXPECT_EQ(story.now.find(kShop)->newest().document, "2");
}

TEST(Definitions, ArchivingTakesOutOfForceWhatPublishingBringsBack) {
  Story story;
  ASSERT_TRUE(story.tell(publish(kShop, "1")));
  ASSERT_TRUE(story.tell(draft(kShop, "2")));
  ASSERT_TRUE(story.tell(archive(kShop)));
  EXPECT_EQ(story.now.in_force(kShop), nullptr);
  EXPECT_EQ(story.now.find(kShop)->newest().document, "1");
  EXPECT_EQ(story.tell(archive(kShop)).error().code, Code::kNotFound);
  ASSERT_TRUE(story.tell(publish(kShop, "3")));
  EXPECT_EQ(story.now.in_force(kShop)->version, 4U);
}

TEST(Definitions, NothingIsPublishedOrArchivedOutOfNothing) {
  Story story;
  EXPECT_EQ(story.tell(publish(kShop)).error().code, Code::kNotFound);
  EXPECT_EQ(story.tell(archive(kShop)).error().code, Code::kNotFound);
  ASSERT_TRUE(story.tell(publish(kShop, "1")));
  EXPECT_EQ(story.tell(publish(kShop)).error().code, Code::kNotFound);
}

TEST(Definitions, WhatReplacesAnotherVersionThanTheNewestIsRefused) {
  Story story;
  DefinitionChange change = publish(kShop, "1");
  change.replaces = 1;
  EXPECT_EQ(story.tell(change).error().code, Code::kFailedPrecondition);
  change.replaces = 0;
  ASSERT_TRUE(story.tell(change));
  const auto refused = story.tell(change);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "source shop was changed meanwhile: its newest version is 1, not 0; look at it and try again");
  change.replaces = 1;
  EXPECT_TRUE(story.tell(change));
}

TEST(Definitions, ASetTakesEffectWholeOrNotAtAll) {
  const Definitions none;
  std::vector<StoredVersion> touched;
  const ChangeSet bad{.changes = {publish(kShop, "1"), archive(kTill)}, .by = "ann"};
  EXPECT_FALSE(none.with(bad, {}, {}, &touched));
  EXPECT_TRUE(touched.empty());
  EXPECT_TRUE(none.all().empty());
  const ChangeSet good{.changes = {publish(kShop, "1"), publish(kBuyers, "2"), draft(kTill, "3")}, .by = "ann"};
  const auto after = none.with(good, {}, {}, &touched);
  ASSERT_TRUE(after);
  ASSERT_EQ(touched.size(), 3U);
  EXPECT_EQ(touched[1].key, kBuyers);
  EXPECT_EQ(touched[1].version.document, "2");
  ASSERT_EQ(after->in_force("source").size(), 1U);
  EXPECT_EQ(after->in_force("source")[0]->key, kShop);
  EXPECT_TRUE(none.all().empty());
}

TEST(Definitions, CopiesShareWhatDidNotChange) {
  Story story;
  ASSERT_TRUE(story.tell(publish(kShop, "1")));
  const Definitions before = story.now;
  ASSERT_TRUE(story.tell(publish(kTill, "2")));
  EXPECT_EQ(before.find(kShop), story.now.find(kShop));
}

TEST(Definitions, OldVersionsGoButNotTheOneInForce) {
  Story story;
  ASSERT_TRUE(story.tell(publish(kShop, "in force")));
  for (std::size_t i = 0; i < kMaxVersionsKept + 20; ++i) ASSERT_TRUE(story.tell(draft(kShop, "draft")));
  const Definition& shop = *story.now.find(kShop);
  EXPECT_EQ(shop.versions.size(), kMaxVersionsKept);
  EXPECT_EQ(shop.in_force()->document, "in force");
  EXPECT_EQ(shop.versions[1].version, 23U);
  EXPECT_EQ(shop.newest().version, kMaxVersionsKept + 21);
}

TEST(Definitions, LimitsAreKept) {
  Story story;
  EXPECT_EQ(story.tell(draft(kShop, std::string(kMaxDefinitionBytes + 1, 'x'))).error().code, Code::kTooLarge);
  EXPECT_TRUE(story.tell(draft(kShop, std::string(kMaxDefinitionBytes, 'x'))));
  ChangeSet many;
  many.changes.resize(kMaxChanges + 1, draft(kShop, "1"));
  EXPECT_EQ(story.now.with(many, {}, {}, nullptr).error().code, Code::kTooLarge);
  std::vector<StoredVersion> all;
  for (std::size_t i = 0; i < kMaxDefinitions; ++i) {
    all.push_back({{"segment", std::to_string(i)}, {.version = 1, .state = DefinitionState::kDraft}});
  }
  story.now = Definitions(std::move(all));
  EXPECT_EQ(story.tell(draft(kShop, "1")).error().code, Code::kTooLarge);
  EXPECT_TRUE(story.tell(draft({"segment", "7"}, "1")));
}

TEST(DefinitionForms, AChangeSetReadsBackTheSame) {
  ChangeSet set{.changes = {draft(kShop, "{}"), publish(kBuyers), archive(kTill)}, .by = "ann"};
  set.changes[0].replaces = 0;
  set.changes[1].replaces = 4'294'967'295;
  set.changes[2].attachment = std::string("\0\xff", 2);
  std::string bytes;
  encode(set, bytes);
  const auto again = decode_change_set(bytes);
  ASSERT_TRUE(again);
  ASSERT_EQ(again->changes.size(), 3U);
  EXPECT_EQ(again->by, "ann");
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(again->changes[i].action, set.changes[i].action);
    EXPECT_EQ(again->changes[i].key, set.changes[i].key);
    EXPECT_EQ(again->changes[i].document, set.changes[i].document);
    EXPECT_EQ(again->changes[i].replaces, set.changes[i].replaces);
    EXPECT_EQ(again->changes[i].attachment, set.changes[i].attachment);
  }
}

TEST(DefinitionForms, VersionsComeBackInWhateverOrder) {
  Story story;
  std::vector<StoredVersion> stored;
  for (const DefinitionChange& change :
       {publish(kTill, "1"), draft(kTill, "2"), publish(kShop, "3"), archive(kTill), publish(kTill, "4")}) {
    ASSERT_TRUE(story.tell(change));
  }
  for (const auto& [key, definition] : story.now.all()) {
    for (const DefinitionVersion& version : definition->versions) {
      std::string bytes;
      encode(key, version, bytes);
      auto one = decode_stored_version(bytes);
      ASSERT_TRUE(one);
      stored.insert(stored.begin(), std::move(*one));
    }
  }
  const Definitions again(std::move(stored));
  ASSERT_EQ(again.all().size(), 2U);
  const Definition& till = *again.find(kTill);
  ASSERT_EQ(till.versions.size(), 4U);
  EXPECT_EQ(till.in_force()->document, "4");
  EXPECT_EQ(till.in_force()->at, story.now.in_force(kTill)->at);
  EXPECT_EQ(till.in_force()->offset, story.now.in_force(kTill)->offset);
  EXPECT_EQ(till.versions[2].state, DefinitionState::kArchived);
}

TEST(DefinitionForms, DamageIsTold) {
  EXPECT_EQ(decode_change_set("\xff").error().code, Code::kDataLoss);
  EXPECT_EQ(decode_change_set(std::string_view("\x0a\x02\x08\x09", 4)).error().code, Code::kDataLoss);  // action 9
  EXPECT_EQ(decode_change_set(std::string_view("\x0a\x00", 2)).error().code, Code::kDataLoss);          // none
  EXPECT_EQ(decode_stored_version("").error().code, Code::kDataLoss);
  EXPECT_EQ(decode_stored_version("\x0a").error().code, Code::kDataLoss);
}

}  // namespace
}  // namespace tessera::catalog

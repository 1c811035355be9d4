#include "simulator/retailer.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <set>
#include <sstream>

namespace tessera::simulator {
namespace {

namespace json = boost::json;

constexpr Timestamp kFirstDay{1'717'200'000'000};  // 2024-06-01

RetailerOptions small_town(std::uint64_t seed = 7) {
  RetailerOptions options;
  options.seed = seed;
  options.first_day = kFirstDay;
  options.households = 200;
  options.days = 40;
  return options;
}

std::vector<Item> play(const RetailerOptions& options) {
  Retailer retailer(options);
  std::vector<Item> items;
  const Timestamp end = options.first_day + options.days * kDayMs;
  for (Item item = retailer.next(); item.send_at < end; item = retailer.next()) items.push_back(std::move(item));
  return items;
}

std::string all_bytes(const std::vector<Item>& items) {
  std::string out;
  for (const Item& item : items) {
    out += origin_name(item.origin);
    out += to_text(item.send_at) + item_json(item, item.occurred_at) + "\n";
  }
  return out;
}

// The members that Segment asks of every call, and of the type at hand; empty if they are there.
std::string missing_member(const json::object& item) {
  const auto text = [&](std::string_view name) {
    const json::value* value = item.if_contains(name);
    return value != nullptr && value->is_string() && !value->as_string().empty();
  };
  for (const std::string_view name : {"type", "messageId", "timestamp"}) {
    if (!text(name)) return std::string(name);
  }
  const bool has_external = item.at("context").as_object().contains("externalIds");
  if (!text("userId") && !text("anonymousId") && !has_external) return "userId";
  const std::string_view type = item.at("type").as_string();
  if (type == "track" && !text("event")) return "event";
  if (type == "track" && !item.contains("properties") && item.at("event") != "Signed In" &&
      item.at("event") != "Signed Up") {
    return "properties";
  }
  if ((type == "page" || type == "screen") && !text("name")) return "name";
  if (type == "group" && !text("groupId")) return "groupId";
  const std::set<std::string_view> types = {"identify", "track", "page", "screen", "group"};
  return types.contains(type) ? "" : "known type";
}

TEST(Retailer, SameOptionsGiveTheSameBytes) {
  EXPECT_EQ(all_bytes(play(small_town())), all_bytes(play(small_town())));
}

TEST(Retailer, AnotherSeedGivesOtherBytes) {
  EXPECT_NE(all_bytes(play(small_town(7))), all_bytes(play(small_town(8))));
}

TEST(Retailer, SaltChangesMessageIdsAlone) {
  RetailerOptions salted = small_town();
  salted.salt = 99;
  const std::vector<Item> plain = play(small_town());
  const std::vector<Item> other = play(salted);
  ASSERT_EQ(plain.size(), other.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(plain[i].occurred_at, other[i].occurred_at);
    EXPECT_EQ(plain[i].head.size(), other[i].head.size());
    EXPECT_TRUE(plain[i].garbage || plain[i].head != other[i].head);
  }
}

TEST(Retailer, EveryItemButTheGarbageIsWellFormed) {
  std::size_t garbage = 0;
  for (const Item& item : play(small_town())) {
    const std::string text = item_json(item, item.occurred_at);
    boost::system::error_code broken;
    const json::value value = json::parse(text, broken);
    ASSERT_FALSE(broken) << text;
    if (item.garbage) {
      ++garbage;
      continue;
    }
    ASSERT_TRUE(value.is_object()) << text;
    ASSERT_EQ(missing_member(value.as_object()), "") << text;
    ASSERT_LT(text.size(), 32'000u);
  }
  EXPECT_GE(garbage, 8u);
}

TEST(Retailer, ItemsComeInTheOrderOfSendingAndNeverBeforeTheyHappened) {
  Timestamp last{0};
  for (const Item& item : play(small_town())) {
    EXPECT_GE(item.send_at, last);
    EXPECT_GE(item.send_at, item.occurred_at);
    last = item.send_at;
  }
}

TEST(Retailer, OnlyRepetitionsShareAMessageId) {
  std::map<std::string, std::string, std::less<>> bodies;
  std::size_t repeated = 0;
  for (const Item& item : play(small_town())) {
    if (item.garbage) continue;
    const std::size_t at = item.head.find("\"messageId\":\"") + 13;
    const std::string id = item.head.substr(at, item.head.find('"', at) - at);
    const auto [known, first] = bodies.try_emplace(id, item.head);
    EXPECT_EQ(first, !item.repeated);
    EXPECT_EQ(known->second, item.head);
    if (item.repeated) ++repeated;
  }
  EXPECT_GT(repeated, 0u);
}

TEST(Retailer, TracesHaveTheSharesOfARealShop) {
  std::size_t online = 0;
  std::size_t anonymous = 0;
  std::size_t late = 0;
  std::map<std::string, std::size_t, std::less<>> events;
  std::map<Origin, std::size_t> origins;
  const std::vector<Item> items = play(small_town());
  for (const Item& item : items) {
    if (item.garbage) continue;
    ++origins[item.origin];
    const json::value value = json::parse(item_json(item, item.occurred_at));
    if (const json::value* event = value.as_object().if_contains("event")) ++events[std::string(event->as_string())];
    if (item.send_at - item.occurred_at > kHourMs) ++late;
    if (item.origin != Origin::kWeb && item.origin != Origin::kApp) continue;
    ++online;
    if (!value.as_object().contains("userId")) ++anonymous;
  }
  EXPECT_EQ(origins.size(), kOriginCount);
  EXPECT_GT(anonymous * 100 / online, 35u);
  EXPECT_LT(anonymous * 100 / online, 90u);
  EXPECT_GT(late * 1000 / items.size(), 2u);
  EXPECT_LT(late * 1000 / items.size(), 60u);
  EXPECT_GT(events["Product Viewed"], events["Product Added"]);
  EXPECT_GT(events["Product Added"], events["Checkout Started"]);
  EXPECT_GT(events["Order Completed"], 200u * 40u / 14u);
  EXPECT_LT(events["Order Completed"], 200u * 40u);
  EXPECT_GT(events["Order Refunded"], 0u);
  EXPECT_GT(events["Email Opened"], events["Email Link Clicked"]);
}

TEST(Retailer, SeveralTracesLeadToOnePerson) {
  Retailer retailer(small_town());
  for (Item item = retailer.next(); item.send_at < kFirstDay + 40 * kDayMs;) item = retailer.next();
  std::size_t people = 0;
  std::size_t identifiers = 0;
  for (const Household& home : retailer.households()) {
    for (const Person& person : home.members) {
      ++people;
      identifiers += person.anonymous_ids.size() + person.other_emails.size() + (person.card.empty() ? 0u : 1u) +
                     (person.user_id.empty() ? 0u : 1u) + 1u;
    }
  }
  EXPECT_GT(people, 250u);
  EXPECT_GT(identifiers, people * 3);
}

TEST(Retailer, TruthGivesEveryIdentifierToOnePersonOrOneHousehold) {
  Retailer retailer(small_town());
  for (Item item = retailer.next(); item.send_at < kFirstDay + 40 * kDayMs;) item = retailer.next();
  std::stringstream truth;
  retailer.write_truth(truth);
  std::set<std::string> seen;
  std::string line;
  while (std::getline(truth, line)) {
    const json::value value = json::parse(line);
    const json::object* ids = &value.as_object();
    if (const json::value* shared = ids->if_contains("shared")) ids = &shared->as_object();
    for (const auto& [type, what] : *ids) {
      if (type == "household" || type == "person" || type == "name") continue;
      const json::array values = what.is_array() ? what.as_array() : json::array{what};
      for (const json::value& one : values) {
        EXPECT_TRUE(seen.insert(std::string(type) + ":" + one.as_string().c_str()).second) << line;
      }
    }
  }
  EXPECT_GT(seen.size(), 900u);
}

TEST(Money, IsWrittenWithTwoDecimals) {
  EXPECT_EQ(money(0), "0.00");
  EXPECT_EQ(money(5), "0.05");
  EXPECT_EQ(money(1999), "19.99");
  EXPECT_EQ(money(-250), "-2.50");
}

}  // namespace
}  // namespace tessera::simulator

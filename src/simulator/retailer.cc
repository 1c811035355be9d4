#include "simulator/retailer.h"

#include <algorithm>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "simulator/random.h"
#include "simulator/scene.h"
#include "simulator/trade.h"
#include "simulator/visits.h"

namespace tessera::simulator {

namespace {

// The weekly shop: mostly at the till; of online households, some of it ordered by someone with an account.
void shop_for_the_week(Scene& scene, Household& home) {
  Person& buyer = scene.random.pick(std::span(home.members));
  const bool online = buyer.has_account(scene.day.number) && scene.random.chance(home.online_per_mille);
  if (online) {
    visit_online(scene, home, buyer, Visit{.at = scene.moment(7, 23), .to_buy = true});
  } else {
    shop_at_till(scene, home, buyer, home.basket_lines);
  }
}

// The day after the interval, moved to the household's weekday more often than not.
std::int32_t next_shop(Scene& scene, const Household& home) {
  std::int32_t days = home.interval_days + static_cast<std::int32_t>(scene.random.between(-1, 1));
  if (home.interval_days >= 7 && scene.random.chance(700)) {
    const std::int32_t weekday = (scene.day.weekday + days) % 7;
    std::int32_t shift = home.shop_weekday - weekday;
    if (shift > 3) shift -= 7;
    if (shift < -3) shift += 7;
    days += shift;
  }
  return scene.day.number + std::max(days, 1);
}

// What the CRM loads about a person tonight, if anything. Those who had a card before are loaded the first night.
void load_records(Scene& scene, const Household& home, Person& person) {
  if (person.card.empty()) return;
  const std::int32_t loaded = std::max(person.card_day, 0);
  if (scene.day.number == loaded) load_member(scene, home, person);
  if (scene.day.number > loaded && scene.random.chance(1) && scene.random.chance(400)) load_duplicate(scene, person);
}

void play_person(Scene& scene, Household& home, Person& person, const Newsletter* newsletter) {
  load_records(scene, home, person);
  if (newsletter != nullptr && person.newsletter &&
      (person.has_card(scene.day.number) || person.has_account(scene.day.number))) {
    if (const auto clicked = mail_newsletter(scene, person, *newsletter)) {
      visit_online(scene, home, person, Visit{.at = *clicked + 1'500, .campaign = newsletter->campaign});
    }
  }
  const bool signs_up = person.account_day == scene.day.number;
  if (signs_up || scene.random.chance(person.visits_per_mille * scene.day.busyness() / 100)) {
    visit_online(scene, home, person, Visit{.at = scene.moment(6, 24), .signs_up = signs_up});
  }
}

void write_list(JsonWriter& json, std::string_view name, const std::vector<std::string>& values) {
  json.key(name).begin_array();
  for (const std::string& value : values) json.string(value);
  json.end_array();
}

}  // namespace

Retailer::Retailer(const RetailerOptions& options)
    : options_(options),
      outbox_(Random({options.seed, options.salt, static_cast<std::uint64_t>(options.first_day.ms)}).next()) {
  TESSERA_ASSERT(options.households > 0 && options.households <= kMaxHouseholds && options.days >= 0);
  households_.reserve(options.households);
  for (std::uint32_t number = 0; number < options.households; ++number) {
    households_.push_back(make_household(options.seed, number, options.days));
  }
}

Item Retailer::next() {
  for (;;) {
    const Timestamp end_of_played = options_.first_day + next_day_ * kDayMs;
    if (std::optional<Item> item = outbox_.take(end_of_played)) return std::move(*item);
    play_day();
  }
}

void Retailer::play_day() {
  const Day day = Day::at(options_.first_day, next_day_);
  for (Household& home : households_) {
    // Who went elsewhere makes room: when the history is over, they come back, so that the live shop is not emptied.
    if (day.number == options_.days) home.lapsed_day = kNever;
    if (home.shops_on(day.number)) play_household(home, day);
  }
  play_strangers(day);
  ++next_day_;
}

void Retailer::play_household(Household& home, const Day& day) {
  Scene scene{day, Random({options_.seed, 2, home.number, static_cast<std::uint64_t>(day.number)}), catalogue_,
              outbox_};
  const Newsletter newsletter = newsletter_of(day);
  for (Person& person : home.members) play_person(scene, home, person, day.weekday == 3 ? &newsletter : nullptr);
  if (day.number >= home.next_shop_day) {
    // A quiet day puts the shop off, a busy one never brings it forward.
    if (scene.random.chance(day.busyness() * 10)) {
      shop_for_the_week(scene, home);
      home.next_shop_day = next_shop(scene, home);
    }
  } else if (scene.random.chance(90 * day.busyness() / 100)) {
    Person& person = scene.random.pick(std::span(home.members));
    shop_at_till(scene, home, person, static_cast<std::int32_t>(scene.random.between(1, 6)));
  }
}

void Retailer::play_strangers(const Day& day) {
  Scene scene{day, Random({options_.seed, 3, static_cast<std::uint64_t>(day.number)}), catalogue_, outbox_};
  const std::uint64_t strangers = 1 + static_cast<std::uint64_t>(options_.households) * 15 / 1000;
  for (std::uint64_t i = 0; i < strangers; ++i) visit_as_stranger(scene);
  crawl(scene);
  const std::uint64_t broken = 2 + scene.random.below(1 + options_.households / 500);
  for (std::uint64_t i = 0; i < broken; ++i) send_garbage(scene, garbage_++);
}

void Retailer::write_truth(std::ostream& out) const {
  for (const Household& home : households_) {
    for (const Person& person : home.members) {
      std::string line;
      JsonWriter json(line);
      json.begin_object().key("household").number(static_cast<std::uint64_t>(home.number));
      json.key("person").number(static_cast<std::uint64_t>(person.number));
      json.key("name").string(person.first_name + " " + person.last_name);
      if (person.has_account(next_day_ - 1)) json.key("user_id").string(person.user_id);
      if (person.has_card(next_day_ - 1)) json.key("card").string(person.card);
      std::vector<std::string> emails{person.email};
      emails.insert(emails.end(), person.other_emails.begin(), person.other_emails.end());
      write_list(json, "email", emails);
      if (!person.phone.empty() && person.phone != home.landline) json.key("phone").string(person.phone);
      json.key("payment_token").string(person.payment);
      write_list(json, "anonymous_id", person.anonymous_ids);
      json.end_object();
      out << line << '\n';
    }
    if (!home.tablet && home.landline.empty()) continue;
    std::string line;
    JsonWriter json(line);
    json.begin_object().key("household").number(static_cast<std::uint64_t>(home.number)).key("shared").begin_object();
    if (home.tablet) write_list(json, "anonymous_id", {home.tablet->anonymous_id});
    if (!home.landline.empty()) json.key("phone").string(home.landline);
    json.end_object().end_object();
    out << line << '\n';
  }
}

}  // namespace tessera::simulator

// Who shops here: households, their members, their devices and habits. This is the truth that identity resolution
// has to find again from the traces.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/catalogue.h"
#include "simulator/random.h"

namespace tessera::simulator {

// Day numbers count from the simulation's first day; what was there before has a negative one.
inline constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();

// A browser or an app on one device, known to the sites by its anonymous id.
struct Device {
  std::string anonymous_id;
  std::string user_agent;
  bool logged_in = false;  // and stays so between visits
};

struct Address {
  std::string street;
  std::string town;
  std::string postcode;
};

struct Person {
  std::uint32_t number = 0;  // over all households
  std::string first_name;
  std::string last_name;
  std::string email;
  std::string phone;     // E.164; empty if not given
  std::string birthday;  // "1984-03-07"
  std::string card;      // loyalty card's number; empty if none
  std::string payment;   // what the payment provider calls their bank card
  std::string user_id;   // the web shop's account; empty if none
  std::int32_t card_day = kNever;
  std::int32_t account_day = kNever;
  bool newsletter = false;
  std::int32_t visits_per_mille = 0;  // chance of an online visit on a usual day
  Device browser;
  std::optional<Device> app;

  // Kept for the truth file.
  std::vector<std::string> anonymous_ids;
  std::vector<std::string> other_emails;

  bool has_card(std::int32_t day) const { return card_day <= day; }
  bool has_account(std::int32_t day) const { return account_day <= day; }
};

struct Household {
  std::uint32_t number = 0;
  Address address;
  std::uint32_t store = 0;       // index of the usual one
  std::vector<Person> members;   // who shops; never empty
  std::optional<Device> tablet;  // shared by all
  std::string landline;          // shared by all; empty if none is given to the shop
  Taste taste = 0;
  std::int32_t basket_lines = 0;   // of a weekly shop
  std::int32_t interval_days = 7;  // between weekly shops
  std::int32_t shop_weekday = 5;   // preferred
  std::int32_t next_shop_day = 0;
  std::int32_t online_per_mille = 0;  // share of weekly shops that are ordered online
  std::int32_t first_day = 0;         // joined; negative for those who were customers before
  std::int32_t lapsed_day = kNever;   // went elsewhere

  bool shops_on(std::int32_t day) const { return day >= first_day && day < lapsed_day; }
};

// Household `number` of the town that `seed` makes, as it is before the first of `days` days.
Household make_household(std::uint64_t seed, std::uint32_t number, std::int32_t days);

// A new anonymous id, as when cookies were cleared.
std::string make_anonymous_id(Random& random);

}  // namespace tessera::simulator

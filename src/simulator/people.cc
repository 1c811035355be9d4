#include "simulator/people.h"

#include <array>
#include <cstdio>

#include "simulator/names.h"

namespace tessera::simulator {

namespace {

constexpr std::string_view kBrowsers[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1",
};
constexpr std::string_view kApps[] = {"Grocer/5.2 (iPhone; iOS 17.5)", "Grocer/5.2 (Android 14)",
                                      "Grocer/5.1 (Android 13)"};
constexpr std::string_view kTablet =
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/604.1";
constexpr std::string_view kMailDomains[] = {"example.com", "example.org", "example.net", "post.example",
                                             "mail.example"};

// The telephone numbers that Ofcom keeps free for drama: ten ranges of a thousand, which nobody has.
constexpr std::string_view kDramaRanges[] = {"+44770090", "+44113496", "+44114496", "+44115496", "+44116496",
                                             "+44117496", "+44121496", "+44131496", "+44141496", "+44161496"};

// The n-th such number; empty when they are used up.
std::string drama_phone(std::uint32_t n) {
  const std::size_t range = n / 1000;
  if (range >= std::size(kDramaRanges)) return {};
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "0%03u", static_cast<unsigned>(n % 1000));
  // 07700 900xxx takes "0" and three digits; the geographic ranges 0xxx 496 0xxx as well.
  return std::string(kDramaRanges[range]) + digits.data();
}

std::string lower_letters(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    if (c >= 'a' && c <= 'z') out += c;
  }
  return out;
}

Address make_address(Random& random, const Store& store) {
  // There is no post-code area QX.
  return Address{std::to_string(random.between(1, 140)) + " " + std::string(random.pick(streets())),
                 std::string(store.town),
                 "QX" + std::to_string(random.between(1, 20)) + " " + std::to_string(random.between(1, 9)) +
                     static_cast<char>('A' + random.below(26)) + static_cast<char>('A' + random.below(26))};
}

std::string make_birthday(Random& random, std::int64_t oldest, std::int64_t youngest) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", static_cast<int>(random.between(oldest, youngest)),
                static_cast<int>(random.between(1, 12)), static_cast<int>(random.between(1, 28)));
  return text.data();
}

// When someone did something: most long ago, or when the household joined, or some day of the simulation.
std::int32_t habit_day(Random& random, std::int32_t first_day, std::int32_t days, std::int64_t early_per_mille) {
  if (random.chance(early_per_mille)) return first_day;
  const std::int32_t from = first_day < 0 ? 0 : first_day;
  return from >= days ? first_day : static_cast<std::int32_t>(random.between(from, days - 1));
}

Person make_person(Random& random, const Household& home, std::size_t place, std::string_view family_name,
                   std::int32_t days) {
  Person person;
  person.number = home.number * 4 + static_cast<std::uint32_t>(place);
  person.first_name = random.pick(first_names());
  person.last_name = random.chance(850) ? std::string(family_name) : std::string(random.pick(last_names()));
  person.email = lower_letters(person.first_name) + "." + lower_letters(person.last_name) +
                 std::to_string(person.number + 11) + "@" + std::string(random.pick(kMailDomains));
  person.birthday = place == 2 ? make_birthday(random, 2004, 2009) : make_birthday(random, 1945, 2001);
  person.payment = "pay_" + random.hex(20);
  if (random.chance(780)) {
    person.card = "6337" + random.digits(3) + std::to_string(100'000'000 + person.number);
    person.card_day = habit_day(random, home.first_day, days, 850);
    if (random.chance(700)) person.phone = drama_phone(person.number);
  }
  if (random.chance(620)) {
    person.user_id = "u_" + std::to_string(200'000 + person.number);
    person.account_day = habit_day(random, home.first_day, days, 700);
  }
  person.newsletter = random.chance(550);
  person.visits_per_mille = static_cast<std::int32_t>(random.between(20, 190));
  person.browser = Device{make_anonymous_id(random), std::string(random.pick(kBrowsers)), false};
  person.anonymous_ids.push_back(person.browser.anonymous_id);
  if (random.chance(450)) {
    person.app = Device{make_anonymous_id(random), std::string(random.pick(kApps)), false};
    person.anonymous_ids.push_back(person.app->anonymous_id);
  }
  return person;
}

Taste make_taste(Random& random) {
  Taste taste = taste_bit(Appeal::kAll);
  if (random.chance(860)) taste |= taste_bit(Appeal::kMeat);
  if (random.chance(110)) taste |= taste_bit(Appeal::kBaby);
  if (random.chance(300)) taste |= taste_bit(Appeal::kPet);
  if (random.chance(640)) taste |= taste_bit(Appeal::kAlcohol);
  return taste;
}

// Three in four were customers before; the others are won on some day. One in twelve goes elsewhere.
void make_span(Random& random, Household& home, std::int32_t days) {
  home.first_day = random.chance(750) || days < 2 ? -static_cast<std::int32_t>(random.between(30, 1500))
                                                  : static_cast<std::int32_t>(random.between(0, days - 1));
  const std::int32_t from = home.first_day < 0 ? 0 : home.first_day;
  if (days - from > 20 && random.chance(85)) {
    home.lapsed_day = static_cast<std::int32_t>(random.between(from + 14, days - 1));
  }
}

}  // namespace

std::string make_anonymous_id(Random& random) {
  return random.uuid();
}

Household make_household(std::uint64_t seed, std::uint32_t number, std::int32_t days) {
  Random random({seed, 1, number});
  Household home;
  home.number = number;
  home.store = static_cast<std::uint32_t>(random.below(stores().size()));
  home.address = make_address(random, stores()[home.store]);
  home.taste = make_taste(random);
  make_span(random, home, days);

  constexpr std::uint16_t kMembers[] = {40, 46, 14};  // one, two, three who shop
  const std::size_t members = 1 + random.pick_weighted(kMembers);
  const std::string_view family_name = random.pick(last_names());
  for (std::size_t place = 0; place < members; ++place) {
    home.members.push_back(make_person(random, home, place, family_name, days));
  }
  if (members > 1 && random.chance(300)) {
    home.tablet = Device{make_anonymous_id(random), std::string(kTablet), false};
  }
  if (members > 1 && random.chance(60)) home.landline = home.members.front().phone;

  constexpr std::uint16_t kIntervals[] = {10, 55, 15, 20};
  constexpr std::int32_t kDays[] = {4, 7, 10, 14};
  constexpr std::uint16_t kWeekdays[] = {8, 9, 10, 16, 20, 30, 7};
  home.interval_days = kDays[random.pick_weighted(kIntervals)];
  home.shop_weekday = static_cast<std::int32_t>(random.pick_weighted(kWeekdays));
  home.basket_lines = static_cast<std::int32_t>(random.between(6, 9 + 6 * static_cast<std::int64_t>(members)));
  home.next_shop_day = (home.first_day < 0 ? 0 : home.first_day) +
                       static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(home.interval_days)));
  home.online_per_mille = random.chance(550) ? 0 : static_cast<std::int32_t>(random.between(100, 900));
  return home;
}

}  // namespace tessera::simulator

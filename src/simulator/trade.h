// What happens in the stores and in the grocer's offices: tills, returns, the CRM's records, newsletters, and the
// broken items that any integration sends now and then.
#pragma once

#include "simulator/scene.h"

namespace tessera::simulator {

// A shop at the till, with the loyalty card or without; the bank card tells them apart then. Some of it is brought
// back days later.
void shop_at_till(Scene& scene, const Household& home, const Person& person, std::int32_t lines);

// The CRM's nightly load: a new card's holder, and the household they belong to.
void load_member(Scene& scene, const Household& home, const Person& person);

// A clerk makes a second record of a card's holder, mistyping the name and, sometimes, the e-mail address.
void load_duplicate(Scene& scene, Person& person);

// A newsletter: delivered, perhaps opened, perhaps clicked. When it was clicked; nothing otherwise.
struct Newsletter {
  std::string campaign;  // "Thursday offers, week 2843"
  std::string subject;
};
Newsletter newsletter_of(const Day& day);
std::optional<Timestamp> mail_newsletter(Scene& scene, const Person& person, const Newsletter& newsletter);

// One item that breaks the rules; each in turn breaks another one.
void send_garbage(Scene& scene, std::uint64_t turn);

}  // namespace tessera::simulator

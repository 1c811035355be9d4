#include "simulator/trade.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "simulator/names.h"

namespace tessera::simulator {

namespace {

constexpr std::string_view kCountry = "GB";

// Brings back one or two lines, one to ten days later, with the same card.
void maybe_return(Scene& scene, Call call, const Order& order, const std::vector<Line>& lines, Timestamp bought_at) {
  if (!scene.random.chance(15)) return;
  const std::size_t count = std::min<std::size_t>(lines.size(), 1 + scene.random.below(2));
  const std::vector<Line> returned(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(count));
  call.name = "Order Refunded";
  call.properties = order_properties(order, returned, scene.day.week);
  scene.send(Origin::kTills, call, bought_at + scene.random.between(kDayMs, 10 * kDayMs));
}

void write_address(JsonWriter& json, const Address& address) {
  json.key("address").begin_object().key("street").string(address.street).key("city").string(address.town);
  json.key("postalCode").string(address.postcode).key("country").string(kCountry).end_object();
}

}  // namespace

void shop_at_till(Scene& scene, const Household& home, const Person& person, std::int32_t lines) {
  const std::size_t usual = home.store;
  const Store& store = stores()[scene.random.chance(900) ? usual : scene.random.below(stores().size())];
  Order order;
  order.till = static_cast<std::uint32_t>(scene.random.between(1, store.tills));
  order.order_id = std::string(store.id) + "-" + std::to_string(order.till) + "-" + scene.random.digits(8);
  order.affiliation = store.name;
  order.store_id = store.id;
  const std::vector<Line> basket = scene.fill_basket(home, lines);

  Call call;
  call.type = "track";
  call.name = "Order Completed";
  if (person.has_card(scene.day.number) && scene.random.chance(880)) {
    call.external_ids.emplace_back("card", person.card);
  }
  // Cash leaves no trace of its own; without either a receipt says nothing about anybody and is not sent.
  if (scene.random.chance(780)) call.external_ids.emplace_back("payment_token", person.payment);
  if (call.external_ids.empty()) return;
  call.properties = order_properties(order, basket, scene.day.week);
  const Timestamp at = scene.moment(8, 21);
  scene.send(Origin::kTills, call, at);
  maybe_return(scene, call, order, basket, at);
}

void load_member(Scene& scene, const Household& home, const Person& person) {
  const Timestamp at = scene.moment(1, 4);
  const bool landline = !home.landline.empty() && scene.random.chance(500);
  const std::string_view phone = landline ? std::string_view(home.landline) : std::string_view(person.phone);
  Call call;
  call.type = "identify";
  if (person.has_account(scene.day.number)) call.user_id = person.user_id;
  call.external_ids.emplace_back("card", person.card);
  JsonWriter json(call.traits);
  json.begin_object().key("firstName").string(person.first_name).key("lastName").string(person.last_name);
  json.key("email").string(person.email);
  if (!phone.empty()) json.key("phone").string(phone);
  json.key("card").string(person.card).key("birthday").string(person.birthday);
  write_address(json, home.address);
  json.key("newsletter").boolean(person.newsletter);
  json.key("home_store").string(stores()[home.store].id).end_object();
  scene.send(Origin::kCrm, call, at);

  const std::string group_id = "household_" + std::to_string(10'000 + home.number);
  Call group;
  group.type = "group";
  group.user_id = call.user_id;
  group.group_id = group_id;
  group.external_ids = call.external_ids;
  JsonWriter about(group.traits);
  about.begin_object().key("name").string(person.last_name + ", " + home.address.town);
  about.key("size").number(static_cast<std::uint64_t>(home.members.size()));
  about.key("city").string(home.address.town).end_object();
  scene.send(Origin::kCrm, group, at + 500);
}

void load_duplicate(Scene& scene, Person& person) {
  Call call;
  call.type = "identify";
  call.external_ids.emplace_back("card", person.card);
  JsonWriter json(call.traits);
  json.begin_object().key("firstName").string(mistype(scene.random, person.first_name));
  json.key("lastName").string(scene.random.chance(500) ? mistype(scene.random, person.last_name) : person.last_name);
  if (scene.random.chance(400)) {
    const std::string email = mistype(scene.random, person.email.substr(0, person.email.find('@'))) +
                              person.email.substr(person.email.find('@'));
    json.key("email").string(email);
    person.other_emails.push_back(email);
  }
  json.key("card").string(person.card).end_object();
  scene.send(Origin::kCrm, call, scene.moment(1, 4));
}

Newsletter newsletter_of(const Day& day) {
  constexpr std::string_view kSubjects[] = {"This week's offers, picked for you", "Fresh in: what is in season now",
                                            "A fifth off your favourites", "What shall we cook this weekend?"};
  return {"Thursday offers, week " + std::to_string(day.week),
          std::string(kSubjects[static_cast<std::size_t>(day.week) % std::size(kSubjects)])};
}

std::optional<Timestamp> mail_newsletter(Scene& scene, const Person& person, const Newsletter& newsletter) {
  if (!scene.random.chance(290)) return std::nullopt;  // unread in the inbox
  Call call;
  call.type = "track";
  call.name = "Email Opened";
  if (person.has_account(scene.day.number)) call.user_id = person.user_id;
  call.external_ids.emplace_back("email", person.email);
  const auto properties = [&](std::string_view link) {
    std::string out;
    JsonWriter json(out);
    json.begin_object()
        .key("campaign_name")
        .string(newsletter.campaign)
        .key("email_subject")
        .string(newsletter.subject);
    if (!link.empty()) json.key("link_url").string(link);
    json.end_object();
    return out;
  };
  call.properties = properties({});
  const Timestamp opened_at = scene.moment(7, 22);
  scene.send(Origin::kMail, call, opened_at);
  if (!scene.random.chance(210)) return std::nullopt;
  const Timestamp clicked_at = opened_at + scene.random.between(4'000, 90'000);
  call.name = "Email Link Clicked";
  call.properties = properties("https://shop.grocer.example/offers");
  scene.send(Origin::kMail, call, clicked_at);
  return clicked_at;
}

void send_garbage(Scene& scene, std::uint64_t turn) {
  const std::string id = scene.outbox.make_message_id();
  const std::string start = R"({"messageId":")" + id + R"(",)";
  const std::string anonymous = R"("anonymousId":")" + scene.random.uuid() + R"(",)";
  const Timestamp at = scene.moment(0, 24);
  switch (turn % 8) {
    case 0:  // about nobody
      return scene.outbox.add_garbage(Origin::kWeb, start + R"("type":"track","event":"Product Viewed"})", at);
    case 1:  // a type that does not exist
      return scene.outbox.add_garbage(Origin::kWeb, start + anonymous + R"("type":"trak","event":"Product Viewed"})",
                                      at);
    case 2:  // an id that means nobody
      return scene.outbox.add_garbage(Origin::kShop,
                                      start + R"("type":"track","event":"Signed In","userId":"unknown"})", at);
    case 3:  // no event name
      return scene.outbox.add_garbage(Origin::kApp, start + anonymous + R"("type":"track","properties":{}})", at);
    case 4:  // not an object
      return scene.outbox.add_garbage(Origin::kWeb, R"("undefined")", at);
    case 5:  // properties of the wrong type
      return scene.outbox.add_garbage(
          Origin::kApp, start + anonymous + R"("type":"track","event":"Product Added","properties":"[object Object]"})",
          at);
    case 6:  // a time that is none
      return scene.outbox.add_garbage(
          Origin::kWeb, start + anonymous + R"("type":"page","name":"Home","timestamp":"yesterday evening"})", at);
    default:  // a message id beyond all measure
      return scene.outbox.add_garbage(Origin::kTills,
                                      R"({"messageId":")" + std::string(140, 'm') + R"(",)" + anonymous +
                                          R"("type":"track","event":"Order Completed"})",
                                      at);
  }
}

}  // namespace tessera::simulator

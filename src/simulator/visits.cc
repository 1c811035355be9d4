#include "simulator/visits.h"

#include <algorithm>
#include <utility>

#include "base/json.h"

namespace tessera::simulator {

namespace {

constexpr std::string_view kHomePage = "https://shop.grocer.example/";
constexpr std::string_view kCheckoutPage = "https://shop.grocer.example/checkout";
constexpr std::string_view kCrawler = "Mozilla/5.0 (compatible; Fernbot/2.1; +https://fernbot.example/bot)";
constexpr std::string_view kStrangersBrowser =
    "Mozilla/5.0 (Linux; Android 14; Mobile) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36";

std::string text_property(std::string_view name, std::string_view value) {
  std::string out;
  JsonWriter(out).begin_object().key(name).string(value).end_object();
  return out;
}

// Pages' properties as Segment's page specification has them.
std::string page_properties(std::string_view title, std::string_view url) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("title").string(title).key("url").string(url).end_object();
  return out;
}

// One visit in the making: who, on which device, and what time it has become.
class Session {
 public:
  Session(Scene& scene, const Device& device, Origin origin, const Visit& visit)
      : scene_(scene), device_(device), origin_(origin), now_(visit.at), campaign_(visit.campaign) {}

  void log_in_as(std::string_view user_id) { user_id_ = user_id; }
  bool logged_in() const { return !user_id_.empty(); }
  Timestamp now() const { return now_; }
  void wait(std::int64_t from_ms, std::int64_t to_ms) { now_ = now_ + scene_.random.between(from_ms, to_ms); }

  void look_at(std::string_view title, std::string_view url) {
    Call call = base(url);
    call.type = origin_ == Origin::kApp ? "screen" : "page";
    call.name = title;
    call.properties = page_properties(title, url);
    send(origin_, call);
    wait(3'000, 40'000);
  }

  void track(std::string_view event, std::string properties, std::string_view url) {
    Call call = base(url);
    call.type = "track";
    call.name = event;
    call.properties = std::move(properties);
    send(origin_, call);
    wait(4'000, 60'000);
  }

  // The browser says who it is; then the shop's own server confirms it, whose word counts.
  void identify(const Person& person, bool signs_up) {
    log_in_as(person.user_id);
    Call call = base(kHomePage);
    call.type = "identify";
    send(origin_, call);
    wait(200, 1'500);
    std::string traits;
    JsonWriter json(traits);
    json.begin_object().key("email").string(person.email).key("firstName").string(person.first_name);
    json.key("lastName").string(person.last_name).key("newsletter").boolean(person.newsletter).end_object();
    Call confirmed = base({});
    confirmed.type = "identify";
    confirmed.user_agent = {};
    confirmed.traits = std::move(traits);
    send(Origin::kShop, confirmed);
    Call told = base({});
    told.type = "track";
    told.user_agent = {};
    told.name = signs_up ? "Signed Up" : "Signed In";
    send(Origin::kShop, told);
    wait(1'000, 8'000);
  }

  void order(const std::string& properties) {
    Call call = base({});
    call.type = "track";
    call.name = "Order Completed";
    call.user_agent = {};
    call.properties = properties;
    send(Origin::kShop, call);
  }

 private:
  Call base(std::string_view url) const {
    Call call;
    call.user_id = user_id_;
    call.anonymous_id = device_.anonymous_id;
    call.user_agent = device_.user_agent;
    call.url = url;
    call.campaign = campaign_;
    return call;
  }

  void send(Origin origin, const Call& call) { scene_.send(origin, call, now_); }

  Scene& scene_;
  const Device& device_;
  Origin origin_;
  Timestamp now_;
  std::string_view campaign_;
  std::string_view user_id_;
};

// Looks at products; what goes into the basket is returned.
std::vector<Line> browse(Scene& scene, Session& session, const std::vector<Line>& wanted, std::int64_t add_per_mille) {
  std::vector<Line> basket;
  for (const Line& line : wanted) {
    if (scene.random.chance(60)) {
      session.track("Products Searched", text_property("query", line.product->department->name), kHomePage);
    }
    const std::string properties = product_properties(line, scene.day.week);
    session.track("Product Viewed", properties, line.product->url);
    if (!scene.random.chance(add_per_mille)) continue;
    session.track("Product Added", properties, line.product->url);
    basket.push_back(line);
  }
  return basket;
}

void check_out(Scene& scene, Session& session, const Household& home, std::vector<Line> basket, bool to_buy) {
  // A weekly shop is mostly last week's list: the rest of the basket comes from there without being looked at.
  if (to_buy) {
    for (Line& line : scene.fill_basket(home, home.basket_lines)) basket.push_back(line);
  }
  Order order;
  order.order_id = "W" + scene.random.digits(10);
  order.affiliation = "Web shop";
  order.delivery_minor = total_minor(basket) >= 4'000 ? 0 : 399;
  if (scene.random.chance(90)) order.coupon = "WELCOME-BACK";
  const std::string properties = order_properties(order, basket, scene.day.week);
  session.track("Checkout Started", properties, kCheckoutPage);
  if (!to_buy && scene.random.chance(350)) return;  // leaves the basket behind
  session.wait(20'000, 180'000);
  session.order(properties);
}

// The device at hand, and the source that its traces come from.
std::pair<Device*, Origin> choose_device(Scene& scene, Household& home, Person& person) {
  if (home.tablet && scene.random.chance(250)) return {&*home.tablet, Origin::kWeb};
  if (person.app && scene.random.chance(550)) return {&*person.app, Origin::kApp};
  // Cookies are cleared once in a while: the browser is somebody new.
  if (scene.random.chance(70)) {
    person.browser.anonymous_id = make_anonymous_id(scene.random);
    person.browser.logged_in = false;
    person.anonymous_ids.push_back(person.browser.anonymous_id);
  }
  return {&person.browser, Origin::kWeb};
}

// An app without a network keeps what it saw and sends it hours or days later.
void maybe_go_offline(Scene& scene, Origin origin, Timestamp at) {
  scene.offline_until.reset();
  if (origin != Origin::kApp || !scene.random.chance(60)) return;
  const std::int64_t hours = scene.random.chance(200) ? scene.random.between(24, 110) : scene.random.between(1, 20);
  scene.offline_until = at + hours * kHourMs;
}

}  // namespace

void visit_online(Scene& scene, Household& home, Person& person, const Visit& visit) {
  const auto [device, origin] = choose_device(scene, home, person);
  const bool shared = home.tablet && device == &*home.tablet;
  maybe_go_offline(scene, origin, visit.at);
  Session session(scene, *device, origin, visit);
  const bool account = person.has_account(scene.day.number);
  if (account && device->logged_in && !shared) session.log_in_as(person.user_id);

  session.look_at(origin == Origin::kApp ? "Start" : "Home", kHomePage);
  const std::vector<Line> wanted =
      scene.fill_basket(home, static_cast<std::int32_t>(scene.random.between(1, visit.to_buy ? 6 : 5)));
  std::vector<Line> basket = browse(scene, session, wanted, visit.to_buy ? 800 : 260);

  const bool checks_out = visit.to_buy || (!basket.empty() && scene.random.chance(300));
  if (account && !session.logged_in() && (checks_out || visit.signs_up || scene.random.chance(220))) {
    session.look_at("Log in", "https://shop.grocer.example/login");
    session.identify(person, visit.signs_up);
    device->logged_in = !shared && scene.random.chance(origin == Origin::kApp ? 950 : 400);
  }
  if (checks_out && session.logged_in()) check_out(scene, session, home, std::move(basket), visit.to_buy);
  scene.offline_until.reset();
}

void visit_as_stranger(Scene& scene) {
  const Device device{make_anonymous_id(scene.random), std::string(kStrangersBrowser), false};
  Session session(scene, device, Origin::kWeb, Visit{.at = scene.moment(6, 24)});
  session.look_at("Home", kHomePage);
  Household nobody;
  nobody.taste = 0xff;
  const std::vector<Line> seen = scene.fill_basket(nobody, static_cast<std::int32_t>(scene.random.between(0, 3)));
  browse(scene, session, seen, 80);
}

void crawl(Scene& scene) {
  const Device device{make_anonymous_id(scene.random), std::string(kCrawler), false};
  Session session(scene, device, Origin::kWeb, Visit{.at = scene.moment(0, 24)});
  const std::vector<Product>& products = scene.catalogue.products();
  const std::size_t from = scene.random.below(products.size());
  const std::size_t pages = static_cast<std::size_t>(scene.random.between(15, 40));
  for (std::size_t i = 0; i < pages; ++i) {
    const Product& product = products[(from + i) % products.size()];
    session.look_at(product.row->name, product.url);
  }
}

}  // namespace tessera::simulator

#include "simulator/scene.h"

#include <algorithm>

#include "base/json.h"

namespace tessera::simulator {

namespace {

void write_product(JsonWriter& json, const Line& line, std::int32_t week) {
  const Product& product = *line.product;
  json.key("product_id").string(product.sku).key("sku").string(product.sku);
  json.key("name").string(product.row->name).key("category").string(product.department->name);
  if (!product.row->brand.empty()) json.key("brand").string(product.row->brand);
  json.key("price").raw(money(line.price_minor)).key("quantity").number(line.quantity);
  if (Catalogue::on_offer(product, week)) json.key("coupon").string("weekly-offer");
}

}  // namespace

Timestamp Scene::moment(std::int64_t from_hour, std::int64_t to_hour) {
  return day.start + random.between(from_hour * kHourMs, to_hour * kHourMs - 1);
}

void Scene::send(Origin origin, const Call& call, Timestamp at) {
  Timestamp send_at = at + random.between(150, origin == Origin::kTills ? 20'000 : 2'500);
  if (offline_until) send_at = std::max(send_at, *offline_until);
  const bool from_device = origin == Origin::kWeb || origin == Origin::kApp;
  if (from_device && random.chance(15)) send_at = send_at + random.between(kMinuteMs, 20 * kMinuteMs);
  outbox.add(origin, call, at, send_at);
  if (random.chance(from_device ? 10 : 4)) outbox.repeat(send_at + random.between(kSecondMs, 2 * kHourMs));
}

std::vector<Line> Scene::fill_basket(const Household& home, std::int32_t lines) {
  std::vector<Line> basket;
  for (std::int32_t i = 0; i < lines; ++i) {
    const Product& product = catalogue.pick(random, day.month, home.taste);
    const auto known = std::ranges::find(basket, &product, &Line::product);
    if (known != basket.end()) {
      ++known->quantity;
      continue;
    }
    basket.push_back(
        Line{&product, random.chance(180) ? random.between(2, 4) : 1, Catalogue::price_minor(product, day.week)});
  }
  return basket;
}

std::int64_t total_minor(const std::vector<Line>& lines) {
  std::int64_t sum = 0;
  for (const Line& line : lines) sum += line.quantity * line.price_minor;
  return sum;
}

std::string product_properties(const Line& line, std::int32_t week) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_product(json, line, week);
  json.key("currency").string("GBP").key("url").string(line.product->url).end_object();
  return out;
}

std::string order_properties(const Order& order, const std::vector<Line>& lines, std::int32_t week) {
  const std::int64_t goods = total_minor(lines);
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("order_id").string(order.order_id).key("affiliation").string(order.affiliation);
  if (!order.store_id.empty()) {
    json.key("store_id").string(order.store_id).key("till").number(static_cast<std::uint64_t>(order.till));
  }
  json.key("total").raw(money(goods + order.delivery_minor)).key("revenue").raw(money(goods));
  json.key("shipping").raw(money(order.delivery_minor)).key("currency").string("GBP");
  if (!order.coupon.empty()) json.key("coupon").string(order.coupon);
  json.key("products").begin_array();
  for (const Line& line : lines) {
    json.begin_object();
    write_product(json, line, week);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace tessera::simulator

// One household's day: its dice, the calendar, and the way its items travel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/calendar.h"
#include "simulator/catalogue.h"
#include "simulator/item.h"
#include "simulator/people.h"
#include "simulator/random.h"

namespace tessera::simulator {

struct Line {
  const Product* product = nullptr;
  std::int64_t quantity = 1;
  std::int64_t price_minor = 0;  // of one
};

struct Scene {
  Day day;
  Random random;
  const Catalogue& catalogue;
  Outbox& outbox;
  std::optional<Timestamp> offline_until = {};  // what happens before is sent then

  // A moment of the day between two hours, the later one excluded.
  Timestamp moment(std::int64_t from_hour, std::int64_t to_hour);

  // Sends one call: after seconds as a rule; once in a while much later, out of order, or twice.
  void send(Origin origin, const Call& call, Timestamp at);

  std::vector<Line> fill_basket(const Household& home, std::int32_t lines);
};

std::int64_t total_minor(const std::vector<Line>& lines);

// The properties of "Product Viewed" and "Product Added".
std::string product_properties(const Line& line, std::int32_t week);

// The properties of an order, in any stage, as Segment's e-commerce specification names them.
struct Order {
  std::string order_id;
  std::string_view affiliation;
  std::string_view store_id;  // of a till's; else empty
  std::uint32_t till = 0;
  std::int64_t delivery_minor = 0;
  std::string_view coupon;
};
std::string order_properties(const Order& order, const std::vector<Line>& lines, std::int32_t week);

}  // namespace tessera::simulator

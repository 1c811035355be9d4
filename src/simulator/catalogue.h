// What the grocer sells: about 200 products in departments, with prices, seasons and weekly offers; and the stores.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/calendar.h"
#include "simulator/random.h"

namespace tessera::simulator {

// Who buys it besides everyone; a household without the taste never does.
enum class Appeal : std::uint8_t { kAll, kMeat, kBaby, kPet, kAlcohol };

struct ProductRow {
  std::string_view name;
  std::string_view brand;
  std::uint16_t price_minor;  // pence
  std::uint16_t popularity;   // relative to the others
  std::uint16_t months;       // bit 0 January … bit 11 December: when it sells five times as well; 0 never
};

struct Department {
  std::string_view name;
  Appeal appeal;
  std::span<const ProductRow> products;
};

std::span<const Department> departments();

struct Store {
  std::string_view id;
  std::string_view name;
  std::string_view town;
  std::uint32_t tills;
};

std::span<const Store> stores();

struct Product {
  std::string sku;
  std::string url;
  const ProductRow* row = nullptr;
  const Department* department = nullptr;
};

// Which appeals a household has, as bits (1 << Appeal); kAll is always set.
using Taste = std::uint8_t;
constexpr Taste taste_bit(Appeal appeal) {
  return static_cast<Taste>(1u << static_cast<unsigned>(appeal));
}

// Immutable once made.
class Catalogue {
 public:
  Catalogue();

  const std::vector<Product>& products() const { return products_; }

  // A product that sells in that month and suits the taste.
  const Product& pick(Random& random, std::int32_t month, Taste taste) const;

  // Its price that week in minor units: one in ten is a fifth cheaper.
  static std::int64_t price_minor(const Product& product, std::int32_t week);
  static bool on_offer(const Product& product, std::int32_t week);

 private:
  std::vector<Product> products_;
  std::array<std::vector<std::uint32_t>, 12> cumulative_;  // popularity by month, running sum
};

}  // namespace tessera::simulator

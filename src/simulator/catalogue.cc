#include "simulator/catalogue.h"

#include <algorithm>

#include "base/hash.h"

namespace tessera::simulator {

namespace {

// "Semi-skimmed milk 2 l" → "semi-skimmed-milk-2-l"
std::string slug(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

}  // namespace

Catalogue::Catalogue() {
  std::uint32_t number = 10'000;
  for (const Department& department : departments()) {
    for (const ProductRow& row : department.products) {
      number += 7;
      const std::string sku = "G" + std::to_string(number);
      products_.push_back(
          Product{sku, "https://shop.grocer.example/p/" + slug(row.name) + "-" + sku, &row, &department});
    }
  }
  for (std::size_t month = 0; month < cumulative_.size(); ++month) {
    std::uint32_t sum = 0;
    for (const Product& product : products_) {
      const bool in_season = (product.row->months >> month) & 1u;
      sum += product.row->popularity * (in_season ? 5u : 1u);
      cumulative_[month].push_back(sum);
    }
  }
}

const Product& Catalogue::pick(Random& random, std::int32_t month, Taste taste) const {
  const std::vector<std::uint32_t>& sums = cumulative_[static_cast<std::size_t>(month)];
  const Product* product = nullptr;
  for (int attempt = 0; attempt < 20; ++attempt) {
    const auto at = static_cast<std::uint32_t>(random.below(sums.back()));
    product = &products_[static_cast<std::size_t>(std::ranges::upper_bound(sums, at) - sums.begin())];
    if (taste & taste_bit(product->department->appeal)) return *product;
  }
  return products_.front();
}

bool Catalogue::on_offer(const Product& product, std::int32_t week) {
  return hash64(product.sku, static_cast<std::uint64_t>(week)) % 10 == 0;
}

std::int64_t Catalogue::price_minor(const Product& product, std::int32_t week) {
  const std::int64_t full = product.row->price_minor;
  return on_offer(product, week) ? (full * 4 + 2) / 5 : full;
}

}  // namespace tessera::simulator

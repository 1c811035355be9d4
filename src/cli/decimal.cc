#include "cli/decimal.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::cli {

namespace {

constexpr int kMaxDigits = 36;  // of a text; fits in 127 bits with room for a sum of thousands

// units * 10^by, if it fits.
std::optional<Int128> shifted(Int128 units, int by) {
  for (int i = 0; i < by; ++i) {
    if (__builtin_mul_overflow(units, Int128{10}, &units)) return std::nullopt;
  }
  return units;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  Decimal out;
  int digits = 0;
  bool point = false;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9' || ++digits > kMaxDigits) return std::nullopt;
    out.units_ = out.units_ * 10 + (c - '0');
    out.scale_ += point ? 1 : 0;
  }
  if (digits == 0) return std::nullopt;
  if (negative) out.units_ = -out.units_;
  return out;
}

std::optional<Decimal> Decimal::add(Decimal a, Decimal b) {
  const int scale = std::max(a.scale_, b.scale_);
  const auto left = shifted(a.units_, scale - a.scale_);
  const auto right = shifted(b.units_, scale - b.scale_);
  Int128 sum = 0;
  if (!left || !right || __builtin_add_overflow(*left, *right, &sum)) return std::nullopt;
  return Decimal(sum, scale);
}

std::optional<Decimal> Decimal::multiply(Decimal a, Decimal b) {
  Int128 product = 0;
  if (__builtin_mul_overflow(a.units_, b.units_, &product)) return std::nullopt;
  return Decimal(product, a.scale_ + b.scale_);
}

std::string Decimal::to_text() const {
  std::string text;
  Int128 rest = units_;
  // Digits are taken off the signed number: the lowest one has no positive counterpart.
  do {
    const int digit = static_cast<int>(rest % 10);
    text += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    rest /= 10;
  } while (rest != 0);
  while (text.size() <= static_cast<std::size_t>(scale_)) text += '0';
  if (scale_ > 0) text.insert(static_cast<std::size_t>(scale_), 1, '.');
  if (units_ < 0) text += '-';
  std::ranges::reverse(text);
  return text;
}

}  // namespace tessera::cli

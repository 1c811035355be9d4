// Exact decimal numbers for money in files: a 128-bit integer of 10^-scale. Nothing is ever rounded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tessera::cli {

__extension__ using Int128 = __int128;

class Decimal {
 public:
  Decimal() = default;

  // "12", "-0.50", "+3.", ".5"; at most 36 digits. Nothing else: no exponent, no thousands separators, no spaces.
  static std::optional<Decimal> parse(std::string_view text);

  // Nullopt where the result would not fit.
  static std::optional<Decimal> add(Decimal a, Decimal b);
  static std::optional<Decimal> multiply(Decimal a, Decimal b);

  // As a JSON number: "12.50" keeps the digits it was written with. Zero has no sign.
  std::string to_text() const;

 private:
  Decimal(Int128 units, int scale) : units_(units), scale_(scale) {}

  Int128 units_ = 0;
  int scale_ = 0;
};

}  // namespace tessera::cli

#include "cli/decimal.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <string>

namespace tessera::cli {
namespace {

std::string round_trip(std::string_view text) {
  const auto number = Decimal::parse(text);
  return number ? number->to_text() : "none";
}

TEST(Decimal, KeepsTheDigitsItWasWrittenWith) {
  EXPECT_EQ(round_trip("2.55"), "2.55");
  EXPECT_EQ(round_trip("-0.50"), "-0.50");
  EXPECT_EQ(round_trip("12.5000"), "12.5000");
  EXPECT_EQ(round_trip("7"), "7");
  EXPECT_EQ(round_trip("-11062.06"), "-11062.06");
}

TEST(Decimal, IsWrittenAsJsonTakesIt) {
  EXPECT_EQ(round_trip("+007.10"), "7.10");
  EXPECT_EQ(round_trip(".5"), "0.5");
  EXPECT_EQ(round_trip("3."), "3");
  EXPECT_EQ(round_trip("-0"), "0");
  EXPECT_EQ(round_trip("-0.00"), "0.00");
}

TEST(Decimal, TakesNothingElse) {
  for (const std::string_view text : {"", "-", ".", "1e3", "1,5", " 1", "1 ", "--1", "1.2.3", "0x1", "nan", "£5"}) {
    EXPECT_EQ(round_trip(text), "none") << text;
  }
  EXPECT_EQ(round_trip(std::string(36, '9')), std::string(36, '9'));
  EXPECT_EQ(round_trip(std::string(37, '9')), "none");
}

TEST(Decimal, SumsAreExactWhereDoublesAreNot) {
  auto sum = Decimal();
  for (int i = 0; i < 1000; ++i) sum = *Decimal::add(sum, *Decimal::parse("0.1"));
  EXPECT_EQ(sum.to_text(), "100.0");
  EXPECT_EQ(Decimal::add(*Decimal::parse("0.1"), *Decimal::parse("-0.125"))->to_text(), "-0.025");
  EXPECT_EQ(Decimal::multiply(*Decimal::parse("-6"), *Decimal::parse("2.55"))->to_text(), "-15.30");
}

TEST(Decimal, WhatDoesNotFitIsNoNumber) {
  const Decimal big = *Decimal::parse(std::string(36, '9'));
  EXPECT_FALSE(Decimal::multiply(big, big));
  EXPECT_FALSE(Decimal::add(big, *Decimal::parse("0.0000000001")));
}

TEST(Decimal, AgreesWithIntegersOfMinorUnits) {
  EXPECT_TRUE(rc::check([](std::int32_t a, std::int32_t b) {
    const auto money = [](std::int64_t cents) {
      const std::string digits = std::to_string(cents < 0 ? -cents : cents);
      const std::string padded = std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits;
      return (cents < 0 ? "-" : "") + padded.substr(0, padded.size() - 2) + "." + padded.substr(padded.size() - 2);
    };
    const auto sum = Decimal::add(*Decimal::parse(money(a)), *Decimal::parse(money(b)));
    RC_ASSERT(sum->to_text() == money(std::int64_t{a} + b));
  }));
}

}  // namespace
}  // namespace tessera::cli

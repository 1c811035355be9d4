#include "cli/time_format.h"

#include <gtest/gtest.h>

#include <string>

#include "base/time.h"

namespace tessera::cli {
namespace {

std::string read(std::string_view text, std::string_view format, int zone_minutes = 0) {
  const auto time = parse_time(text, format, zone_minutes);
  return time ? to_text(*time) : "none";
}

TEST(TimeFormat, ReadsWhatItsConversionsSay) {
  EXPECT_EQ(read("2010-12-01 08:26:00", "%Y-%m-%d %H:%M:%S"), "2010-12-01T08:26:00.000Z");
  EXPECT_EQ(read("1/12/2010 8:26", "%d/%m/%Y %H:%M"), "2010-12-01T08:26:00.000Z");
  EXPECT_EQ(read("12/01/10 08:26 PM", "%m/%d/%y %I:%M %p"), "2010-12-01T20:26:00.000Z");
  EXPECT_EQ(read("12:05 am 1 Dec 1999", "%I:%M %p %d %b %Y"), "1999-12-01T00:05:00.000Z");
  EXPECT_EQ(read("20101201T082600.1239+0100", "%Y%m%dT%H%M%S.%f%z"), "2010-12-01T07:26:00.123Z");
  EXPECT_EQ(read("100% 2010", "100%% %Y"), "2010-01-01T00:00:00.000Z");
}

TEST(TimeFormat, ReadsIsoAndEpochs) {
  EXPECT_EQ(read("2010-12-01", "iso"), "2010-12-01T00:00:00.000Z");
  EXPECT_EQ(read("2010-12-01 08:26:00+00", "iso"), "2010-12-01T08:26:00.000Z");
  EXPECT_EQ(read("1291191960", "epoch_seconds"), "2010-12-01T08:26:00.000Z");
  EXPECT_EQ(read("1291191960.25", "epoch_seconds"), "2010-12-01T08:26:00.250Z");
  EXPECT_EQ(read("-1.5", "epoch_seconds"), "1969-12-31T23:59:58.500Z");
  EXPECT_EQ(read("1291191960000", "epoch_ms"), "2010-12-01T08:26:00.000Z");
}

TEST(TimeFormat, ZoneHoldsForTextsWithoutOneOfTheirOwn) {
  EXPECT_EQ(read("2010-12-01 08:26", "%Y-%m-%d %H:%M", 60), "2010-12-01T07:26:00.000Z");
  EXPECT_EQ(read("2010-12-01 08:26 Z", "%Y-%m-%d %H:%M %z", 60), "2010-12-01T08:26:00.000Z");
  EXPECT_EQ(read("2010-12-01T08:26:00", "iso", -300), "2010-12-01T13:26:00.000Z");
  EXPECT_EQ(read("2010-12-01T08:26:00Z", "iso", -300), "2010-12-01T08:26:00.000Z");
}

TEST(TimeFormat, RefusesWhatIsNoDate) {
  EXPECT_EQ(read("2010-02-29", "%Y-%m-%d"), "none");
  EXPECT_EQ(read("2010-13-01", "%Y-%m-%d"), "none");
  EXPECT_EQ(read("2010-12-01 24:00", "%Y-%m-%d %H:%M"), "none");
  EXPECT_EQ(read("2010-12-01x", "%Y-%m-%d"), "none");
  EXPECT_EQ(read("2010-12", "%Y-%m-%d"), "none");
  EXPECT_EQ(read("", "%Y-%m-%d"), "none");
  EXPECT_EQ(read("13:00 PM 2010", "%I:%M %p %Y"), "none");
  EXPECT_EQ(read("99999999999999999999", "epoch_seconds"), "none");
  EXPECT_EQ(read("12x", "epoch_ms"), "none");
}

TEST(TimeFormat, SaysWhatIsWrongWithAFormat) {
  EXPECT_TRUE(check_time_format("%d.%m.%Y"));
  EXPECT_TRUE(check_time_format("iso"));
  EXPECT_TRUE(check_time_format("%Q").error().message.contains("\"%Q\" is no part of a time; allowed: %Y"));
  EXPECT_FALSE(check_time_format("%Y-%"));
  EXPECT_TRUE(check_time_format("dd.mm.yyyy").error().message.contains("names no year"));
}

TEST(TimeZone, IsUtcOrAnOffset) {
  EXPECT_EQ(parse_zone("UTC"), 0);
  EXPECT_EQ(parse_zone("+05:30"), 330);
  EXPECT_EQ(parse_zone("-0800"), -480);
  EXPECT_EQ(parse_zone("Europe/Rome"), std::nullopt);
  EXPECT_EQ(parse_zone("+25:00"), std::nullopt);
}

}  // namespace
}  // namespace tessera::cli

#include "cel/zones.h"

#include <gtest/gtest.h>

#include "cel/instant.h"

namespace tessera::cel {
namespace {

// The offset in minutes; -9999 if there is no such zone.
int offset(std::string_view zone, std::string_view at) {
  const auto seconds = zone_offset(zone, parse_timestamp(at).value().seconds);
  return seconds ? *seconds / 60 : -9999;
}

TEST(Zones, SwitchAtTheSecond) {
  EXPECT_EQ(offset("Europe/Berlin", "2024-03-31T00:59:59Z"), 60);
  EXPECT_EQ(offset("Europe/Berlin", "2024-03-31T01:00:00Z"), 120);
  EXPECT_EQ(offset("Europe/Berlin", "2024-10-27T00:59:59Z"), 120);
  EXPECT_EQ(offset("Europe/Berlin", "2024-10-27T01:00:00Z"), 60);
}

TEST(Zones, HaveTheirHistory) {
  EXPECT_EQ(offset("America/New_York", "2006-03-20T12:00:00Z"), -300);  // before 2007 summer began in April
  EXPECT_EQ(offset("America/New_York", "2008-03-20T12:00:00Z"), -240);
  EXPECT_EQ(offset("Asia/Kolkata", "1943-06-01T00:00:00Z"), 390);
  EXPECT_EQ(offset("Pacific/Apia", "2011-12-29T12:00:00Z"), -600);  // and then the 30th was left out
  EXPECT_EQ(offset("Pacific/Apia", "2011-12-31T12:00:00Z"), 840);
  EXPECT_EQ(offset("America/New_York", "1800-01-01T00:00:00Z"), -296);
}

TEST(Zones, GoOnByTheirRules) {
  EXPECT_EQ(offset("America/New_York", "2500-07-01T00:00:00Z"), -240);
  EXPECT_EQ(offset("America/New_York", "2500-12-01T00:00:00Z"), -300);
  EXPECT_EQ(offset("Australia/Sydney", "2500-01-01T00:00:00Z"), 660);  // summer goes over the year's end
  EXPECT_EQ(offset("Australia/Sydney", "2500-06-01T00:00:00Z"), 600);
  EXPECT_EQ(offset("Asia/Kathmandu", "9999-12-31T23:59:59Z"), 345);
  EXPECT_EQ(offset("Europe/Dublin", "2040-07-01T00:00:00Z"), 60);
  EXPECT_EQ(offset("Europe/Dublin", "2040-01-01T00:00:00Z"), 0);
}

TEST(Zones, HaveOtherNames) {
  EXPECT_EQ(offset("US/Central", "2024-01-01T00:00:00Z"), offset("America/Chicago", "2024-01-01T00:00:00Z"));
  EXPECT_EQ(offset("UTC", "2024-01-01T00:00:00Z"), 0);
  EXPECT_EQ(offset("Etc/GMT+5", "2024-01-01T00:00:00Z"), -300);
}

TEST(Zones, ThatDoNotExistAreNone) {
  for (const std::string_view zone :
       {"", "Europe", "europe/berlin", "Europe/Berlin ", "localtime", "Factory", "CEST"}) {
    EXPECT_EQ(offset(zone, "2024-01-01T00:00:00Z"), -9999) << zone;
  }
}

}  // namespace
}  // namespace tessera::cel

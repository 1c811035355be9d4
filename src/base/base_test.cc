#include <gtest/gtest.h>

#include "base/closest.h"
#include "base/crc32c.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace tessera {
namespace {

std::string reprinted(std::string_view text) {
  const auto time = parse_timestamp(text);
  return time ? to_text(*time) : "refused";
}

TEST(Time, ReadsIso8601AndPrintsUtc) {
  EXPECT_EQ(reprinted("2024-03-01T10:11:12.345Z"), "2024-03-01T10:11:12.345Z");
  EXPECT_EQ(reprinted("2024-03-01T10:11:12+01:00"), "2024-03-01T09:11:12.000Z");
  EXPECT_EQ(reprinted("2010-12-01 08:26:00"), "2010-12-01T08:26:00.000Z");
  EXPECT_EQ(reprinted("2024-02-29"), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(reprinted("1969-12-31T23:59:59.999Z"), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(reprinted("2024-03-01T10:11:12.3456789-0530"), "2024-03-01T15:41:12.345Z");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const auto* text : {"", "yesterday", "2023-02-29", "2024-13-01", "2024-03-01T25:00:00Z", "2024-03-01T10:11:12.Z",
                           "2024-03-01T10:11:12Zjunk", "0000-01-01", "2024-3-1", "20240301T101112Z"}) {
    EXPECT_EQ(reprinted(text), "refused") << text;
  }
}

TEST(Ids, TextRoundTripsAndSortsAsTheNumbers) {
  const ProfileId small{258};
  const ProfileId large{~0ULL};
  EXPECT_EQ(to_text(small).size(), 14U);
  EXPECT_EQ(parse_profile_id(to_text(small)), small);
  EXPECT_EQ(parse_profile_id(to_text(large)), large);
  EXPECT_LT(to_text(small), to_text(large));
  EXPECT_EQ(shard_of(small), 2U);
  EXPECT_FALSE(parse_profile_id("p123"));
  EXPECT_FALSE(parse_profile_id("pzzzzzzzzzzzzz"));  // over 64 bits
  EXPECT_FALSE(parse_profile_id("p000000000000u"));  // no such digit
}

TEST(Json, WriterPlacesCommasAndEscapes) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("a\"b").string("x\ny\x01").key("n").begin_array().number(1).decimal(0.1).null().end_array();
  json.key("o").begin_object().end_object().key("t").boolean(true).end_object();
  EXPECT_EQ(out, R"({"a\"b":"x\ny\u0001","n":[1,0.1,null],"o":{},"t":true})");
}

TEST(Json, BrokenUtf8BecomesTheReplacementCharacter) {
  std::string out;
  append_json_string(out, "caf\xC3\xA9 \xC3( \xED\xA0\x80");
  EXPECT_EQ(out, "\"caf\xC3\xA9 \xEF\xBF\xBD( \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(Hash, ValuesArePinnedBecauseTheyReachDisk) {
  EXPECT_EQ(hash64("tessera"), hash64("tessera"));
  EXPECT_NE(hash64("tessera"), hash64("tessera", 1));
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2ULL);  // XXH3's own published value for no bytes
}

TEST(Crc32c, GivesThePublishedCheckValueWholeOrInPieces) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xE3069283U);
}

Result<int> half(int n) {
  if (n % 2 != 0) return error(Code::kInvalidArgument, "odd");
  return n / 2;
}

Result<int> quarter(int n) {
  TRY_ASSIGN(const int halved, half(n));
  return half(halved);
}

TEST(Result, ErrorsTravelUpThroughTry) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_EQ(http_status(quarter(7).error().code), 400);
}

TEST(Closest, IsFoundWithinTwoLetters) {
  const std::string_view known[] = {"source", "segment", "trait", "mapping", "identity_rules"};
  EXPECT_EQ(closest("sourse", known), "source");
  EXPECT_EQ(closest("tarit", known), "trait");
  EXPECT_EQ(closest("identity-rule", known), "identity_rules");
  EXPECT_EQ(closest("source", known), "source");
  EXPECT_EQ(closest("campaign", known), "");
  EXPECT_EQ(closest("", known), "");
  EXPECT_EQ(closest(std::string(10'000, 'x'), known), "");
}

}  // namespace
}  // namespace tessera

#include "http/text.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace tessera::http {
namespace {

std::string gzip(std::string_view bytes) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, bytes.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

TEST(PercentDecode, DecodesPairsAndRefusesHalfOnes) {
  EXPECT_EQ(percent_decode("jane%40example.com"), "jane@example.com");
  EXPECT_EQ(percent_decode("a+b%2Fc%2f"), "a+b/c/");
  EXPECT_EQ(percent_decode(""), "");
  for (const char* bad : {"%", "%4", "%4x", "%xx", "a%", "%00"}) EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
}

TEST(QueryValue, FindsTheFirstAndDecodesIt) {
  EXPECT_EQ(query_value("a=1&b=x%20y+z&b=2", "b"), "x y z");
  EXPECT_EQ(query_value("a&b=", "a"), "");
  EXPECT_EQ(query_value("a&b=", "b"), "");
  EXPECT_EQ(query_value("", "b"), std::nullopt);
  EXPECT_EQ(query_value("&&&=&", "b"), std::nullopt);
  EXPECT_EQ(query_value("b=%zz", "b"), std::nullopt);
}

TEST(QueryNumber, KeepsToItsRange) {
  EXPECT_EQ(*query_number("limit=7", "limit", 1, 10, 5), 7);
  EXPECT_EQ(*query_number("", "limit", 1, 10, 5), 5);
  for (const char* bad : {"limit=0", "limit=11", "limit=", "limit=x", "limit=1x", "limit=99999999999999999999"}) {
    EXPECT_FALSE(query_number(bad, "limit", 1, 10, 5)) << bad;
  }
}

TEST(Base64Decode, TakesItWithAndWithoutPadding) {
  EXPECT_EQ(base64_decode("dGVzdF93cml0ZV9rZXk6"), "test_write_key:");
  EXPECT_EQ(base64_decode("YQ=="), "a");
  EXPECT_EQ(base64_decode("YQ"), "a");
  EXPECT_EQ(base64_decode(""), "");
  for (const char* bad : {"Y", "=", "Y===", "Y!==", "YQ==YQ=="}) EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
}

TEST(ParseAuthorization, ReadsBasicAndBearer) {
  const auto basic = parse_authorization("Basic dGVzdF93cml0ZV9rZXk6");
  ASSERT_TRUE(basic);
  EXPECT_EQ(basic->scheme, Credentials::Scheme::kBasic);
  EXPECT_EQ(basic->user, "test_write_key");
  const auto bearer = parse_authorization("  bearer   tsr_x ");
  ASSERT_TRUE(bearer);
  EXPECT_EQ(bearer->scheme, Credentials::Scheme::kBearer);
  EXPECT_EQ(bearer->user, "tsr_x");
  EXPECT_EQ(parse_authorization("basic YQ==")->user, "a");  // no colon: all of it
  for (const char* bad : {"", "Basic", "Basic ", "Basic Og==", "Basic !", "Bearer ", "Digest x", "x"}) {
    EXPECT_FALSE(parse_authorization(bad)) << bad;
  }
}

TEST(ValidHost, RefusesWhatIsNoHost) {
  for (const char* good : {"localhost", "127.0.0.1:8080", "[::1]:80", "shop.example"}) EXPECT_TRUE(valid_host(good));
  for (const char* bad : {"", "a b", "a/b", "a\"b", "a\r\nb", "<script>"}) EXPECT_FALSE(valid_host(bad)) << bad;
  EXPECT_FALSE(valid_host(std::string(256, 'a')));
}

TEST(QueryPairs, GivesAllThatCanBeDecodedInOrder) {
  const auto pairs = query_pairs("a=1&b=x+y%26&&c&=5&%zz=1&d=%zz&a=2");
  ASSERT_EQ(pairs.size(), 4U);
  EXPECT_EQ(pairs[1].name + "=" + pairs[1].value, "b=x y&");
  EXPECT_EQ(pairs[2].name + "=" + pairs[2].value, "c=");
  EXPECT_EQ(pairs[3].name + "=" + pairs[3].value, "a=2");
  std::string many;
  for (int i = 0; i < 200; ++i) many += "a=1&";
  EXPECT_EQ(query_pairs(many).size(), 100U);
}

TEST(Gunzip, UnpacksOneMemberAndSeveral) {
  EXPECT_EQ(*gunzip(gzip("hello"), 100), "hello");
  EXPECT_EQ(*gunzip(gzip("hello ") + gzip("world"), 100), "hello world");
  EXPECT_EQ(*gunzip(gzip(""), 100), "");
}

TEST(Gunzip, StopsAtTheLimit) {
  const std::string bomb = gzip(std::string(50'000'000, 'x'));
  ASSERT_LT(bomb.size(), 100'000U);
  const auto refused = gunzip(bomb, 500'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooLarge);
  EXPECT_EQ(gunzip(gzip(std::string(1'000, 'x')), 1'000)->size(), 1'000U);
  EXPECT_FALSE(gunzip(gzip(std::string(1'001, 'x')), 1'000));
}

TEST(Gunzip, TellsWhatIsNotGzipOrCutShort) {
  const std::string whole = gzip("hello hello hello");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto answer = gunzip(std::string_view(whole).substr(0, size), 100);
    ASSERT_FALSE(answer) << size;
    EXPECT_EQ(answer.error().code, Code::kInvalidArgument);
  }
  std::string damaged = whole;
  damaged[damaged.size() - 5] ^= 1;  // the checksum
  EXPECT_FALSE(gunzip(damaged, 100));
  EXPECT_FALSE(gunzip("{\"a\":1}", 100));
  EXPECT_FALSE(gunzip(whole + "tail", 100));
}

}  // namespace
}  // namespace tessera::http

#include "access/tokens.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "testing/manual_clock.h"

namespace tessera::access {
namespace {

class TokensTest : public ::testing::Test {
 protected:
  TokensTest() {
    std::string pattern = ::testing::TempDir() + "tokens-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~TokensTest() override { std::filesystem::remove_all(folder_); }
  std::unique_ptr<Tokens> open() {
    auto tokens = Tokens::open(folder_ + "/access", clock_);
    EXPECT_TRUE(tokens) << tokens.error().message;
    return std::move(*tokens);
  }
  std::string file() const { return folder_ + "/access/tokens.json"; }

  std::string folder_;
  tessera::testing::ManualClock clock_;
};

TEST_F(TokensTest, AFreshFolderHasNone) {
  EXPECT_TRUE(open()->empty());
  EXPECT_FALSE(open()->verify("tsr_x"));
  EXPECT_FALSE(open()->verify(""));
}

TEST_F(TokensTest, AMadeTokenHoldsNowAndAfterARestart) {
  auto tokens = open();
  const std::string token = *tokens->make();
  EXPECT_EQ(token.size(), 44U);
  EXPECT_TRUE(token.starts_with("tsr_"));
  EXPECT_TRUE(tokens->verify(token));
  EXPECT_FALSE(tokens->empty());
  EXPECT_TRUE(open()->verify(token));
  EXPECT_FALSE(tokens->verify(token + "x"));
  EXPECT_FALSE(tokens->verify(token.substr(0, 43)));
}

TEST_F(TokensTest, TheFileHoldsNoTokenAndOnlyItsOwnerReadsIt) {
  const std::string token = *open()->make();
  std::ifstream in(file());
  const std::string text(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(text.find(token.substr(4)), std::string::npos);
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(TokensTest, ATokenThatAnotherProcessMadeIsSeenWithinASecond) {
  auto server = open();
  const std::string first = *server->make();
  EXPECT_FALSE(server->verify("tsr_unknown"));
  const std::string second = *open()->make();
  clock_.advance(1'000);
  EXPECT_TRUE(server->verify(second));
  EXPECT_TRUE(server->verify(first));
}

TEST_F(TokensTest, ADamagedFileIsTold) {
  const std::string token = *open()->make();
  std::ofstream(file()) << R"({"tokens":[{"sha256":"00","created_at":"2024-01-01T00:00:00Z"}]})";
  const auto tokens = Tokens::open(folder_ + "/access", clock_);
  ASSERT_FALSE(tokens);
  EXPECT_EQ(tokens.error().code, Code::kDataLoss);
}

TEST_F(TokensTest, VeryLongTokensAreRefused) {
  EXPECT_FALSE(open()->verify(std::string(1'000'000, 'x')));
}

}  // namespace
}  // namespace tessera::access

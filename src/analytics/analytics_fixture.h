// A folder of its own for each test of this module, and short ways to ask.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "analytics/analytics.h"

namespace tessera::analytics {

class AnalyticsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("analytics_" + std::to_string(getpid()) + "_" + test->test_suite_name() + "_" + test->name());
    std::filesystem::remove_all(folder_);
    options_.folder = folder_;
    options_.source_name = [](SourceId id) -> std::optional<std::string> {
      if (id.value == 1) return "web";
      return std::nullopt;
    };
  }

  void TearDown() override {
    analytics_.reset();
    std::filesystem::remove_all(folder_);
  }

  Analytics& open() {
    analytics_.reset();
    auto opened = Analytics::open(options_);
    EXPECT_TRUE(opened) << opened.error().message;
    analytics_ = std::move(*opened);
    return *analytics_;
  }

  // The answer's rows as JSON, e.g. [[1,"a"]]; or the error.
  std::string rows(std::string_view query) {
    EXPECT_TRUE(analytics_->fresh(analytics_->stats().accepted, 60'000));  // however busy the machine is
    const auto answer = analytics_->sql(query, Format::kJson);
    if (!answer) return answer.error().message;
    const std::size_t from = answer->text.find("\"rows\":") + 7;
    return answer->text.substr(from, answer->text.rfind(",\"truncated\"") - from);
  }

  std::filesystem::path folder_;
  Options options_;
  std::unique_ptr<Analytics> analytics_;
};

}  // namespace tessera::analytics

// A file's lines, one after another. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/text_input.h"

namespace tessera::cli {

inline constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;

class LineReader {
 public:
  explicit LineReader(std::unique_ptr<TextInput> input) : input_(std::move(input)) {}

  // The next line that is not blank, without its end; false at the end of the file. kInvalidArgument for one of more
  // than kMaxLineBytes.
  Result<bool> next(std::string& line);

  std::uint64_t number() const { return number_; }  // of the line read last, from 1
  double done() const { return input_->done(); }

 private:
  Result<bool> next_line(std::string& line);

  std::unique_ptr<TextInput> input_;
  std::string_view piece_;
  std::uint64_t number_ = 0;
};

}  // namespace tessera::cli

// CSV as it comes (RFC 4180 and its neighbours): records with the number of the line that each begins in.
//
// Lines end in LF, CRLF or CR; quoted fields may hold delimiters, doubled quotes and line ends; a byte order mark is
// skipped, and so are empty lines. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/text_input.h"

namespace tessera::cli {

struct CsvOptions {
  char delimiter = ',';
  char quote = '"';
};

struct CsvRecord {
  std::uint64_t line = 0;           // of the file, from 1
  std::vector<std::string> fields;  // bytes, without quotes
  std::string problem;              // why the record is broken; empty if it is not
};

inline constexpr std::size_t kMaxRecordBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxFields = 10'000;

class CsvReader {
 public:
  CsvReader(std::unique_ptr<TextInput> input, const CsvOptions& options);

  // The next record; false at the end. kInvalidArgument for a file that cannot be read on: a record over
  // kMaxRecordBytes (mostly a quote that never closes), or UTF-16.
  Result<bool> next(CsvRecord& record);
  double done() const { return input_->done(); }

 private:
  enum class State : std::uint8_t { kFieldStart, kPlain, kQuoted, kQuoteInQuoted };

  Result<bool> more();
  void take(char c, CsvRecord& record, bool& ended);
  void take_outside(char c, CsvRecord& record, bool& ended);
  void end_field(CsvRecord& record);
  void start(CsvRecord& record);
  Status check_start();

  std::unique_ptr<TextInput> input_;
  CsvOptions options_;
  std::string_view piece_;
  std::uint64_t line_ = 1;  // where the next byte is
  State state_ = State::kFieldStart;
  bool after_cr_ = false;  // the last byte ended a line with CR: an LF belongs to it
  bool at_start_ = true;
  bool any_quotes_ = false;  // in this record
  std::string field_;
  std::size_t record_bytes_ = 0;
};

}  // namespace tessera::cli

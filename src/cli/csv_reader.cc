#include "cli/csv_reader.h"

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/text_input.h"

namespace tessera::cli {

CsvReader::CsvReader(std::unique_ptr<TextInput> input, const CsvOptions& options)
    : input_(std::move(input)), options_(options) {}

Result<bool> CsvReader::more() {
  TRY_ASSIGN(piece_, input_->read());
  if (piece_.empty()) return false;
  if (at_start_) TRY(check_start());
  at_start_ = false;
  return true;
}

Status CsvReader::check_start() {
  if (piece_.starts_with("\xFF\xFE") || piece_.starts_with("\xFE\xFF")) {
    return error(Code::kInvalidArgument, "the file is UTF-16: save it as UTF-8 (iconv -f utf-16 -t utf-8)");
  }
  if (piece_.starts_with("\xEF\xBB\xBF")) piece_.remove_prefix(3);
  return {};
}

void CsvReader::start(CsvRecord& record) {
  record.line = line_;
  record.fields.clear();
  record.problem.clear();
  state_ = State::kFieldStart;
  field_.clear();
  record_bytes_ = 0;
  any_quotes_ = false;
}

void CsvReader::end_field(CsvRecord& record) {
  if (record.fields.size() == kMaxFields) {
    record.problem = "more than " + std::to_string(kMaxFields) + " fields";
  } else {
    record.fields.push_back(field_);
  }
  field_.clear();
  state_ = State::kFieldStart;
}

// A character that is not inside quotes.
void CsvReader::take_outside(char c, CsvRecord& record, bool& ended) {
  if (c == options_.delimiter) {
    end_field(record);
  } else if (c == '\n' || c == '\r') {
    end_field(record);
    ++line_;
    after_cr_ = c == '\r';
    ended = true;
  } else if (c == options_.quote && state_ == State::kFieldStart) {
    state_ = State::kQuoted;
    any_quotes_ = true;
  } else {
    if (state_ == State::kQuoteInQuoted)
      record.problem = "a field goes on after its closing quote: double quotes that are part of it";
    state_ = State::kPlain;
    field_ += c;
  }
}

void CsvReader::take(char c, CsvRecord& record, bool& ended) {
  ++record_bytes_;
  if (state_ == State::kQuoted) {
    if (c == options_.quote) {
      state_ = State::kQuoteInQuoted;
    } else {
      if (c == '\n') ++line_;
      field_ += c;
    }
  } else if (state_ == State::kQuoteInQuoted && c == options_.quote) {
    state_ = State::kQuoted;
    field_ += c;
  } else {
    take_outside(c, record, ended);
  }
}

Result<bool> CsvReader::next(CsvRecord& record) {
  start(record);
  while (true) {
    if (piece_.empty()) {
      TRY_ASSIGN(const bool more_to_come, more());
      if (!more_to_come) break;
    }
    bool ended = false;
    std::size_t used = 0;
    if (after_cr_ && piece_[0] == '\n') used = 1;
    after_cr_ = false;
    while (used < piece_.size() && !ended) take(piece_[used++], record, ended);
    piece_.remove_prefix(used);
    if (record_bytes_ > kMaxRecordBytes) {
      return error(Code::kInvalidArgument,
                   "the record that begins in line " + std::to_string(record.line) +
                       " does not end within 16 MB: is a quote left open, or `quote` wrong in the mapping?");
    }
    if (!ended) continue;
    if (record.fields.size() > 1 || !record.fields[0].empty() || any_quotes_) return true;
    start(record);
  }
  if (record_bytes_ == 0) return false;  // nothing after the last line end
  if (state_ == State::kQuoted) record.problem = "a quoted field does not end before the file does";
  end_field(record);
  return true;
}

}  // namespace tessera::cli

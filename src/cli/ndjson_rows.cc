#include <simdjson.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/mapping.h"
#include "cli/row_reader.h"
#include "cli/text_input.h"

namespace tessera::cli {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;

// "customer.email" as the JSON pointer "/customer/email" (RFC 6901).
std::string pointer_of(std::string_view path) {
  std::string out = "/";
  for (const char c : path) {
    if (c == '.') {
      out += '/';
    } else if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

// A number keeps the text it was written with; lists and objects are given as their JSON.
simdjson::error_code text_of(ondemand::value value, std::optional<std::string>& out) {
  ondemand::json_type type;
  if (const auto failed = value.type().get(type)) return failed;
  if (type == ondemand::json_type::null) return simdjson::SUCCESS;
  if (type == ondemand::json_type::string) {
    std::string_view text;
    if (const auto failed = value.get_string().get(text)) return failed;
    out = text;
    return simdjson::SUCCESS;
  }
  std::string_view text;
  if (type == ondemand::json_type::object || type == ondemand::json_type::array) {
    if (const auto failed = simdjson::to_json_string(value).get(text)) return failed;
  } else {
    text = value.raw_json_token();
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  out = text;
  return simdjson::SUCCESS;
}

class NdjsonRows : public RowReader {
 public:
  NdjsonRows(std::unique_ptr<TextInput> input, const Mapping& mapping)
      : input_(std::move(input)), nulls_(mapping.format.nulls) {
    for (const Column& column : mapping.columns) pointers_.push_back(pointer_of(column.from));
  }

  Result<bool> next(RawRow& row) override {
    do {
      TRY_ASSIGN(const bool any, next_line());
      if (!any) return false;
    } while (line_.find_first_not_of(" \t\r") == std::string::npos);
    row.line = number_;
    row.problem.clear();
    row.values.assign(pointers_.size(), std::nullopt);
    read_values(row);
    return true;
  }

  double done() const override { return input_->done(); }

 private:
  Result<bool> next_line() {
    line_.clear();
    ++number_;
    while (true) {
      if (piece_.empty()) {
        TRY_ASSIGN(piece_, input_->read());
        if (piece_.empty()) return !line_.empty();
      }
      const std::size_t end = piece_.find('\n');
      line_ += piece_.substr(0, end);
      if (line_.size() > kMaxLineBytes) {
        return error(Code::kInvalidArgument,
                     "line " + std::to_string(number_) + " has more than 16 MB: is this one JSON object a line?");
      }
      piece_.remove_prefix(end == std::string_view::npos ? piece_.size() : end + 1);
      if (end != std::string_view::npos) return true;
    }
  }

  void read_values(RawRow& row) {
    // The lazy parser that keeps numbers' text does not look at what it is not asked for: the other one checks the
    // line.
    const simdjson::padded_string padded(line_);
    simdjson::dom::element checked;
    if (const auto failed = checker_.parse(padded).get(checked)) {
      row.problem = std::string("no valid JSON: ") + simdjson::error_message(failed);
      return;
    }
    if (!checked.is_object()) {
      row.problem = "not a JSON object";
      return;
    }
    ondemand::document document;
    if (const auto failed = parser_.iterate(padded).get(document)) {
      row.problem = std::string("no valid JSON: ") + simdjson::error_message(failed);
      return;
    }
    for (std::size_t i = 0; i < pointers_.size(); ++i) {
      ondemand::value value;
      const auto found = document.at_pointer(pointers_[i]).get(value);
      // A missing key, or a path through something that is no object, is a value that is not there.
      if (found == simdjson::NO_SUCH_FIELD || found == simdjson::INVALID_JSON_POINTER ||
          found == simdjson::INCORRECT_TYPE || found == simdjson::INDEX_OUT_OF_BOUNDS) {
        continue;
      }
      if (const auto failed = found != simdjson::SUCCESS ? found : text_of(value, row.values[i])) {
        row.problem = std::string("no valid JSON: ") + simdjson::error_message(failed);
        return;
      }
      if (row.values[i] && std::ranges::find(nulls_, *row.values[i]) != nulls_.end()) row.values[i].reset();
    }
  }

  std::unique_ptr<TextInput> input_;
  std::vector<std::string> nulls_;
  std::vector<std::string> pointers_;  // one for each column
  std::string_view piece_;
  std::string line_;
  std::uint64_t number_ = 0;
  simdjson::dom::parser checker_;
  ondemand::parser parser_;
};

}  // namespace

Result<std::unique_ptr<RowReader>> open_ndjson_rows(std::unique_ptr<TextInput> input, const Mapping& mapping) {
  return std::make_unique<NdjsonRows>(std::move(input), mapping);
}

}  // namespace tessera::cli

#include <simdjson.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/line_reader.h"
#include "cli/mapping.h"
#include "cli/row_reader.h"
#include "cli/text_input.h"

namespace tessera::cli {

namespace {

namespace ondemand = simdjson::ondemand;

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
      : lines_(std::move(input)), nulls_(mapping.format.nulls) {
    for (const Column& column : mapping.columns) pointers_.push_back(pointer_of(column.from));
  }

  Result<bool> next(RawRow& row) override {
    TRY_ASSIGN(const bool any, lines_.next(line_));
    if (!any) return false;
    row.line = lines_.number();
    row.problem.clear();
    row.values.assign(pointers_.size(), std::nullopt);
    read_values(row);
    return true;
  }

  double done() const override { return lines_.done(); }

 private:
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

  LineReader lines_;
  std::vector<std::string> nulls_;
  std::vector<std::string> pointers_;  // one for each column
  std::string line_;
  simdjson::dom::parser checker_;
  ondemand::parser parser_;
};

}  // namespace

Result<std::unique_ptr<RowReader>> open_ndjson_rows(std::unique_ptr<TextInput> input, const Mapping& mapping) {
  return std::make_unique<NdjsonRows>(std::move(input), mapping);
}

}  // namespace tessera::cli

#include "cli/event_builder.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "base/result.h"
#include "cli/cell.h"
#include "cli/decimal.h"
#include "cli/mapping.h"
#include "cli/row_store.h"

namespace tessera::cli {

namespace {

// Its length in front keeps ("a", "bc") and ("ab", "c") apart.
void append_part(std::string& key, std::string_view text) {
  key += std::to_string(text.size()) + ":" + std::string(text);
}

bool holds(const Condition& condition, const CellRow& row) {
  using enum Condition::Test;
  const Cell& cell = row[condition.column];
  const auto any = [&](auto test) { return cell.present && std::ranges::any_of(condition.texts, test); };
  switch (condition.test) {
    case kEquals:
    case kOneOf:
      return any([&](const std::string& text) { return cell.text == text; });
    case kStartsWith:
      return any([&](const std::string& text) { return cell.text.starts_with(text); });
    case kEndsWith:
      return any([&](const std::string& text) { return cell.text.ends_with(text); });
    case kEmpty:
      return !cell.present;
    case kNotEmpty:
      return cell.present;
  }
  return false;
}

bool all_hold(const std::vector<Condition>& conditions, const CellRow& row) {
  return std::ranges::all_of(conditions, [&](const Condition& condition) { return holds(condition, row); });
}

// Evaluates values for one event: single values from `row`, the others from all `rows`.
class Evaluator {
 public:
  Evaluator(const Mapping& mapping, const CellRow& row, const std::vector<CellRow>& rows)
      : columns_(mapping.columns), row_(row), rows_(rows) {}

  // Nullopt where there is no value.
  std::optional<std::string> text(const Value& value) const {
    if (!all_hold(value.when, row_)) return std::nullopt;
    switch (value.kind) {
      case Value::Kind::kConstant:
        return value.text;
      case Value::Kind::kColumn: {
        const Cell& cell = row_[value.columns[0]];
        return cell.present ? std::optional(cell.text) : std::nullopt;
      }
      case Value::Kind::kText:
        return pieces(value);
      case Value::Kind::kChoose: {
        const Value* choice = chosen(value);
        return choice == nullptr ? std::nullopt : text(*choice);
      }
      default:
        return std::nullopt;
    }
  }

  // The value as JSON; nullopt where there is none.
  Result<std::optional<std::string>> json(const Value& value) const {
    using enum Value::Kind;
    if (!all_hold(value.when, row_)) return std::nullopt;
    switch (value.kind) {
      case kConstant:
        return value.json;
      case kColumn:
        return cell_json(value.columns[0]);
      case kText:
        return text_json(pieces(value));
      case kSum:
      case kSumProduct:
        return sum(value);
      case kCount:
        return std::to_string(count(value));
      case kEach:
        return each(value);
      case kChoose:
        break;
    }
    const Value* choice = chosen(value);
    if (choice == nullptr) return std::nullopt;
    return json(*choice);
  }

  // An object of those fields that have a value; nullopt if none has.
  Result<std::optional<std::string>> object(const std::vector<Field>& fields) const {
    std::string out;
    JsonWriter writer(out);
    writer.begin_object();
    for (const Field& field : fields) {
      TRY_ASSIGN(const std::optional<std::string> made, json(field.value));
      if (made) writer.key(field.name).raw(*made);
    }
    writer.end_object();
    return out == "{}" ? std::nullopt : std::optional(std::move(out));
  }

 private:
  const Value* chosen(const Value& value) const {
    for (const Value& choice : value.choices) {
      if (all_hold(choice.when, row_)) return &choice;
    }
    return nullptr;
  }

  std::optional<std::string> cell_json(std::size_t column) const {
    if (!row_[column].present) return std::nullopt;
    std::string out;
    append_cell_json(columns_[column], row_[column], out);
    return out;
  }

  static std::optional<std::string> text_json(const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    std::string out;
    append_json_string(out, *text);
    return out;
  }

  std::optional<std::string> pieces(const Value& value) const {
    std::string out;
    for (const Value::Piece& piece : value.pieces) {
      if (!piece.column) {
        out += piece.text;
        continue;
      }
      if (!row_[*piece.column].present) return std::nullopt;
      out += row_[*piece.column].text;
    }
    return out;
  }

  // A row in which a factor is empty adds nothing.
  Result<std::optional<std::string>> sum(const Value& value) const {
    std::optional<Decimal> total = Decimal();
    for (const CellRow& row : rows_) {
      const bool complete = std::ranges::all_of(value.columns, [&](std::size_t i) { return row[i].present; });
      if (!complete) continue;
      std::optional<Decimal> product = row[value.columns[0]].number;
      for (std::size_t i = 1; i < value.columns.size() && product; ++i) {
        product = Decimal::multiply(*product, row[value.columns[i]].number);
      }
      total = product ? Decimal::add(*total, *product) : std::nullopt;
      if (!total)
        return error(Code::kInvalidArgument, "the sum of " + columns_[value.columns[0]].name + " has too many digits");
    }
    return total->to_text();
  }

  std::size_t count(const Value& value) const {
    if (value.columns.empty()) return rows_.size();
    return static_cast<std::size_t>(
        std::ranges::count_if(rows_, [&](const CellRow& row) { return row[value.columns[0]].present; }));
  }

  Result<std::optional<std::string>> each(const Value& value) const {
    std::string out;
    JsonWriter writer(out);
    writer.begin_array();
    for (const CellRow& row : rows_) {
      TRY_ASSIGN(const std::optional<std::string> made, Evaluator(row, *this).object(value.fields));
      writer.raw(made.value_or("{}"));
    }
    writer.end_array();
    return out;
  }

  Evaluator(const CellRow& row, const Evaluator& outer) : columns_(outer.columns_), row_(row), rows_(outer.rows_) {}

  const std::vector<Column>& columns_;
  const CellRow& row_;
  const std::vector<CellRow>& rows_;
};

// Writes userId and its like; an error if nobody is named.
Status write_ids(const EventRule& rule, const Evaluator& values, JsonWriter& json) {
  const auto write = [&](std::string_view key, const std::optional<Value>& value) {
    const std::optional<std::string> text = value ? values.text(*value) : std::nullopt;
    const bool named = text && !text->empty();
    if (named) json.key(key).string(*text);
    return named;
  };
  const bool user = write("userId", rule.user_id);
  const bool anonymous = write("anonymousId", rule.anonymous_id);
  if (!user && !anonymous) return error(Code::kInvalidArgument, "neither user_id nor anonymous_id has a value");
  if (rule.group_id && !write("groupId", rule.group_id)) return error(Code::kInvalidArgument, "group_id has no value");
  if (rule.previous_id && !write("previousId", rule.previous_id)) {
    return error(Code::kInvalidArgument, "previous_id has no value");
  }
  return {};
}

}  // namespace

std::optional<std::string> group_key(const std::vector<std::size_t>& group_by, const CellRow& row) {
  std::string key;
  for (const std::size_t column : group_by) {
    if (!row[column].present) return std::nullopt;
    append_part(key, row[column].text);
  }
  return key;
}

std::string message_id(const Mapping& mapping, const EventRule& rule, const RowGroup& group) {
  std::string subject = "key:";
  if (!rule.group_by.empty()) {
    subject += group.key;
  } else {
    // A row that nothing names apart is known by its place and all that it says.
    subject = "row:" + std::to_string(group.rows[0].line) + ":";
    for (const auto& value : group.rows[0].values) append_part(subject, value.value_or(""));
  }
  std::string id = mapping.name + "." + std::to_string(mapping.version) + "." + rule.kind + ".";
  append_hex(id, hash128(subject));
  return id;
}

Result<std::optional<std::string>> build_event(const Mapping& mapping, const EventRule& rule, const RowGroup& group,
                                               const std::vector<CellRow>& rows) {
  const CellRow& row = rule.last_row ? rows.back() : rows.front();
  if (!all_hold(rule.when, row) || (!rule.unless.empty() && all_hold(rule.unless, row))) return std::nullopt;
  const Evaluator values(mapping, row, rows);
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("type").string(rule.type);
  const std::optional<std::string> name = rule.name ? values.text(*rule.name) : std::nullopt;
  if (name && !name->empty()) {
    json.key(rule.type == "track" ? "event" : "name").string(*name);
  } else if (rule.type == "track") {
    return error(Code::kInvalidArgument, "the event's name has no value");
  }
  const Cell& time = row[rule.timestamp];
  if (!time.present) {
    return error(Code::kInvalidArgument,
                 mapping.columns[rule.timestamp].name + ": is empty, and the event needs a time");
  }
  json.key("messageId").string(message_id(mapping, rule, group)).key("timestamp").string(time.text);
  TRY(write_ids(rule, values, json));
  const std::array<std::pair<std::string_view, const std::vector<Field>*>, 3> objects = {
      {{"properties", &rule.properties}, {"traits", &rule.traits}, {"context", &rule.context}}};
  for (const auto& [key, fields] : objects) {
    TRY_ASSIGN(const std::optional<std::string> object, values.object(*fields));
    if (object) json.key(key).raw(*object);
  }
  json.end_object();
  if (out.size() > kMaxEventBytes) {
    return error(Code::kTooLarge,
                 "the event would have " + std::to_string(out.size()) + " bytes; at most 1 MB is taken");
  }
  return out;
}

}  // namespace tessera::cli

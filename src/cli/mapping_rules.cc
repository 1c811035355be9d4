#include "cli/mapping_rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/decimal.h"
#include "cli/mapping.h"
#include "cli/document.h"

namespace tessera::cli {

namespace {

constexpr int kMaxChooseDepth = 3;

// How a plain text is meant where a value stands: a column's name, or the text itself.
enum class PlainText : std::uint8_t { kColumn, kLiteral };

// What a value may be made of at its place.
struct Place {
  PlainText plain = PlainText::kColumn;
  bool group_values = true;  // aggregates and lists
  int depth = 0;             // of `choose`
};

bool is_number_text(std::string_view text) {
  return Decimal::parse(text).has_value() && text[0] != '+';
}

bool uses_group(const Value& value) {
  using enum Value::Kind;
  if (value.kind == kSum || value.kind == kSumProduct || value.kind == kCount || value.kind == kEach) return true;
  return std::ranges::any_of(value.choices, uses_group);
}

class RuleParser {
 public:
  RuleParser(const std::vector<Column>& columns, const DocumentReader& read) : columns_(columns), read_(read) {}

  Result<std::vector<EventRule>> parse(const DocumentNode& events, const DocumentNode* group_by) {
    std::vector<EventRule> out;
    if (group_by != nullptr) {
      TRY_ASSIGN(default_group_, column_list(*group_by));
    }
    if (events.kind != DocumentNode::Kind::kList || events.items.empty()) {
      return read_.refuse(events, "must be a list of at least one event");
    }
    if (events.items.size() > kMaxEventRules) return read_.refuse(events, "at most 50 events");
    for (const DocumentNode& item : events.items) {
      TRY_ASSIGN(EventRule rule, parse_rule(item));
      if (std::ranges::any_of(out, [&](const EventRule& other) { return other.kind == rule.kind; })) {
        return read_.refuse(item, "the kind \"" + rule.kind + "\" is there twice: kinds name the events apart");
      }
      out.push_back(std::move(rule));
    }
    return out;
  }

 private:
  Result<EventRule> parse_rule(const DocumentNode& node) {
    EventRule rule;
    TRY(read_.check_keys(node, {"kind", "type", "group_by", "row", "when", "unless", "name", "timestamp", "user_id",
                                "anonymous_id", "group_id", "previous_id", "properties", "traits", "context"}));
    TRY_ASSIGN(const DocumentNode* kind, needed(node, "kind"));
    TRY_ASSIGN(rule.kind, read_.text(*kind));
    const bool plain_kind = std::ranges::all_of(
        rule.kind, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
    if (rule.kind.empty() || rule.kind.size() > 16 || !plain_kind) {
      return read_.refuse(*kind, "must be 1 to 16 of a-z, 0-9, - and _: it becomes part of the message ids");
    }
    TRY_ASSIGN(const DocumentNode* type, needed(node, "type"));
    TRY(read_.word(*type, {"track", "identify", "page", "screen", "group", "alias"}));
    rule.type = type->scalar;
    TRY(parse_rows(node, rule));
    TRY(parse_who(node, rule));
    TRY(parse_what(node, rule));
    TRY(check_type(node, rule));
    return rule;
  }

  // Which rows make the event, and when.
  Status parse_rows(const DocumentNode& node, EventRule& rule) {
    rule.group_by = default_group_;
    if (const DocumentNode* group = node.find("group_by")) {
      TRY_ASSIGN(rule.group_by, column_list(*group));
    }
    if (const DocumentNode* row = node.find("row")) {
      TRY_ASSIGN(const std::size_t word, read_.word(*row, {"first", "last"}));
      rule.last_row = word == 1;
    }
    if (const DocumentNode* when = node.find("when")) {
      TRY_ASSIGN(rule.when, conditions(*when));
    }
    if (const DocumentNode* unless = node.find("unless")) {
      TRY_ASSIGN(rule.unless, conditions(*unless));
    }
    TRY_ASSIGN(const DocumentNode* timestamp, needed(node, "timestamp"));
    TRY_ASSIGN(rule.timestamp, column(*timestamp));
    if (columns_[rule.timestamp].type == ColumnType::kTimestamp) return {};
    return read_.refuse(*timestamp, "the column \"" + columns_[rule.timestamp].name + "\" must be of type timestamp");
  }

  Status parse_who(const DocumentNode& node, EventRule& rule) {
    const std::array<std::pair<std::string_view, std::optional<Value>*>, 4> ids = {
        {{"user_id", &rule.user_id},
         {"anonymous_id", &rule.anonymous_id},
         {"group_id", &rule.group_id},
         {"previous_id", &rule.previous_id}}};
    for (const auto& [key, target] : ids) {
      if (const DocumentNode* found = node.find(key)) {
        TRY_ASSIGN(*target, value(*found, {.group_values = false}));
      }
    }
    if (rule.user_id || rule.anonymous_id) return {};
    return read_.refuse(node, "the event needs a user_id or an anonymous_id, or both");
  }

  Status parse_what(const DocumentNode& node, EventRule& rule) {
    if (const DocumentNode* name = node.find("name")) {
      TRY_ASSIGN(rule.name, value(*name, {.plain = PlainText::kLiteral, .group_values = false}));
    }
    const std::array<std::pair<std::string_view, std::vector<Field>*>, 3> objects = {
        {{"properties", &rule.properties}, {"traits", &rule.traits}, {"context", &rule.context}}};
    for (const auto& [key, target] : objects) {
      const DocumentNode* found = node.find(key);
      if (found == nullptr) continue;
      TRY_ASSIGN(*target, fields(*found, {}));
      rule.whole_group =
          rule.whole_group || std::ranges::any_of(*target, [](const Field& field) { return uses_group(field.value); });
    }
    return {};
  }

  // The keys that the type asks for, or does not have.
  Status check_type(const DocumentNode& node, const EventRule& rule) const {
    const bool has_name = rule.type == "track" || rule.type == "page" || rule.type == "screen";
    const bool has_traits = rule.type == "identify" || rule.type == "group";
    const auto only = [&](std::string_view key, bool allowed) -> Status {
      const DocumentNode* found = node.find(key);
      if (found == nullptr || allowed) return {};
      return read_.refuse(*found, "an event of type " + rule.type + " has no such key");
    };
    TRY(only("name", has_name));
    TRY(only("properties", has_name));
    TRY(only("traits", has_traits));
    TRY(only("group_id", rule.type == "group"));
    TRY(only("previous_id", rule.type == "alias"));
    if (rule.type == "track" && !rule.name) return read_.refuse(node, "the key \"name\" is missing: what happened");
    if (rule.type == "group" && !rule.group_id) return read_.refuse(node, "the key \"group_id\" is missing");
    if (rule.type == "alias" && !rule.previous_id) return read_.refuse(node, "the key \"previous_id\" is missing");
    return {};
  }

  Result<std::vector<Field>> fields(const DocumentNode& node, Place place) {
    if (node.kind != DocumentNode::Kind::kMap) return read_.refuse(node, "must be a map of names to values");
    std::vector<Field> out;
    for (const auto& [name, member] : node.members) {
      TRY_ASSIGN(Value made, value(member, place));
      out.push_back({name, std::move(made)});
    }
    return out;
  }

  Result<Value> value(const DocumentNode& node, Place place) {
    if (++values_ > kMaxValues) return read_.refuse(node, "a mapping has at most 5,000 values");
    if (node.kind == DocumentNode::Kind::kScalar) return plain_value(node, place);
    TRY(read_.check_keys(node,
                         {"constant", "column", "text", "choose", "sum", "sum_product", "count", "each", "when"}));
    const auto makers = node.members.size() - (node.find("when") != nullptr ? 1 : 0);
    if (makers != 1) {
      return read_.refuse(node, "needs exactly one of constant, column, text, choose, sum, sum_product, count, each");
    }
    Value out;
    if (const DocumentNode* when = node.find("when")) {
      TRY_ASSIGN(out.when, conditions(*when));
    }
    for (const auto& [key, member] : node.members) {
      if (key == "when") continue;
      const bool of_group = key == "sum" || key == "sum_product" || key == "count" || key == "each";
      if (of_group && !place.group_values) return read_.refuse(member, "values over all rows may not stand here");
      TRY(of_group ? group_value(key, member, out) : single_value(key, member, place, out));
    }
    return out;
  }

  Result<Value> plain_value(const DocumentNode& node, Place place) const {
    Value out;
    if (place.plain == PlainText::kLiteral) {
      out.text = node.scalar;
      append_json_string(out.json, node.scalar);
      return out;
    }
    out.kind = Value::Kind::kColumn;
    TRY_ASSIGN(const std::size_t index, column(node));
    out.columns = {index};
    return out;
  }

  Status single_value(std::string_view key, const DocumentNode& node, Place place, Value& out) {
    if (key == "constant") return constant(node, out);
    if (key == "text") return text_pieces(node, out);
    if (key == "column") {
      out.kind = Value::Kind::kColumn;
      TRY_ASSIGN(const std::size_t index, column(node));
      out.columns = {index};
      return {};
    }
    out.kind = Value::Kind::kChoose;
    if (node.kind != DocumentNode::Kind::kList || node.items.empty() || place.depth == kMaxChooseDepth) {
      return read_.refuse(node, "must be a list of {when, value}, at most three levels deep");
    }
    ++place.depth;
    for (const DocumentNode& item : node.items) {
      TRY(read_.check_keys(item, {"when", "value"}));
      TRY_ASSIGN(const DocumentNode* chosen, needed(item, "value"));
      TRY_ASSIGN(Value choice, value(*chosen, place));
      if (const DocumentNode* when = item.find("when")) {
        TRY_ASSIGN(std::vector<Condition> tests, conditions(*when));
        choice.when.insert(choice.when.end(), tests.begin(), tests.end());
      }
      out.choices.push_back(std::move(choice));
    }
    return {};
  }

  Status group_value(std::string_view key, const DocumentNode& node, Value& out) {
    if (key == "each") {
      out.kind = Value::Kind::kEach;
      TRY_ASSIGN(out.fields, fields(node, {.group_values = false}));
      return {};
    }
    if (key == "count") {
      out.kind = Value::Kind::kCount;
      if (node.kind == DocumentNode::Kind::kScalar && node.scalar == "rows" && !known("rows")) return {};
      TRY_ASSIGN(const std::size_t index, column(node));
      out.columns = {index};
      return {};
    }
    out.kind = key == "sum" ? Value::Kind::kSum : Value::Kind::kSumProduct;
    TRY_ASSIGN(out.columns, column_list(node));
    if (key == "sum" && out.columns.size() != 1) return read_.refuse(node, "must be one column");
    if (key == "sum_product" && (out.columns.size() < 2 || out.columns.size() > 4)) {
      return read_.refuse(node, "must be a list of two to four columns");
    }
    for (const std::size_t index : out.columns) {
      const ColumnType type = columns_[index].type;
      if (type == ColumnType::kInteger || type == ColumnType::kDecimal) continue;
      return read_.refuse(node, "the column \"" + columns_[index].name + "\" must be of type integer or decimal");
    }
    return {};
  }

  Status constant(const DocumentNode& node, Value& out) const {
    if (node.kind != DocumentNode::Kind::kScalar) return read_.refuse(node, "must be a text, a number, true or false");
    const std::string& text = node.scalar;
    out.text = text;
    const bool bare = !node.quoted && (text == "true" || text == "false" || is_number_text(text));
    if (bare && is_number_text(text)) {
      out.json = Decimal::parse(text)->to_text();
    } else if (bare) {
      out.json = text;
    } else {
      append_json_string(out.json, text);
    }
    return {};
  }

  // "invoice-{InvoiceNo}"; "{{" and "}}" stand for braces.
  Status text_pieces(const DocumentNode& node, Value& out) const {
    out.kind = Value::Kind::kText;
    TRY_ASSIGN(const std::string text, read_.text(node));
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
        plain += c;
        ++i;
        continue;
      }
      if (c == '}') return read_.refuse(node, "a \"}\" without its \"{\": write \"}}\" for a brace");
      if (c != '{') {
        plain += c;
        continue;
      }
      const std::size_t end = text.find('}', i);
      if (end == std::string::npos) return read_.refuse(node, "a \"{\" without its \"}\": write \"{{\" for a brace");
      const std::string name = text.substr(i + 1, end - i - 1);
      const auto index = known(name);
      if (!index) return read_.refuse(node, no_column(name));
      if (!plain.empty()) out.pieces.push_back({std::exchange(plain, {}), std::nullopt});
      out.pieces.push_back({{}, *index});
      i = end;
    }
    if (!plain.empty() || out.pieces.empty()) out.pieces.push_back({plain, std::nullopt});
    return {};
  }

  // One condition, or a list of which all must hold.
  Result<std::vector<Condition>> conditions(const DocumentNode& node) const {
    std::vector<Condition> out;
    if (node.kind != DocumentNode::Kind::kList) {
      TRY_ASSIGN(Condition one, condition(node));
      out.push_back(std::move(one));
      return out;
    }
    if (node.items.size() > 20) return read_.refuse(node, "at most 20 conditions");
    for (const DocumentNode& item : node.items) {
      TRY_ASSIGN(Condition one, condition(item));
      out.push_back(std::move(one));
    }
    return out;
  }

  Result<Condition> condition(const DocumentNode& node) const {
    using enum Condition::Test;
    Condition out;
    TRY(read_.check_keys(node, {"column", "equals", "one_of", "starts_with", "ends_with", "empty"}));
    TRY_ASSIGN(const DocumentNode* of, needed(node, "column"));
    TRY_ASSIGN(out.column, column(*of));
    if (node.members.size() != 2) {
      return read_.refuse(node, "needs, beside column, exactly one of equals, one_of, starts_with, ends_with, empty");
    }
    for (const auto& [key, member] : node.members) {
      if (key == "column") continue;
      if (key == "empty") {
        TRY_ASSIGN(const bool empty, read_.boolean(member));
        out.test = empty ? kEmpty : kNotEmpty;
      } else if (key == "one_of") {
        out.test = kOneOf;
        TRY_ASSIGN(out.texts, read_.texts(member));
      } else {
        out.test = key == "equals" ? kEquals : key == "starts_with" ? kStartsWith : kEndsWith;
        TRY_ASSIGN(std::string text, read_.text(member));
        out.texts = {std::move(text)};
      }
    }
    return out;
  }

  Result<const DocumentNode*> needed(const DocumentNode& node, std::string_view key) const {
    const DocumentNode* found = node.find(key);
    if (found == nullptr) return read_.refuse(node, "the key \"" + std::string(key) + "\" is missing");
    return found;
  }

  std::optional<std::size_t> known(std::string_view name) const {
    const auto found = std::ranges::find(columns_, name, &Column::name);
    if (found == columns_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns_.begin());
  }

  std::string no_column(std::string_view name) const {
    std::vector<std::string> names;
    for (const Column& column : columns_) names.push_back(column.name);
    if (names.size() > 30) names.resize(30);
    return "there is no column \"" + std::string(name) + "\"; columns: " + listed(names) +
           " (a fixed value is written {constant: …})";
  }

  Result<std::size_t> column(const DocumentNode& node) const {
    TRY_ASSIGN(const std::string name, read_.text(node));
    const auto index = known(name);
    if (!index) return read_.refuse(node, no_column(name));
    return *index;
  }

  Result<std::vector<std::size_t>> column_list(const DocumentNode& node) const {
    std::vector<std::size_t> out;
    if (node.kind != DocumentNode::Kind::kList) {
      TRY_ASSIGN(const std::size_t index, column(node));
      out.push_back(index);
      return out;
    }
    if (node.items.size() > 20) return read_.refuse(node, "at most 20 columns");
    for (const DocumentNode& item : node.items) {
      TRY_ASSIGN(const std::size_t index, column(item));
      out.push_back(index);
    }
    return out;
  }

  const std::vector<Column>& columns_;
  const DocumentReader& read_;
  std::vector<std::size_t> default_group_;
  std::size_t values_ = 0;
};

}  // namespace

Result<std::vector<EventRule>> parse_event_rules(const DocumentNode& events, const DocumentNode* group_by,
                                                 const std::vector<Column>& columns, const DocumentReader& read) {
  return RuleParser(columns, read).parse(events, group_by);
}

}  // namespace tessera::cli

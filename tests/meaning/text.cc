#include "text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dice.h"

namespace tessera::meaning {

namespace {

std::string compared(const std::string& value, const std::string& comparison, int kind, const std::string& field,
                     const std::string& constant) {
  const std::string same_kind = value + ".t = " + std::to_string(kind);
  const std::string member = value + "." + field;
  if (comparison == "==") return "coalesce(" + same_kind + " AND " + member + " = " + constant + ", false)";
  if (comparison == "!=") return "NOT coalesce(" + same_kind + " AND " + member + " = " + constant + ", false)";
  return "CASE WHEN " + same_kind + " THEN " + member + " " + comparison + " " + constant + " END";
}

}  // namespace

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string in_parentheses(const std::string& text) {
  return "(" + text + ")";
}
std::string cel_text(const std::string& text) {
  return "\"" + text + "\"";
}
std::string sql_text(const std::string& text) {
  return "'" + text + "'";
}

Both compared_with_number(const Both& value, const std::string& comparison, const std::string& number) {
  return {value.cel + " " + comparison + " " + number, compared(value.sql, comparison, 0, "n", number)};
}

Both compared_with_text(const Both& value, const std::string& comparison, const std::string& text) {
  return {value.cel + " " + comparison + " " + cel_text(text), compared(value.sql, comparison, 1, "s", sql_text(text))};
}

Both compared_with_null(const Both& value, bool is_null) {
  return {value.cel + (is_null ? " == null" : " != null"), value.sql + (is_null ? " IS NULL" : " IS NOT NULL")};
}

std::string compared_in_sql(const std::string& one, const std::string& comparison, const std::string& other) {
  const std::string both = in_parentheses(one + ", " + other);
  if (comparison == "==") return "same" + both;
  if (comparison == "!=") return "NOT same" + both;
  return "CASE WHEN ordered" + both + " THEN " + one + "[1] " + comparison + " " + other + "[1] END";
}

std::string any_comparison() {
  return one_of<std::string>({"==", "!=", "<", "<=", ">", ">="});
}
std::string any_order() {
  return one_of<std::string>({"<", "<=", ">", ">="});
}

std::string any_number() {
  const int hundredths = 5 * any(60);
  if (chance(40)) return std::to_string(any(4));
  return std::to_string(hundredths / 100) + (hundredths % 100 < 10 ? ".0" : ".") + std::to_string(hundredths % 100);
}

std::string any_kind() {
  return "k" + std::to_string(any(4));
}
std::string any_sku() {
  return "x" + std::to_string(any(5));
}
std::string any_zone() {
  return one_of<std::string>({"Europe/Berlin", "America/New_York", "Asia/Kolkata"});
}
std::string any_period() {
  return one_of<std::string>({"day", "day", "week", "month"});
}

std::string any_time(Timestamp near) {
  return to_text(Timestamp{near.ms - near.ms % kDayMs} + (any(20) - 13) * kDayMs);
}

// Some so often that windows, and what lies in them, have the same.
std::int64_t any_duration_ms() {
  if (chance(60)) return one_of<std::int64_t>({10'000, kHourMs, kDayMs});
  return one_of<std::int64_t>({1'000, 2'000, 5'000, 10'000, 30'000, kMinuteMs, 10 * kMinuteMs, kHourMs, 6 * kHourMs,
                               kDayMs, 2 * kDayMs, 5 * kDayMs});
}

std::string plain_text_of(std::int64_t ms) {
  return "duration(\"" + std::to_string(ms) + "ms\")";
}

std::string any_spelling_of(std::int64_t ms) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> kUnits{
      {{"d", kDayMs}, {"h", kHourMs}, {"m", kMinuteMs}, {"s", 1000}, {"ms", 1}}};
  const auto largest = std::ranges::find_if(kUnits, [&](const auto& unit) { return ms % unit.second == 0; });
  const auto& [unit, length] = *(largest + any(static_cast<int>(kUnits.end() - largest)));
  const std::string text = std::to_string(ms / length) + std::string(unit);
  return "duration(" + (chance(70) ? cel_text(text) : sql_text(text)) + ")";
}

std::string sql_interval(std::int64_t ms) {
  return "to_milliseconds(" + std::to_string(ms) + ")";
}

}  // namespace tessera::meaning

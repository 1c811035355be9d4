// Pieces of CEL and SQL, side by side. "$" stands for what a text is about: an event, or behind `each` an element.
//
// In SQL a value of any kind is an element: {'t': kind, 'n': number, 's': text}, null for null (oracle.cc).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tessera::meaning {

struct Both {
  std::string cel;
  std::string sql;
};

std::string replaced(std::string text, std::string_view what, std::string_view with);
std::string in_parentheses(const std::string& text);
std::string cel_text(const std::string& text);  // in double quotes
std::string sql_text(const std::string& text);  // in single quotes

// An element compared with a constant: of another kind it is unequal, and has no order.
Both compared_with_number(const Both& value, const std::string& comparison, const std::string& number);
Both compared_with_text(const Both& value, const std::string& comparison, const std::string& text);
Both compared_with_null(const Both& value, bool is_null);
// Two elements, each as a list of one: no list is an error.
std::string compared_in_sql(const std::string& one, const std::string& comparison, const std::string& other);

// The values that events have, and that conditions compare with; often the same.
std::string any_comparison();
std::string any_order();   // <, <=, >, >=
std::string any_number();  // decimal text
std::string any_kind();
std::string any_sku();
std::string any_zone();
std::string any_period();              // "day", "week", "month"
std::string any_time(Timestamp near);  // ISO 8601, midnight in Greenwich
std::int64_t any_duration_ms();        // of a dozen from one second to five days
// One of the spellings of a duration, and the plainest.
std::string any_spelling_of(std::int64_t ms);
std::string plain_text_of(std::int64_t ms);
std::string sql_interval(std::int64_t ms);

}  // namespace tessera::meaning

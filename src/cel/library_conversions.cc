// Conversions between types: int(x), string(x), timestamp(x) and so on. Ranges and what parses are cel-go's.
#include <charconv>
#include <cmath>

#include "cel/instant.h"
#include "cel/library.h"
#include "cel/operation.h"
#include "cel/text.h"

namespace tessera::cel {

namespace {

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;
constexpr std::string_view kIntRange = "the number is out of the range of an int";
constexpr std::string_view kUintRange = "the number is out of the range of a uint";
constexpr std::string_view kTimestampRange = "the number is out of the range of a timestamp: years 1 to 9999";

Value same(std::span<const Value> arguments, Context&) {
  return arguments[0];
}

// "cannot convert 'text' to an int", with as much of the text as a message should have.
Value cannot_convert(Context& context, const Value& value, std::string_view to) {
  std::string message = "cannot convert '";
  message += shown(value.text());
  message += "' to ";
  message += to;
  return fail(context, message);
}

template <class T>
bool parse_whole(std::string_view text, T* out) {
  if constexpr (std::is_signed_v<T>) {
    if (text.starts_with('+')) {
      text.remove_prefix(1);
      if (text.starts_with('-')) return false;
    }
  }
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return code == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool parse_real(std::string_view text, double* out) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  if (text.empty() || text.ends_with(')')) return false;  // "nan(1)"
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return code == std::errc() && end == text.data() + text.size();
}

Value int_from_uint(std::span<const Value> arguments, Context&) {
  return arguments[0].as_int() < 0 ? Value::error(kIntRange) : Value::integer(arguments[0].as_int());
}

Value int_from_double(std::span<const Value> arguments, Context&) {
  const double d = arguments[0].as_double();
  // -2^63 itself is refused as well: the conformance suite has it so, since rounding may have led there.
  if (!(d > -kTwo63 && d < kTwo63)) return Value::error(kIntRange);
  return Value::integer(static_cast<std::int64_t>(d));
}

Value int_from_string(std::span<const Value> arguments, Context& context) {
  std::int64_t result = 0;
  return parse_whole(arguments[0].text(), &result) ? Value::integer(result)
                                                   : cannot_convert(context, arguments[0], "an int");
}

Value int_from_timestamp(std::span<const Value> arguments, Context&) {
  return Value::integer(arguments[0].as_instant().seconds);
}

Value uint_from_int(std::span<const Value> arguments, Context&) {
  return arguments[0].as_int() < 0 ? Value::error(kUintRange) : Value::uinteger(arguments[0].as_uint());
}

Value uint_from_double(std::span<const Value> arguments, Context&) {
  const double d = arguments[0].as_double();
  if (!(d >= 0 && d < kTwo64)) return Value::error(kUintRange);
  return Value::uinteger(static_cast<std::uint64_t>(d));
}

Value uint_from_string(std::span<const Value> arguments, Context& context) {
  std::uint64_t result = 0;
  return parse_whole(arguments[0].text(), &result) ? Value::uinteger(result)
                                                   : cannot_convert(context, arguments[0], "a uint");
}

Value double_from_int(std::span<const Value> arguments, Context&) {
  return Value::real(static_cast<double>(arguments[0].as_int()));
}

Value double_from_uint(std::span<const Value> arguments, Context&) {
  return Value::real(static_cast<double>(arguments[0].as_uint()));
}

Value double_from_string(std::span<const Value> arguments, Context& context) {
  double result = 0;
  return parse_real(arguments[0].text(), &result) ? Value::real(result)
                                                  : cannot_convert(context, arguments[0], "a double");
}

Value bool_from_string(std::span<const Value> arguments, Context& context) {
  const std::string_view text = arguments[0].text();
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return Value::boolean(true);
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return Value::boolean(false);
  }
  return cannot_convert(context, arguments[0], "a bool");
}

Value string_from_scalar(std::span<const Value> arguments, Context& context) {
  std::string text;
  if (!append_text(text, arguments[0], context)) return Value::error(kCostExceeded);
  return new_string(text, context);
}

Value string_from_bytes(std::span<const Value> arguments, Context& context) {
  if (!context.charge(arguments[0].text().size() / 64)) return Value::error(kCostExceeded);
  if (!is_utf8(arguments[0].text())) return Value::error("the bytes are not UTF-8");
  return Value::string(arguments[0].text());
}

Value bytes_from_string(std::span<const Value> arguments, Context&) {
  return Value::bytes(arguments[0].text());
}

Value timestamp_from_string(std::span<const Value> arguments, Context& context) {
  const auto instant = parse_timestamp(arguments[0].text());
  return instant ? Value::timestamp(*instant)
                 : cannot_convert(context, arguments[0], "a timestamp: RFC 3339, years 1 to 9999");
}

Value timestamp_from_int(std::span<const Value> arguments, Context&) {
  const Instant instant{arguments[0].as_int(), 0};
  return is_valid_timestamp(instant) ? Value::timestamp(instant) : Value::error(kTimestampRange);
}

Value duration_from_string(std::span<const Value> arguments, Context& context) {
  const auto duration = parse_duration(arguments[0].text());
  return duration ? Value::duration(*duration) : cannot_convert(context, arguments[0], "a duration, such as '1h30m'");
}

Value type_of(std::span<const Value> arguments, Context&) {
  return Value::type(type_name(arguments[0]));
}

}  // namespace

void add_conversions(FunctionTable& table) {
  add_function(table, "type(A) type(A)", type_of);
  add_function(table, "dyn(A) dyn", nullptr);  // nothing happens

  add_function(table, "bool(bool) bool", same);
  add_function(table, "bool(string) bool", bool_from_string);

  add_function(table, "int(int) int", same);
  add_function(table, "int(uint) int", int_from_uint);
  add_function(table, "int(double) int", int_from_double);
  add_function(table, "int(string) int", int_from_string);
  add_function(table, "int(timestamp) int", int_from_timestamp);

  add_function(table, "uint(uint) uint", same);
  add_function(table, "uint(int) uint", uint_from_int);
  add_function(table, "uint(double) uint", uint_from_double);
  add_function(table, "uint(string) uint", uint_from_string);

  add_function(table, "double(double) double", same);
  add_function(table, "double(int) double", double_from_int);
  add_function(table, "double(uint) double", double_from_uint);
  add_function(table, "double(string) double", double_from_string);

  add_function(table, "string(string) string", same);
  for (const char* const type : {"bool", "int", "uint", "double", "timestamp", "duration"}) {
    add_function(table, std::string("string(") + type + ") string", string_from_scalar);
  }
  add_function(table, "string(bytes) string", string_from_bytes);

  add_function(table, "bytes(bytes) bytes", same);
  add_function(table, "bytes(string) bytes", bytes_from_string);

  add_function(table, "timestamp(timestamp) timestamp", same);
  add_function(table, "timestamp(string) timestamp", timestamp_from_string);
  add_function(table, "timestamp(int) timestamp", timestamp_from_int);

  add_function(table, "duration(duration) duration", same);
  add_function(table, "duration(string) duration", duration_from_string);
}

}  // namespace tessera::cel

// Strings: contains, matches, size and the like of the standard, the extension "strings", and base64.
#include <cstring>

#include "cel/library.h"
#include "cel/operation.h"
#include "cel/pattern.h"
#include "cel/text.h"

namespace tessera::cel {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Where `what` is first found from `from` on, in time linear in both (glibc's two-way search).
std::size_t position_of(std::string_view text, std::string_view what, std::size_t from) {
  const void* const found = memmem(text.data() + from, text.size() - from, what.data(), what.size());
  return found == nullptr ? kNone : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

Value text_too_long() {
  return Value::error(kCostExceeded);
}

Value index_error(Context& context, std::int64_t index) {
  return fail(context, "index out of range: " + std::to_string(index));
}

// The byte at which code point `index` begins, or the text's end; nullopt if it is out of range.
std::optional<std::size_t> offset_of(std::string_view text, std::int64_t index) {
  if (index < 0 || static_cast<std::uint64_t>(index) > text.size()) return std::nullopt;
  return byte_offset(text, static_cast<std::size_t>(index));
}

Value contains(std::span<const Value> arguments, Context& context) {
  const std::string_view text = arguments[0].text();
  const std::string_view what = arguments[1].text();
  if (!context.charge((text.size() + what.size()) / 64)) return text_too_long();
  return Value::boolean(what.empty() || position_of(text, what, 0) != kNone);
}

Value starts_with(std::span<const Value> arguments, Context& context) {
  if (!context.charge(arguments[1].text().size() / 64)) return text_too_long();
  return Value::boolean(arguments[0].text().starts_with(arguments[1].text()));
}

Value ends_with(std::span<const Value> arguments, Context& context) {
  if (!context.charge(arguments[1].text().size() / 64)) return text_too_long();
  return Value::boolean(arguments[0].text().ends_with(arguments[1].text()));
}

Value string_size(std::span<const Value> arguments, Context& context) {
  const std::string_view text = arguments[0].text();
  if (!context.charge(text.size() / 64)) return text_too_long();
  return Value::integer(static_cast<std::int64_t>(count_code_points(text)));
}

Value bytes_size(std::span<const Value> arguments, Context&) {
  return Value::integer(static_cast<std::int64_t>(arguments[0].text().size()));
}

Value list_size(std::span<const Value> arguments, Context&) {
  return Value::integer(static_cast<std::int64_t>(arguments[0].as_list().size()));
}

Value map_size(std::span<const Value> arguments, Context&) {
  return Value::integer(static_cast<std::int64_t>(arguments[0].as_map().size()));
}

Value char_at(std::span<const Value> arguments, Context& context) {
  const std::string_view text = arguments[0].text();
  if (!context.charge(text.size() / 64)) return text_too_long();
  const auto at = offset_of(text, arguments[1].as_int());
  if (!at) return index_error(context, arguments[1].as_int());
  return Value::string(*at == text.size() ? std::string_view() : text.substr(*at, code_point_at(text, *at).length));
}

Value code_points_before(std::string_view text, std::size_t at) {
  return Value::integer(at == kNone ? -1 : static_cast<std::int64_t>(count_code_points(text.substr(0, at))));
}

Value index_of(std::span<const Value> arguments, Context& context) {
  const std::string_view text = arguments[0].text();
  const std::string_view what = arguments[1].text();
  if (!context.charge((text.size() + what.size()) / 64)) return text_too_long();
  const std::int64_t from = arguments.size() > 2 ? arguments[2].as_int() : 0;
  const auto at = offset_of(text, from);
  // An empty string is found anywhere, the end included; others have to begin within the text.
  const bool outside = !at || (arguments.size() > 2 && *at == text.size() && !what.empty());
  if (outside) return index_error(context, from);
  return what.empty() ? Value::integer(from) : code_points_before(text, position_of(text, what, *at));
}

Value last_index_of(std::span<const Value> arguments, Context& context) {
  const std::string_view text = arguments[0].text();
  const std::string_view what = arguments[1].text();
  if (!context.charge((text.size() + what.size()) / 64)) return text_too_long();
  std::size_t last = text.size();  // where it may begin at the latest
  if (arguments.size() > 2) {
    const auto at = offset_of(text, arguments[2].as_int());
    if (!at || (*at == text.size() && !what.empty())) return index_error(context, arguments[2].as_int());
    last = *at;
  }
  if (what.empty()) return code_points_before(text, last);
  const std::string_view searched = text.substr(0, last + std::min(what.size(), text.size() - last));
  std::size_t found = kNone;
  for (std::size_t at = position_of(searched, what, 0); at != kNone; at = position_of(searched, what, at + 1)) {
    if (!context.charge(1 + what.size() / 64)) return text_too_long();
    found = at;
  }
  return code_points_before(text, found);
}

Value substring(std::span<const Value> arguments, Context& context) {
  const std::string_view text = arguments[0].text();
  if (!context.charge(text.size() / 64)) return text_too_long();
  const std::int64_t from = arguments[1].as_int();
  const auto begin = offset_of(text, from);
  if (arguments.size() == 2) return begin ? Value::string(text.substr(*begin)) : index_error(context, from);
  const std::int64_t to = arguments[2].as_int();
  if (from > to) {
    return fail(context, "invalid substring range: from " + std::to_string(from) + " to " + std::to_string(to));
  }
  const auto end = offset_of(text, to);
  if (!begin || !end) return index_error(context, begin ? to : from);
  return Value::string(text.substr(*begin, *end - *begin));
}

template <char kFrom, char kTo, char kBase>
Value ascii_case(std::span<const Value> arguments, Context& context) {
  std::string text(arguments[0].text());
  for (char& c : text) {
    if (c >= kFrom && c <= kTo) c = static_cast<char>(c - kFrom + kBase);
  }
  return new_string(text, context);
}

Value trim(std::span<const Value> arguments, Context& context) {
  const std::string_view text = arguments[0].text();
  if (!context.charge(text.size() / 64)) return text_too_long();
  std::size_t begin = kNone;
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    if (!is_space(c.value)) {
      begin = std::min(begin, at);
      end = at + c.length;
    }
    at += c.length;
  }
  return Value::string(begin == kNone ? std::string_view() : text.substr(begin, end - begin));
}

Value reverse(std::span<const Value> arguments, Context& context) {
  const std::string_view text = arguments[0].text();
  std::string reversed(text.size(), '\0');
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = code_point_at(text, at).length;
    text.copy(reversed.data() + text.size() - at - length, length, at);
    at += length;
  }
  return new_string(reversed, context);
}

// Appends `text` with at most `limit` of `old` replaced (all if negative). An empty `old` is found before each code
// point and at the end. False past the context's limits.
bool append_replaced(std::string& out, std::string_view text, std::string_view old, std::string_view by,
                     std::int64_t limit, Context& context) {
  std::size_t at = 0;
  for (std::int64_t count = 0; limit < 0 || count < limit; ++count) {
    if (old.empty()) {
      const bool first = count == 0;
      if (!first && at == text.size()) break;
      const std::size_t length = first ? 0 : code_point_at(text, at).length;
      out += text.substr(at, length);
      at += length;
    } else {
      const std::size_t found = position_of(text, old, at);
      if (found == kNone) break;
      out += text.substr(at, found - at);
      at = found + old.size();
    }
    out += by;
    if (!context.charge(1 + (old.size() + by.size()) / 64)) return false;
  }
  out += text.substr(at);
  return true;
}

Value replace(std::span<const Value> arguments, Context& context) {
  const std::int64_t limit = arguments.size() > 3 ? arguments[3].as_int() : -1;
  std::string out;
  if (!append_replaced(out, arguments[0].text(), arguments[1].text(), arguments[2].text(), limit, context)) {
    return text_too_long();
  }
  return new_string(out, context);
}

Value split(std::span<const Value> arguments, Context& context) {
  std::string_view text = arguments[0].text();
  const std::string_view separator = arguments[1].text();
  const std::int64_t limit = arguments.size() > 2 ? arguments[2].as_int() : -1;
  if (!context.charge(text.size() / 64)) return text_too_long();
  std::vector<Value> parts;
  while (limit < 0 || static_cast<std::int64_t>(parts.size()) + 1 < limit) {
    const std::size_t end =
        separator.empty() ? (text.empty() ? kNone : code_point_at(text, 0).length) : position_of(text, separator, 0);
    if (end == kNone || (separator.empty() && end == text.size())) break;
    if (!context.charge(1 + separator.size() / 64)) return text_too_long();
    parts.push_back(Value::string(text.substr(0, end)));
    text.remove_prefix(end + separator.size());
  }
  const bool nothing = limit == 0 || (separator.empty() && text.empty());
  if (!nothing) parts.push_back(Value::string(text));
  return copied_list(parts, context);
}

Value join(std::span<const Value> arguments, Context& context) {
  const List& list = arguments[0].as_list();
  const std::string_view separator = arguments.size() > 1 ? arguments[1].text() : std::string_view();
  std::string out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Value part = list.at(i, context.arena);
    if (!part.is(Kind::kString)) return no_overload(context, "join", arguments);
    if (!context.charge(1 + (separator.size() + part.text().size()) / 64)) return text_too_long();
    if (i > 0) out += separator;
    out += part.text();
  }
  return new_string(out, context);
}

// As cel-go: a literal in double quotes, with U+FFFD for what is not UTF-8.
Value quote(std::span<const Value> arguments, Context& context) {
  constexpr std::string_view kPlain = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kEscaped = "abfnrtv\\\"";
  const std::string_view text = arguments[0].text();
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    const std::size_t special = c.length == 1 ? kPlain.find(text[at]) : kNone;
    if (special != kNone) {
      out += '\\';
      out += kEscaped[special];
    } else {
      append_utf8(out, c.value);
    }
    at += c.length;
  }
  out += '"';
  return new_string(out, context);
}

Value matches(std::span<const Value> arguments, Context& context) {
  if (!context.charge(kPatternCost)) return text_too_long();
  const auto pattern = Pattern::compile(arguments[1].text());
  return pattern ? (*pattern)->found_in(arguments[0].text(), context) : fail(context, pattern.error().message);
}

Value base64_encode(std::span<const Value> arguments, Context& context) {
  std::string out;
  append_base64(out, arguments[0].text());
  return new_string(out, context);
}

Value base64_decode(std::span<const Value> arguments, Context& context) {
  const auto bytes = decode_base64(arguments[0].text());
  return bytes ? new_bytes(*bytes, context) : Value::error("the string is not base64");
}

}  // namespace

void add_string_functions(FunctionTable& table) {
  add_function(table, "size(string) int", string_size);
  add_function(table, "string . size() int", string_size);
  add_function(table, "size(bytes) int", bytes_size);
  add_function(table, "bytes . size() int", bytes_size);
  add_function(table, "size(list(A)) int", list_size);
  add_function(table, "list(A) . size() int", list_size);
  add_function(table, "size(map(A, B)) int", map_size);
  add_function(table, "map(A, B) . size() int", map_size);

  add_function(table, "string . contains(string) bool", contains);
  add_function(table, "string . startsWith(string) bool", starts_with);
  add_function(table, "string . endsWith(string) bool", ends_with);
  add_function(table, "string . matches(string) bool", matches);
  add_function(table, "matches(string, string) bool", matches);

  add_function(table, "string . charAt(int) string", char_at);
  add_function(table, "string . indexOf(string) int", index_of);
  add_function(table, "string . indexOf(string, int) int", index_of);
  add_function(table, "string . lastIndexOf(string) int", last_index_of);
  add_function(table, "string . lastIndexOf(string, int) int", last_index_of);
  add_function(table, "string . substring(int) string", substring);
  add_function(table, "string . substring(int, int) string", substring);
  add_function(table, "string . lowerAscii() string", ascii_case<'A', 'Z', 'a'>);
  add_function(table, "string . upperAscii() string", ascii_case<'a', 'z', 'A'>);
  add_function(table, "string . trim() string", trim);
  add_function(table, "string . reverse() string", reverse);
  add_function(table, "string . replace(string, string) string", replace);
  add_function(table, "string . replace(string, string, int) string", replace);
  add_function(table, "string . split(string) list(string)", split);
  add_function(table, "string . split(string, int) list(string)", split);
  add_function(table, "list(string) . join() string", join);
  add_function(table, "list(string) . join(string) string", join);
  add_function(table, "strings.quote(string) string", quote);

  add_function(table, "base64.encode(bytes) string", base64_encode);
  add_function(table, "base64.decode(string) bytes", base64_decode);
}

}  // namespace tessera::cel

#include "table/render.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/json.h"

namespace tessera::table {

namespace {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

template <class T>
const T& at(duckdb_vector vector, std::size_t row) {
  return static_cast<const T*>(duckdb_vector_get_data(vector))[row];
}

template <class T>
void append_number(std::string& out, T value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), value);
  out.append(text, end.ptr);
}

void append_unsigned(std::string& out, Uint128 value) {
  char text[40];
  char* at = text + sizeof(text);
  do {
    *--at = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  out.append(at, text + sizeof(text));
}

// `value` / 10^scale, all digits of the scale shown.
void append_decimal(std::string& out, Int128 value, std::size_t scale) {
  std::string digits;
  append_unsigned(digits, value < 0 ? -static_cast<Uint128>(value) : static_cast<Uint128>(value));
  if (value < 0) out += '-';
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  out.append(digits, 0, digits.size() - scale);
  if (scale > 0) out.append(1, '.').append(digits, digits.size() - scale);
}

Int128 decimal_at(const Shape& shape, duckdb_vector vector, std::size_t row) {
  switch (shape.internal) {
    case DUCKDB_TYPE_SMALLINT:
      return at<std::int16_t>(vector, row);
    case DUCKDB_TYPE_INTEGER:
      return at<std::int32_t>(vector, row);
    case DUCKDB_TYPE_BIGINT:
      return at<std::int64_t>(vector, row);
    default:
      return at<Int128>(vector, row);
  }
}

std::size_t enum_at(const Shape& shape, duckdb_vector vector, std::size_t row) {
  switch (shape.internal) {
    case DUCKDB_TYPE_UTINYINT:
      return at<std::uint8_t>(vector, row);
    case DUCKDB_TYPE_USMALLINT:
      return at<std::uint16_t>(vector, row);
    default:
      return at<std::uint32_t>(vector, row);
  }
}

// Days since 1970 as YYYY-MM-DD, for any year (Howard Hinnant, "chrono-compatible low-level date algorithms").
void append_date(std::string& out, std::int64_t days) {
  const std::int64_t z = days + 719'468;
  const std::int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
  const auto day_of_era = static_cast<std::uint64_t>(z - era * 146'097);
  const std::uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint64_t mp = (5 * day_of_year + 2) / 153;
  const std::uint64_t day = day_of_year - (153 * mp + 2) / 5 + 1;
  const std::uint64_t month = mp < 10 ? mp + 3 : mp - 9;
  const std::int64_t year = static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0);
  char text[48];
  std::snprintf(text, sizeof(text), "%04lld-%02d-%02d", static_cast<long long>(year), static_cast<int>(month),
                static_cast<int>(day));
  out += text;
}

// HH:MM:SS and as many digits of the fraction as say something, in threes, at least `least`.
void append_clock(std::string& out, std::int64_t seconds, std::int64_t nanos, std::size_t least) {
  char text[64];
  const int size =
      std::snprintf(text, sizeof(text), "%02lld:%02d:%02d.%09d", static_cast<long long>(seconds / 3600),
                    static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60), static_cast<int>(nanos));
  const std::size_t digits = nanos == 0 ? 0 : nanos % 1'000'000 == 0 ? 3 : nanos % 1000 == 0 ? 6 : 9;
  const std::size_t shown = std::max(digits, least);
  out.append(text, static_cast<std::size_t>(size) - (shown == 0 ? 10 : 9 - shown));
}

void append_time(std::string& out, std::int64_t micros) {
  append_clock(out, micros / 1'000'000, micros % 1'000'000 * 1000, 0);
}

// An instant of `per_second` ticks each second, as base's to_text has it, with more digits where there are more.
void append_instant(std::string& out, std::int64_t ticks, std::int64_t per_second) {
  if (ticks == std::numeric_limits<std::int64_t>::max() || ticks == -std::numeric_limits<std::int64_t>::max()) {
    out += ticks > 0 ? "infinity" : "-infinity";
    return;
  }
  const std::int64_t per_day = per_second * 86'400;
  std::int64_t days = ticks / per_day;
  std::int64_t rest = ticks % per_day;
  if (rest < 0) {
    rest += per_day;
    --days;
  }
  append_date(out, days);
  out += 'T';
  append_clock(out, rest / per_second, rest % per_second * (1'000'000'000 / per_second), 3);
  out += 'Z';
}

void append_day(std::string& out, std::int32_t days) {
  if (days == std::numeric_limits<std::int32_t>::max() || days == -std::numeric_limits<std::int32_t>::max()) {
    out += days > 0 ? "infinity" : "-infinity";
  } else {
    append_date(out, days);
  }
}

void append_interval(std::string& out, const duckdb_interval& interval) {
  const std::size_t start = out.size();
  const auto part = [&](std::int64_t count, std::string_view unit) {
    if (count == 0) return;
    if (out.size() > start) out += ' ';
    append_number(out, count);
    out.append(1, ' ').append(unit);
    if (count != 1 && count != -1) out += 's';
  };
  part(interval.months / 12, "year");
  part(interval.months % 12, "month");
  part(interval.days, "day");
  if (interval.micros != 0 || out.size() == start) {
    if (out.size() > start) out += ' ';
    if (interval.micros < 0) out += '-';
    const std::int64_t micros = interval.micros < 0 ? -interval.micros : interval.micros;
    append_time(out, micros);
  }
}

void append_uuid(std::string& out, const duckdb_hugeint& value) {
  const auto high = static_cast<std::uint64_t>(value.upper) ^ (std::uint64_t{1} << 63);  // DuckDB flips it to sort
  char text[40];
  std::snprintf(text, sizeof(text), "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16 & 0xffff), static_cast<unsigned>(high & 0xffff),
                static_cast<unsigned>(value.lower >> 48),
                static_cast<unsigned long long>(value.lower & 0xffff'ffff'ffffULL));
  out += text;
}

void append_blob(std::string& out, std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\' && c != '"' && c != '\'') {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

void append_real(std::string& out, double value, bool single) {
  if (std::isnan(value)) {
    out += "nan";
  } else if (std::isinf(value)) {
    out += value > 0 ? "inf" : "-inf";
  } else if (single) {
    append_number(out, static_cast<float>(value));
  } else {
    append_number(out, value);
  }
}

bool null_at(duckdb_vector vector, std::size_t row) {
  const std::uint64_t* validity = duckdb_vector_get_validity(vector);
  return validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0;
}

// Integers, reals and decimals. False if the value is something else.
bool render_number(const Shape& shape, duckdb_vector vector, std::size_t row, std::string& out) {
  // clang-format off
  switch (shape.id) {
    case DUCKDB_TYPE_TINYINT: append_number(out, static_cast<int>(at<std::int8_t>(vector, row))); return true;
    case DUCKDB_TYPE_SMALLINT: append_number(out, at<std::int16_t>(vector, row)); return true;
    case DUCKDB_TYPE_INTEGER: append_number(out, at<std::int32_t>(vector, row)); return true;
    case DUCKDB_TYPE_BIGINT: append_number(out, at<std::int64_t>(vector, row)); return true;
    case DUCKDB_TYPE_UTINYINT: append_number(out, static_cast<unsigned>(at<std::uint8_t>(vector, row))); return true;
    case DUCKDB_TYPE_USMALLINT: append_number(out, at<std::uint16_t>(vector, row)); return true;
    case DUCKDB_TYPE_UINTEGER: append_number(out, at<std::uint32_t>(vector, row)); return true;
    case DUCKDB_TYPE_UBIGINT: append_number(out, at<std::uint64_t>(vector, row)); return true;
    case DUCKDB_TYPE_FLOAT: append_real(out, static_cast<double>(at<float>(vector, row)), true); return true;
    case DUCKDB_TYPE_DOUBLE: append_real(out, at<double>(vector, row), false); return true;
    case DUCKDB_TYPE_HUGEINT: append_decimal(out, at<Int128>(vector, row), 0); return true;
    case DUCKDB_TYPE_UHUGEINT: append_unsigned(out, at<Uint128>(vector, row)); return true;
    case DUCKDB_TYPE_DECIMAL: append_decimal(out, decimal_at(shape, vector, row), shape.scale); return true;
    default: return false;
  }
  // clang-format on
}

// Instants, days, times and spans. False if the value is something else.
bool render_time(const Shape& shape, duckdb_vector vector, std::size_t row, std::string& out) {
  // clang-format off
  switch (shape.id) {
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ: append_instant(out, at<std::int64_t>(vector, row), 1'000'000); return true;
    case DUCKDB_TYPE_TIMESTAMP_S: append_instant(out, at<std::int64_t>(vector, row), 1); return true;
    case DUCKDB_TYPE_TIMESTAMP_MS: append_instant(out, at<std::int64_t>(vector, row), 1000); return true;
    case DUCKDB_TYPE_TIMESTAMP_NS: append_instant(out, at<std::int64_t>(vector, row), 1'000'000'000); return true;
    case DUCKDB_TYPE_DATE: append_day(out, at<std::int32_t>(vector, row)); return true;
    case DUCKDB_TYPE_TIME: append_time(out, at<std::int64_t>(vector, row)); return true;
    case DUCKDB_TYPE_INTERVAL: append_interval(out, at<duckdb_interval>(vector, row)); return true;
    default: return false;
  }
  // clang-format on
}

// A value that is neither null nor nested. What cannot be shown was refused by Shape::unreadable.
void render_scalar(const Shape& shape, duckdb_vector vector, std::size_t row, std::string& out) {
  if (render_number(shape, vector, row, out) || render_time(shape, vector, row, out)) return;
  // clang-format off
  switch (shape.id) {
    case DUCKDB_TYPE_BOOLEAN: out += at<bool>(vector, row) ? "true" : "false"; break;
    case DUCKDB_TYPE_UUID: append_uuid(out, at<duckdb_hugeint>(vector, row)); break;
    case DUCKDB_TYPE_ENUM: out += shape.names[enum_at(shape, vector, row)]; break;
    case DUCKDB_TYPE_BLOB: append_blob(out, text_at(duckdb_vector_get_data(vector), row)); break;
    case DUCKDB_TYPE_VARCHAR: out += text_at(duckdb_vector_get_data(vector), row); break;
    default: break;
  }
  // clang-format on
}

bool nested(const Shape& shape) {
  return shape.id == DUCKDB_TYPE_LIST || shape.id == DUCKDB_TYPE_ARRAY || shape.id == DUCKDB_TYPE_STRUCT ||
         shape.id == DUCKDB_TYPE_MAP;
}

void render_list(const Shape& child, duckdb_vector vector, std::uint64_t from, std::uint64_t size, std::string& out) {
  out += '[';
  for (std::uint64_t i = 0; i < size; ++i) {
    if (i > 0) out += ',';
    render_json(child, vector, from + i, out);
  }
  out += ']';
}

// A map's entries are structs of key and value; keys become the object's names.
void render_map(const Shape& shape, duckdb_vector vector, std::size_t row, std::string& out) {
  const auto entry = at<duckdb_list_entry>(vector, row);
  const duckdb_vector pairs = duckdb_list_vector_get_child(vector);
  const duckdb_vector keys = duckdb_struct_vector_get_child(pairs, 0);
  const duckdb_vector values = duckdb_struct_vector_get_child(pairs, 1);
  out += '{';
  for (std::uint64_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    if (i > entry.offset) out += ',';
    std::string key;
    render_text(shape.children[0], keys, i, key);
    append_json_string(out, key);
    out += ':';
    render_json(shape.children[1], values, i, out);
  }
  out += '}';
}

void render_nested(const Shape& shape, duckdb_vector vector, std::size_t row, std::string& out) {
  if (shape.id == DUCKDB_TYPE_LIST) {
    const auto entry = at<duckdb_list_entry>(vector, row);
    render_list(shape.children[0], duckdb_list_vector_get_child(vector), entry.offset, entry.length, out);
  } else if (shape.id == DUCKDB_TYPE_ARRAY) {
    render_list(shape.children[0], duckdb_array_vector_get_child(vector), row * shape.array_size, shape.array_size,
                out);
  } else if (shape.id == DUCKDB_TYPE_MAP) {
    render_map(shape, vector, row, out);
  } else {
    out += '{';
    for (std::size_t i = 0; i < shape.children.size(); ++i) {
      if (i > 0) out += ',';
      append_json_string(out, shape.names[i]);
      out += ':';
      render_json(shape.children[i], duckdb_struct_vector_get_child(vector, i), row, out);
    }
    out += '}';
  }
}

bool plain_in_json(const Shape& shape, duckdb_vector vector, std::size_t row) {
  switch (shape.type()) {
    case Type::kBoolean:
    case Type::kInteger:
    case Type::kUnsigned:
      return true;
    case Type::kReal:
      return std::isfinite(shape.id == DUCKDB_TYPE_FLOAT ? static_cast<double>(at<float>(vector, row))
                                                         : at<double>(vector, row));
    default:
      return shape.json;
  }
}

}  // namespace

std::string_view text_at(const void* data, std::size_t row) {
  const auto* strings = static_cast<const duckdb_string_t*>(data);
  const duckdb_string_t& string = strings[row];
  const std::uint32_t length = string.value.inlined.length;
  return {length <= sizeof(string.value.inlined.inlined) ? string.value.inlined.inlined : string.value.pointer.ptr,
          length};
}

void render_text(const Shape& shape, duckdb_vector vector, std::size_t row, std::string& out) {
  if (null_at(vector, row)) return;
  if (nested(shape)) {
    render_nested(shape, vector, row, out);
  } else {
    render_scalar(shape, vector, row, out);
  }
}

void render_json(const Shape& shape, duckdb_vector vector, std::size_t row, std::string& out) {
  if (null_at(vector, row)) {
    out += "null";
  } else if (nested(shape)) {
    render_nested(shape, vector, row, out);
  } else if (plain_in_json(shape, vector, row)) {
    render_scalar(shape, vector, row, out);
  } else if (shape.type() == Type::kReal) {
    out += "null";  // JSON has no nan and no infinity
  } else if (shape.id == DUCKDB_TYPE_VARCHAR) {
    append_json_string(out, text_at(duckdb_vector_get_data(vector), row));
  } else {
    std::string text;
    render_scalar(shape, vector, row, text);
    append_json_string(out, text);
  }
}

}  // namespace tessera::table

#include "http/text.h"

#include <array>
#include <charconv>

namespace tessera::http {

namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

// One encoded character at `text[i]` ('%' is there); moves `i` onto its last digit. -1 if it is not one.
int decode_percent(std::string_view text, std::size_t& i) {
  if (i + 2 >= text.size()) return -1;
  const int high = hex_digit(text[i + 1]);
  const int low = hex_digit(text[i + 2]);
  if (high < 0 || low < 0 || high + low == 0) return -1;
  i += 2;
  return high * 16 + low;
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int byte = decode_percent(text, i);
      if (byte < 0) return std::nullopt;
      out += static_cast<char>(byte);
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

constexpr std::array<std::int8_t, 256> make_base64_table() {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    table[static_cast<unsigned char>(kLetters[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}
constexpr auto kBase64 = make_base64_table();

constexpr int kMaxPairs = 100;

// Takes the first pair off a query, still encoded.
std::pair<std::string_view, std::string_view> next_pair(std::string_view& query) {
  const std::string_view pair = query.substr(0, query.find('&'));
  query.remove_prefix(std::min(query.size(), pair.size() + 1));
  const std::size_t equals = pair.find('=');
  return {pair.substr(0, equals), equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1)};
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string> percent_decode(std::string_view text) {
  return decode(text, false);
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  for (int pairs = 0; pairs < kMaxPairs && !query.empty(); ++pairs) {
    const auto [key, value] = next_pair(query);
    const auto decoded = decode(key, true);
    if (decoded && *decoded == name) return decode(value, true);
  }
  return std::nullopt;
}

std::vector<Parameter> query_pairs(std::string_view query, std::size_t limit) {
  std::vector<Parameter> out;
  for (std::size_t pairs = 0; pairs < limit && !query.empty(); ++pairs) {
    const auto [key, value] = next_pair(query);
    auto name = decode(key, true);
    auto decoded = decode(value, true);
    if (name && decoded && !name->empty()) out.push_back({std::move(*name), std::move(*decoded)});
  }
  return out;
}

Result<std::int64_t> query_number(std::string_view query, std::string_view name, std::int64_t low, std::int64_t high,
                                  std::int64_t fallback) {
  const auto text = query_value(query, name);
  if (!text) return fallback;
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failed != std::errc{} || end != text->data() + text->size() || number < low || number > high) {
    return error(Code::kInvalidArgument, "query parameter \"" + std::string(name) + "\" must be a whole number from " +
                                             std::to_string(low) + " to " + std::to_string(high));
  }
  return number;
}

std::optional<std::string> base64_decode(std::string_view text) {
  while (!text.empty() && text.back() == '=' && text.size() % 4 != 1) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::int8_t value = kBase64[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xFF);
    }
  }
  return out;
}

std::optional<Credentials> parse_authorization(std::string_view header) {
  header = trim(header);
  const std::size_t space = header.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = header.substr(0, space);
  const std::string_view rest = trim(header.substr(space + 1));
  if (equals_ignoring_case(scheme, "Bearer")) {
    if (rest.empty()) return std::nullopt;
    return Credentials{Credentials::Scheme::kBearer, std::string(rest)};
  }
  if (!equals_ignoring_case(scheme, "Basic")) return std::nullopt;
  auto decoded = base64_decode(rest);
  if (!decoded) return std::nullopt;
  decoded->resize(std::min(decoded->size(), decoded->find(':')));
  if (decoded->empty()) return std::nullopt;
  return Credentials{Credentials::Scheme::kBasic, std::move(*decoded)};
}

bool valid_host(std::string_view host) {
  constexpr std::string_view kMarks = ".-_:[]";
  if (host.empty() || host.size() > 255) return false;
  for (const char c : host) {
    const bool letter = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
    if (!letter && kMarks.find(c) == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace tessera::http

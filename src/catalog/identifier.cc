#include "catalog/identifier.h"

#include <algorithm>

#include "base/result.h"

namespace tessera::catalog {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

void append_lower(std::string& out, std::string_view text) {
  for (const char c : text) out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

void append_phone(std::string& out, std::string_view text) {
  const std::size_t start = out.size();
  if (text.front() == '+') out += '+';
  std::ranges::copy_if(text, std::back_inserter(out), is_digit);
  if (std::string_view(out).substr(start).starts_with("00")) out.replace(start, 2, "+");
  if (out.size() == start + 1 && out.back() == '+') out.pop_back();
}

bool is_standard_phone(std::string_view text) {
  if (text.starts_with("00")) return false;
  const std::string_view digits = text.substr(text.front() == '+' ? 1 : 0);
  return !digits.empty() && std::ranges::all_of(digits, is_digit);
}

}  // namespace

std::string_view standard_identifier(std::string_view type, std::string_view value, std::string& space) {
  if (value.size() > kMaxIdentifierBytes) return {};
  value = trimmed(value);
  if (value.empty()) return {};
  const bool email = type == "email";
  const bool phone = type == "phone";
  if (!email && !phone) return value;
  if (email ? std::ranges::none_of(value, is_upper) : is_standard_phone(value)) return value;
  TESSERA_ASSERT(space.capacity() - space.size() >= kMaxIdentifierBytes);
  const std::size_t start = space.size();
  if (email) append_lower(space, value);
  if (phone) append_phone(space, value);
  return std::string_view(space).substr(start);
}

std::string standard_identifier(std::string_view type, std::string_view value) {
  std::string space;
  space.reserve(kMaxIdentifierBytes);
  return std::string(standard_identifier(type, value, space));
}

}  // namespace tessera::catalog

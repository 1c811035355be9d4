#include "base/ids.h"

namespace tessera {

namespace {
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kDigits = 13;  // 13 x 5 bits hold 64

std::string encode(std::uint64_t value) {
  std::string text(kDigits + 1, 'p');
  for (std::size_t i = kDigits; i > 0; --i) {
    text[i] = kAlphabet[value & 31];
    value >>= 5;
  }
  return text;
}
}  // namespace

std::string to_text(ProfileId id) {
  return encode(id.value);
}
std::string to_text(PartId id) {
  return encode(id.value);
}

std::optional<ProfileId> parse_profile_id(std::string_view text) {
  if (text.size() != kDigits + 1 || text[0] != 'p') return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text.substr(1)) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos || value >> 59 != 0) return std::nullopt;
    value = value << 5 | digit;
  }
  return ProfileId{value};
}

}  // namespace tessera

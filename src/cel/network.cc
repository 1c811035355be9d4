#include "cel/network.h"

#include <algorithm>
#include <charconv>

namespace tessera::cel {

namespace {

constexpr std::size_t kGroups = 8;  // of sixteen bits, in IPv6

// "0" to "255" off the front.
bool take_octet(std::string_view& text, std::uint8_t* out) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > 3 || (digits > 1 && text[0] == '0')) return false;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (text[i] - '0');
  *out = static_cast<std::uint8_t>(value);
  text.remove_prefix(digits);
  return value <= 255;
}

// "1.2.3.4", all of `text`.
bool read_octets(std::string_view text, std::uint8_t* out) {
  for (int i = 0; i < 4; ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) return false;
      text.remove_prefix(1);
    }
    if (!take_octet(text, out + i)) return false;
  }
  return text.empty();
}

// "0" to "ffff" off the front.
bool take_group(std::string_view& text, std::uint8_t* out) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789abcdefABCDEF"), text.size());
  std::uint16_t value = 0;
  if (digits == 0 || digits > 4) return false;
  std::from_chars(text.data(), text.data() + digits, value, 16);
  out[0] = static_cast<std::uint8_t>(value >> 8);
  out[1] = static_cast<std::uint8_t>(value & 0xFF);
  text.remove_prefix(digits);
  return true;
}

// Groups with colons between them, all of `text`; an IPv4 address may be the last two. How many were read, or nullopt.
std::optional<std::size_t> read_groups(std::string_view text, std::size_t room, std::uint8_t* out, bool last) {
  std::size_t count = 0;
  while (!text.empty()) {
    if (count > 0) {
      if (!text.starts_with(':')) return std::nullopt;
      text.remove_prefix(1);
    }
    if (last && text.find(':') == std::string_view::npos && text.find('.') != std::string_view::npos) {
      if (count + 2 > room || !read_octets(text, out + 2 * count)) return std::nullopt;
      return count + 2;
    }
    if (count == room || !take_group(text, out + 2 * count)) return std::nullopt;
    ++count;
  }
  return count;
}

std::optional<Address> parse_ipv6(std::string_view text) {
  Address address;
  address.bits = 128;
  const std::size_t gap = text.find("::");
  const auto head = read_groups(text.substr(0, gap), kGroups, address.bytes.data(), gap == std::string_view::npos);
  if (!head) return std::nullopt;
  if (gap == std::string_view::npos) return *head == kGroups ? std::optional(address) : std::nullopt;
  std::array<std::uint8_t, 16> end{};
  const auto tail = read_groups(text.substr(gap + 2), kGroups, end.data(), true);
  if (!tail || *head + *tail >= kGroups) return std::nullopt;
  std::copy(end.begin(), end.begin() + static_cast<std::ptrdiff_t>(2 * *tail),
            address.bytes.end() - static_cast<std::ptrdiff_t>(2 * *tail));
  return address;
}

bool stands_for_ipv4(const Address& address) {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return address.bits == 128 && std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin());
}

std::uint16_t group(const Address& address, std::size_t index) {
  return static_cast<std::uint16_t>(address.bytes[2 * index] << 8 | address.bytes[2 * index + 1]);
}

// The longest run of two zero groups or more: where it begins, and its length.
std::pair<std::size_t, std::size_t> longest_gap(const Address& address) {
  std::pair<std::size_t, std::size_t> best{kGroups, 1};
  for (std::size_t i = 0; i < kGroups; ++i) {
    std::size_t length = 0;
    while (i + length < kGroups && group(address, i + length) == 0) ++length;
    if (length > best.second) best = {i, length};
    i += length;
  }
  return best;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    Address address;
    return read_octets(text, address.bytes.data()) ? std::optional(address) : std::nullopt;
  }
  const auto address = parse_ipv6(text);
  return address && !stands_for_ipv4(*address) ? address : std::nullopt;
}

std::optional<AddressRange> parse_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, slash));
  std::string_view prefix = text.substr(slash + 1);
  std::uint8_t bits = 0;
  if (!address || !take_octet(prefix, &bits) || !prefix.empty() || bits > address->bits) return std::nullopt;
  return AddressRange{*address, bits};
}

std::string address_text(const Address& address) {
  std::string out;
  if (address.bits == 32) {
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0) out += '.';
      out += std::to_string(address.bytes[i]);
    }
    return out;
  }
  const auto [gap, length] = longest_gap(address);
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == gap) {
      out += "::";
      i += length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    std::array<char, 4> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), group(address, i), 16).ptr;
    out.append(digits.data(), end);
  }
  return out;
}

std::string range_text(const AddressRange& range) {
  return address_text(range.address) + "/" + std::to_string(range.prefix);
}

Address masked(const Address& address, int prefix) {
  Address result = address;
  for (int bit = prefix; bit < 128; ++bit) {
    result.bytes[static_cast<std::size_t>(bit / 8)] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  }
  return result;
}

bool range_contains(const AddressRange& range, const Address& address) {
  return range.address.bits == address.bits && masked(range.address, range.prefix) == masked(address, range.prefix);
}

bool is_unspecified(const Address& address) {
  return address.bytes == Address{}.bytes;
}

bool is_loopback(const Address& address) {
  if (address.bits == 32) return address.bytes[0] == 127;
  Address one;
  one.bits = 128;
  one.bytes[15] = 1;
  return address == one;
}

bool is_multicast(const Address& address) {
  return address.bits == 32 ? (address.bytes[0] & 0xF0) == 0xE0 : address.bytes[0] == 0xFF;
}

bool is_link_local_multicast(const Address& address) {
  if (address.bits == 32) return address.bytes[0] == 224 && address.bytes[1] == 0 && address.bytes[2] == 0;
  return address.bytes[0] == 0xFF && (address.bytes[1] & 0x0F) == 0x02;
}

bool is_link_local_unicast(const Address& address) {
  if (address.bits == 32) return address.bytes[0] == 169 && address.bytes[1] == 254;
  return address.bytes[0] == 0xFE && (address.bytes[1] & 0xC0) == 0x80;
}

bool is_global_unicast(const Address& address) {
  constexpr std::array<std::uint8_t, 4> kBroadcast{255, 255, 255, 255};
  if (address.bits == 32 && std::equal(kBroadcast.begin(), kBroadcast.end(), address.bytes.begin())) return false;
  return !is_unspecified(address) && !is_loopback(address) && !is_multicast(address) && !is_link_local_unicast(address);
}

}  // namespace tessera::cel

// Internet addresses and ranges of them: what the extension "network" works on.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::cel {

struct Address {
  std::array<std::uint8_t, 16> bytes{};  // of IPv4 the first four
  int bits = 32;                         // 32 or 128
  friend auto operator<=>(const Address&, const Address&) = default;
};

// An address as written, and how many of its leading bits are the range's.
struct AddressRange {
  Address address;
  int prefix = 0;
  friend auto operator<=>(const AddressRange&, const AddressRange&) = default;
};

// Strict: no leading zeros in IPv4, no zone, no IPv6 that stands for an IPv4 address (::ffff:1.2.3.4).
std::optional<Address> parse_address(std::string_view text);
std::optional<AddressRange> parse_range(std::string_view text);  // "10.0.0.0/8"
// RFC 5952.
std::string address_text(const Address& address);
std::string range_text(const AddressRange& range);

// With every bit beyond the prefix zero.
Address masked(const Address& address, int prefix);
bool range_contains(const AddressRange& range, const Address& address);

bool is_unspecified(const Address& address);
bool is_loopback(const Address& address);
bool is_multicast(const Address& address);
bool is_link_local_multicast(const Address& address);
bool is_link_local_unicast(const Address& address);
bool is_global_unicast(const Address& address);

}  // namespace tessera::cel

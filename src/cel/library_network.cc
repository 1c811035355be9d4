// The extension "network": addresses (net.IP) and ranges (net.CIDR) as opaque values, as cel-go has them.
#include <new>

#include "cel/library.h"
#include "cel/network.h"
#include "cel/operation.h"
#include "cel/text.h"

namespace tessera::cel {

namespace {

template <class T>
class NetworkObject final : public Object {
 public:
  explicit NetworkObject(const T& value) : value_(value) {}
  static constexpr std::string_view kName = std::is_same_v<T, Address> ? "net.IP" : "net.CIDR";

  std::string_view type_name() const override { return kName; }
  bool field(std::string_view, Arena&, Value*) const override { return false; }
  bool has(std::string_view, bool*) const override { return false; }
  bool equals(const Object& other, Arena&) const override {
    return static_cast<const NetworkObject&>(other).value_ == value_;  // of the same type: the caller has looked
  }
  const T& value() const { return value_; }

 private:
  T value_;
};

template <class T>
Value make(const T& value, Context& context) {
  void* const memory = context.arena.take(sizeof(NetworkObject<T>));
  if (memory == nullptr) return Value::error(kMemoryExceeded);
  return Value::object(new (memory) NetworkObject<T>(value));
}

// The value in an object; null if it is another type's.
template <class T>
const T* value_of(const Value& object) {
  if (!object.is(Kind::kObject) || object.as_object().type_name() != NetworkObject<T>::kName) return nullptr;
  return &static_cast<const NetworkObject<T>&>(object.as_object()).value();
}

template <class T>
std::optional<T> parsed(std::string_view text) {
  if constexpr (std::is_same_v<T, Address>) {
    return parse_address(text);
  } else {
    return parse_range(text);
  }
}

// An argument that is a T or its text; an error in `trouble`.
template <class T>
std::optional<T> taken(std::span<const Value> arguments, std::size_t index, Context& context, Value* trouble) {
  const Value& argument = arguments[index];
  if (const T* const value = value_of<T>(argument)) return *value;
  if (!argument.is(Kind::kString)) {
    *trouble = no_overload(context, "net", arguments);
    return std::nullopt;
  }
  const std::optional<T> value = parsed<T>(argument.text());
  if (!value) {
    const std::string_view what = std::is_same_v<T, Address> ? "' is no IP address" : "' is no CIDR range";
    *trouble = fail(context, "'" + std::string(shown(argument.text())) + std::string(what));
  }
  return value;
}

template <class T>
Value from_text(std::span<const Value> arguments, Context& context) {
  Value trouble;
  const auto value = taken<T>(arguments, 0, context, &trouble);
  return value ? make(*value, context) : trouble;
}

template <class T>
Value is_text_of(std::span<const Value> arguments, Context&) {
  return Value::boolean(parsed<T>(arguments[0].text()).has_value());
}

Value to_text(std::span<const Value> arguments, Context& context) {
  if (const auto* const address = value_of<Address>(arguments[0])) return new_string(address_text(*address), context);
  if (const auto* const range = value_of<AddressRange>(arguments[0])) return new_string(range_text(*range), context);
  return no_overload(context, "string", arguments);
}

Value is_canonical(std::span<const Value> arguments, Context& context) {
  Value trouble;
  const auto address = taken<Address>(arguments, 0, context, &trouble);
  return address ? Value::boolean(address_text(*address) == arguments[0].text()) : trouble;
}

Value family(std::span<const Value> arguments, Context& context) {
  const Address* const address = value_of<Address>(arguments[0]);
  if (address == nullptr) return no_overload(context, "family", arguments);
  return Value::integer(address->bits == 32 ? 4 : 6);
}

template <bool (*kPredicate)(const Address&)>
Value holds(std::span<const Value> arguments, Context& context) {
  const Address* const address = value_of<Address>(arguments[0]);
  return address == nullptr ? no_overload(context, "net.IP", arguments) : Value::boolean(kPredicate(*address));
}

Value contains_ip(std::span<const Value> arguments, Context& context) {
  Value trouble;
  const AddressRange* const range = value_of<AddressRange>(arguments[0]);
  if (range == nullptr) return no_overload(context, "containsIP", arguments);
  const auto address = taken<Address>(arguments, 1, context, &trouble);
  return address ? Value::boolean(range_contains(*range, *address)) : trouble;
}

Value contains_cidr(std::span<const Value> arguments, Context& context) {
  Value trouble;
  const AddressRange* const range = value_of<AddressRange>(arguments[0]);
  if (range == nullptr) return no_overload(context, "containsCIDR", arguments);
  const auto inner = taken<AddressRange>(arguments, 1, context, &trouble);
  if (!inner) return trouble;
  return Value::boolean(range->prefix <= inner->prefix && range_contains(*range, inner->address));
}

Value range_address(std::span<const Value> arguments, Context& context) {
  const AddressRange* const range = value_of<AddressRange>(arguments[0]);
  return range == nullptr ? no_overload(context, "ip", arguments) : make(range->address, context);
}

Value range_masked(std::span<const Value> arguments, Context& context) {
  const AddressRange* const range = value_of<AddressRange>(arguments[0]);
  if (range == nullptr) return no_overload(context, "masked", arguments);
  return make(AddressRange{masked(range->address, range->prefix), range->prefix}, context);
}

Value prefix_length(std::span<const Value> arguments, Context& context) {
  const AddressRange* const range = value_of<AddressRange>(arguments[0]);
  return range == nullptr ? no_overload(context, "prefixLength", arguments) : Value::integer(range->prefix);
}

}  // namespace

void add_network_functions(FunctionTable& table) {
  add_function(table, "isIP(string) bool", is_text_of<Address>);
  add_function(table, "isCIDR(string) bool", is_text_of<AddressRange>);
  add_function(table, "ip(string) net.IP", from_text<Address>);
  add_function(table, "cidr(string) net.CIDR", from_text<AddressRange>);
  add_function(table, "ip.isCanonical(string) bool", is_canonical);
  add_function(table, "string(net.IP) string", to_text);
  add_function(table, "string(net.CIDR) string", to_text);

  add_function(table, "net.IP . family() int", family);
  add_function(table, "net.IP . isUnspecified() bool", holds<is_unspecified>);
  add_function(table, "net.IP . isLoopback() bool", holds<is_loopback>);
  add_function(table, "net.IP . isGlobalUnicast() bool", holds<is_global_unicast>);
  add_function(table, "net.IP . isLinkLocalMulticast() bool", holds<is_link_local_multicast>);
  add_function(table, "net.IP . isLinkLocalUnicast() bool", holds<is_link_local_unicast>);

  add_function(table, "net.CIDR . containsIP(net.IP) bool", contains_ip);
  add_function(table, "net.CIDR . containsIP(string) bool", contains_ip);
  add_function(table, "net.CIDR . containsCIDR(net.CIDR) bool", contains_cidr);
  add_function(table, "net.CIDR . containsCIDR(string) bool", contains_cidr);
  add_function(table, "net.CIDR . ip() net.IP", range_address);
  add_function(table, "net.CIDR . masked() net.CIDR", range_masked);
  add_function(table, "net.CIDR . prefixLength() int", prefix_length);
}

}  // namespace tessera::cel

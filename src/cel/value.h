// Values of the expression language: 16 bytes, trivially copied, owning nothing.
//
// Strings, bytes, lists and maps point at memory of the caller's (an event's text, a JSON document) or of the
// evaluation's Arena; a value is good as long as that is. Errors and unknowns are values too, as the language has it:
// `false && error` is false. See https://github.com/google/cel-spec/blob/master/doc/langdef.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::cel {

class Arena;
class List;
class Map;
class Object;
struct OptionalBox;

enum class Kind : std::uint8_t {
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTimestamp,
  kDuration,
  kList,
  kMap,
  kType,
  kOptional,
  kObject,  // a message or an opaque value of a library (an IP address, a protobuf message in a test)
  kError,
};

// Seconds since 1970-01-01T00:00:00Z (or a duration's), and nanoseconds of the same sign for durations, 0 to
// 999,999,999 for timestamps.
struct Instant {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  friend constexpr auto operator<=>(const Instant&, const Instant&) = default;
};

class Value {
 public:
  constexpr Value() : int_(0) {}  // null

  static constexpr Value null() { return {}; }
  static constexpr Value boolean(bool b) { return Value(Kind::kBool, std::int64_t{b}); }
  static constexpr Value integer(std::int64_t i) { return Value(Kind::kInt, i); }
  static constexpr Value uinteger(std::uint64_t u) { return Value(Kind::kUint, static_cast<std::int64_t>(u)); }
  static Value real(double d) {
    Value value(Kind::kDouble, std::int64_t{0});
    value.double_ = d;
    return value;
  }
  // Views: the bytes are not copied. At most 4 GiB.
  static Value string(std::string_view text) { return Value(Kind::kString, text); }
  static Value bytes(std::string_view bytes) { return Value(Kind::kBytes, bytes); }
  static Value timestamp(Instant t) { return Value(Kind::kTimestamp, t); }
  static Value duration(Instant d) { return Value(Kind::kDuration, d); }
  static Value list(const List* list);
  static Value map(const Map* map);
  static Value object(const Object* object);
  static Value optional(const OptionalBox* optional);
  static Value type(std::string_view name) { return Value(Kind::kType, name); }
  // An error; `message` must outlive it.
  static Value error(std::string_view message) { return Value(Kind::kError, message); }

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_error() const { return kind_ == Kind::kError; }
  bool is_true() const { return kind_ == Kind::kBool && int_ != 0; }

  // Each only where `kind` says so.
  bool as_bool() const { return int_ != 0; }
  std::int64_t as_int() const { return int_; }
  std::uint64_t as_uint() const { return static_cast<std::uint64_t>(int_); }
  double as_double() const { return double_; }
  std::string_view text() const { return {text_, extra_}; }  // string, bytes, type's name, error's message
  Instant as_instant() const { return {int_, static_cast<std::int32_t>(extra_)}; }
  const List& as_list() const { return *list_; }
  const Map& as_map() const { return *map_; }
  const Object& as_object() const { return *object_; }
  const OptionalBox& as_optional() const { return *optional_; }

 private:
  constexpr Value(Kind kind, std::int64_t i) : int_(i), kind_(kind) {}
  Value(Kind kind, std::string_view text)  // never null: memcmp and the like want it so, whatever the size
      : text_(text.empty() ? "" : text.data()), extra_(static_cast<std::uint32_t>(text.size())), kind_(kind) {}
  Value(Kind kind, Instant t) : int_(t.seconds), extra_(static_cast<std::uint32_t>(t.nanos)), kind_(kind) {}

  union {
    std::int64_t int_;
    double double_;
    const char* text_;
    const List* list_;
    const Map* map_;
    const Object* object_;
    const OptionalBox* optional_;
  };
  std::uint32_t extra_ = 0;  // length of a text; nanoseconds
  Kind kind_ = Kind::kNull;
};
static_assert(sizeof(Value) == 16);

struct OptionalBox {
  bool present = false;
  Value value;
};

// A list that somebody keeps; elements may be made when asked for, in the arena.
class List {
 public:
  virtual std::size_t size() const = 0;
  virtual Value at(std::size_t index, Arena& arena) const = 0;  // index < size()

 protected:
  ~List() = default;
};

// A map; keys are int, uint, bool or string.
class Map {
 public:
  virtual std::size_t size() const = 0;
  // False if there is no such key (numbers of different kinds are the same key when they are equal).
  virtual bool find(const Value& key, Arena& arena, Value* value) const = 0;
  // The `index`th key, in the map's own, fixed order.
  virtual Value key_at(std::size_t index, Arena& arena) const = 0;

 protected:
  ~Map() = default;
};

class Object {
 public:
  virtual std::string_view type_name() const = 0;
  // A field's value: false if the type has no such field.
  virtual bool field(std::string_view name, Arena& arena, Value* value) const = 0;
  // Whether the field is set, for `has`: false if there is no such field.
  virtual bool has(std::string_view name, bool* set) const = 0;
  virtual bool equals(const Object& other, Arena& arena) const = 0;

 protected:
  ~Object() = default;
};

inline Value Value::list(const List* list) {
  Value value(Kind::kList, std::int64_t{0});
  value.list_ = list;
  return value;
}

inline Value Value::map(const Map* map) {
  Value value(Kind::kMap, std::int64_t{0});
  value.map_ = map;
  return value;
}

inline Value Value::object(const Object* object) {
  Value value(Kind::kObject, std::int64_t{0});
  value.object_ = object;
  return value;
}

inline Value Value::optional(const OptionalBox* optional) {
  Value value(Kind::kOptional, std::int64_t{0});
  value.optional_ = optional;
  return value;
}

// Lists and maps nested deeper than this are unequal to everything, and have no JSON.
inline constexpr int kMaxValueDepth = 256;
// More than this is not written as JSON: a value may hold the same list a billion times.
inline constexpr std::size_t kMaxValueJsonBytes = 16u << 20;

// Equality as the language has it (numbers of different kinds compare by value; different types are unequal).
bool equal(const Value& a, const Value& b, Arena& arena);
// The name of a value's type, as `type(x)` gives it.
std::string_view type_name(const Value& value);

// A value as JSON text, for people and for answers: timestamps and durations as strings, bytes as base64, keys of maps
// as their text, types by name, numbers that JSON does not have (NaN) as strings, errors as {"error": message}, an absent
// optional as null. False, and `out` as it was, past the two limits above.
bool append_json(std::string& out, const Value& value, Arena& arena);

}  // namespace tessera::cel

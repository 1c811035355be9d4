// Writing JSON. (Reading is done where it is needed: simdjson on the hot path, Boost.JSON elsewhere.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera {

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// Writes one JSON value to the end of a string; commas and colons come by themselves.
//
//   JsonWriter json(out);
//   json.begin_object().key("id").string(id).key("count").number(3).end_object();
//
// The caller keeps the nesting right. Not thread-safe.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& number(std::uint64_t value);
  JsonWriter& number(int value) { return number(static_cast<std::int64_t>(value)); }
  JsonWriter& decimal(double value);  // shortest form that reads back the same; null if not finite
  JsonWriter& boolean(bool value);
  JsonWriter& null() { return raw("null"); }
  JsonWriter& raw(std::string_view json);  // a value that is JSON already

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string& out_;
  bool first_ = true;  // nothing written yet at this level
  bool after_key_ = false;
};

}  // namespace tessera

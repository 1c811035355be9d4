#include "ingest/merge.h"

namespace tessera::ingest {

namespace {

void append_field(std::string& out, std::string_view raw_key, std::string_view raw) {
  if (out.back() != '{') out += ',';
  out += raw_key;
  out += ':';
  out += raw;
}

// Names are compared as they are written: the same name with and without escapes counts as two.
JsonValue find_raw(JsonValue object, std::string_view raw_key) {
  for (JsonValue field = object.first(); field; field = field.next()) {
    if (field.raw_key() == raw_key) return field;
  }
  return {};
}

void append_merged(std::string& out, JsonValue own, JsonValue shared, bool deeper) {
  out += '{';
  for (JsonValue field = own.first(); field; field = field.next()) {
    const JsonValue other = deeper && field.is_object() ? find_raw(shared, field.raw_key()) : JsonValue();
    if (!other.is_object()) {
      append_field(out, field.raw_key(), field.raw());
      continue;
    }
    append_field(out, field.raw_key(), "");
    append_merged(out, field, other, false);
  }
  for (JsonValue field = shared.first(); field; field = field.next()) {
    if (!find_raw(own, field.raw_key())) append_field(out, field.raw_key(), field.raw());
  }
  out += '}';
}

}  // namespace

std::string_view merged(JsonValue own, JsonValue shared, std::string& out) {
  if (!own.is_object()) return shared.is_object() ? shared.raw() : std::string_view();
  if (!shared.is_object() || !shared.first()) return own.raw();
  if (!own.first()) return shared.raw();
  out.clear();
  append_merged(out, own, shared, true);
  return out;
}

std::string_view with_fields_of(JsonValue from, std::initializer_list<std::string_view> names, JsonValue object,
                                std::string& out) {
  out.clear();
  out += '{';
  for (const std::string_view name : names) {
    const JsonValue field = from.find(name);
    if (field.is_string() && !object.find(name)) append_field(out, field.raw_key(), field.raw());
  }
  if (out.size() == 1) return object.raw();
  if (object.first()) out.append(",").append(object.raw().substr(1));
  if (!object.first()) out += '}';
  return out;
}

}  // namespace tessera::ingest

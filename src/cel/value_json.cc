// Values as JSON text.
#include "base/json.h"
#include "cel/instant.h"
#include "cel/numeric.h"
#include "cel/text.h"
#include "cel/value.h"

namespace tessera::cel {

namespace {

class Writer {
 public:
  Writer(std::string& out, Arena& arena) : out_(out), arena_(arena), start_(out.size()) {}

  bool write(const Value& value, int depth);

 private:
  bool write_list(const List& list, int depth);
  bool write_map(const Map& map, int depth);
  void write_scalar(const Value& value);
  void write_double(double number);

  std::string& out_;
  Arena& arena_;
  std::size_t start_;
};

// The text of a scalar as it stands within quotes; strings excepted.
std::string scalar_text(const Value& value) {
  std::string text;
  switch (value.kind()) {
    case Kind::kTimestamp:
      append_timestamp(text, value.as_instant());
      break;
    case Kind::kDuration:
      append_duration(text, value.as_instant());
      break;
    case Kind::kBytes:
      append_base64(text, value.text());
      break;
    case Kind::kBool:
      text = value.as_bool() ? "true" : "false";
      break;
    case Kind::kInt:
      text = std::to_string(value.as_int());
      break;
    case Kind::kUint:
      text = std::to_string(value.as_uint());
      break;
    default:
      text = value.is(Kind::kObject) ? value.as_object().type_name() : value.text();
      break;
  }
  return text;
}

void Writer::write_double(double number) {
  const bool finite = number - number == 0;
  if (!finite) out_ += '"';
  append_double(out_, number);
  if (!finite) out_ += '"';
}

void Writer::write_scalar(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      out_ += "null";
      return;
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
      out_ += scalar_text(value);
      return;
    case Kind::kDouble:
      write_double(value.as_double());
      return;
    case Kind::kString:
      append_json_string(out_, value.text());
      return;
    case Kind::kError:
      out_ += "{\"error\":";
      append_json_string(out_, value.text());
      out_ += '}';
      return;
    default:
      append_json_string(out_, scalar_text(value));
      return;
  }
}

bool Writer::write_list(const List& list, int depth) {
  out_ += '[';
  const std::size_t size = list.size();
  for (std::size_t i = 0; i < size; ++i) {
    if (i > 0) out_ += ',';
    if (!write(list.at(i, arena_), depth + 1)) return false;
  }
  out_ += ']';
  return true;
}

bool Writer::write_map(const Map& map, int depth) {
  out_ += '{';
  const std::size_t size = map.size();
  for (std::size_t i = 0; i < size; ++i) {
    if (i > 0) out_ += ',';
    const Value key = map.key_at(i, arena_);
    append_json_string(out_, key.is(Kind::kString) ? std::string(key.text()) : scalar_text(key));
    out_ += ':';
    Value value;
    if (!map.find(key, arena_, &value)) value = Value::null();
    if (!write(value, depth + 1)) return false;
  }
  out_ += '}';
  return true;
}

bool Writer::write(const Value& value, int depth) {
  if (depth > kMaxValueDepth || out_.size() - start_ > kMaxValueJsonBytes) return false;
  switch (value.kind()) {
    case Kind::kList:
      return write_list(value.as_list(), depth);
    case Kind::kMap:
      return write_map(value.as_map(), depth);
    case Kind::kOptional:
      return write(value.as_optional().present ? value.as_optional().value : Value::null(), depth + 1);
    default:
      write_scalar(value);
      return true;
  }
}

}  // namespace

bool append_json(std::string& out, const Value& value, Arena& arena) {
  const std::size_t before = out.size();
  Writer writer(out, arena);
  if (writer.write(value, 0)) return true;
  out.resize(before);
  return false;
}

}  // namespace tessera::cel

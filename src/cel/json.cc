#include "cel/json.h"

#include <simdjson.h>

#include <cstring>
#include <string>
#include <vector>

#include "cel/collections.h"

namespace tessera::cel {

namespace ondemand = simdjson::ondemand;

namespace {

constexpr std::int64_t kMaxExact = std::int64_t{1} << 53;
constexpr std::size_t kKeptBytes = 1u << 20;  // buffers beyond are given back after use

enum class Problem { kNone, kSyntax, kDepth, kMemory };

std::string_view without_space(std::string_view token) {
  while (!token.empty() && std::string_view(" \t\r\n").contains(token.back())) token.remove_suffix(1);
  return token;
}

// One pass over a document. `Source` is a document or a value in one: they are read alike.
class Walk {
 public:
  Walk(Arena& arena, std::vector<Value>& values, std::vector<Entry>& entries)
      : arena_(arena), values_(values), entries_(entries) {}

  template <class Source>
  bool read(Source& source, int depth, Value* out);

  Problem problem() const { return problem_; }
  simdjson::error_code code() const { return code_; }

 private:
  bool fail(Problem problem) {
    problem_ = problem;
    return false;
  }
  bool failed(simdjson::error_code code) {
    if (code == simdjson::SUCCESS) return false;
    code_ = code;
    problem_ = Problem::kSyntax;
    return true;
  }
  bool keep(std::string_view text, Value* out);
  template <class Source>
  bool read_number(Source& source, Value* out);
  template <class Source>
  bool read_scalar(Source& source, ondemand::json_type type, Value* out);
  bool read_array(ondemand::array array, int depth, Value* out);
  bool read_object(ondemand::object object, int depth, Value* out);

  Arena& arena_;
  std::vector<Value>& values_;   // of the lists that are open, innermost last
  std::vector<Entry>& entries_;  // of the maps
  Problem problem_ = Problem::kNone;
  simdjson::error_code code_ = simdjson::SUCCESS;
};

bool Walk::keep(std::string_view text, Value* out) {
  std::string_view kept;
  if (!arena_.copy(text, &kept)) return fail(Problem::kMemory);
  *out = Value::string(kept);
  return true;
}

template <class Source>
bool Walk::read_number(Source& source, Value* out) {
  std::string_view token;
  if (failed(simdjson::simdjson_result<std::string_view>(source.raw_json_token()).get(token))) return false;
  if (token.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t integer = 0;
    const bool is_integer = source.get_int64().get(integer) == simdjson::SUCCESS;
    if (is_integer && (integer > kMaxExact || integer < -kMaxExact)) {
      *out = Value::integer(integer);
      return true;
    }
  }
  double number = 0;
  if (failed(source.get_double().get(number))) return false;
  *out = Value::real(number);
  return true;
}

template <class Source>
bool Walk::read_scalar(Source& source, ondemand::json_type type, Value* out) {
  switch (type) {
    case ondemand::json_type::string: {
      std::string_view text;
      return !failed(source.get_string().get(text)) && keep(text, out);
    }
    case ondemand::json_type::number:
      return read_number(source, out);
    case ondemand::json_type::boolean: {
      bool boolean = false;
      if (failed(source.get_bool().get(boolean))) return false;
      *out = Value::boolean(boolean);
      return true;
    }
    default: {
      std::string_view token;
      if (failed(simdjson::simdjson_result<std::string_view>(source.raw_json_token()).get(token))) return false;
      bool is_null = false;
      if (failed(simdjson::simdjson_result<bool>(source.is_null()).get(is_null))) return false;
      if (!is_null || without_space(token) != "null") return !failed(simdjson::N_ATOM_ERROR);
      *out = Value::null();
      return true;
    }
  }
}

template <class Source>
bool Walk::read(Source& source, int depth, Value* out) {
  ondemand::json_type type;
  if (failed(source.type().get(type))) return false;
  if (type != ondemand::json_type::array && type != ondemand::json_type::object) {
    return read_scalar(source, type, out);
  }
  if (depth >= kMaxJsonDepth) return fail(Problem::kDepth);
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    return !failed(source.get_array().get(array)) && read_array(array, depth + 1, out);
  }
  ondemand::object object;
  return !failed(source.get_object().get(object)) && read_object(object, depth + 1, out);
}

bool Walk::read_array(ondemand::array array, int depth, Value* out) {
  const std::size_t first = values_.size();
  for (auto next : array) {
    ondemand::value element;
    Value value;
    if (failed(std::move(next).get(element)) || !read(element, depth, &value)) return false;
    values_.push_back(value);
  }
  bool ok = false;
  const std::size_t count = values_.size() - first;
  const std::span<Value> items = take_values(count, arena_, &ok);
  if (!ok) return fail(Problem::kMemory);
  std::copy(values_.begin() + static_cast<std::ptrdiff_t>(first), values_.end(), items.begin());
  values_.resize(first);
  const List* const list = make_list(items, arena_);
  if (list == nullptr) return fail(Problem::kMemory);
  *out = Value::list(list);
  return true;
}

bool Walk::read_object(ondemand::object object, int depth, Value* out) {
  const std::size_t first = entries_.size();
  for (auto next : object) {
    ondemand::field field;
    std::string_view name;
    Entry entry;
    if (failed(std::move(next).get(field)) || failed(field.unescaped_key().get(name))) return false;
    if (!keep(name, &entry.key) || !read(field.value(), depth, &entry.value)) return false;
    entries_.push_back(entry);
  }
  MapBuilder builder(entries_.size() - first, arena_);
  for (std::size_t i = first; i < entries_.size(); ++i) {
    if (builder.add(entries_[i].key, entries_[i].value, true) != MapBuilder::Added::kYes) return fail(Problem::kMemory);
  }
  entries_.resize(first);
  const Map* const map = builder.finish();
  if (map == nullptr) return fail(Problem::kMemory);
  *out = Value::map(map);
  return true;
}

}  // namespace

struct JsonReader::Parser {
  ondemand::parser parser;
  std::vector<char> text;  // with the padding that simdjson reads beyond the end
  std::vector<Value> values;
  std::vector<Entry> entries;
};

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {}
JsonReader::~JsonReader() = default;

Result<Value> JsonReader::read(std::string_view text, Arena& arena) {
  if (parser_->text.size() > kKeptBytes && text.size() <= kKeptBytes) parser_ = std::make_unique<Parser>();
  Parser& own = *parser_;
  own.values.clear();
  own.entries.clear();
  const std::size_t padded = text.size() + simdjson::SIMDJSON_PADDING;
  if (own.text.size() < padded) own.text.resize(padded);
  if (!text.empty()) std::memcpy(own.text.data(), text.data(), text.size());
  std::memset(own.text.data() + text.size(), ' ', simdjson::SIMDJSON_PADDING);

  ondemand::document document;
  auto code = own.parser.iterate(own.text.data(), text.size(), own.text.size()).get(document);
  if (code != simdjson::SUCCESS) {
    return error(Code::kInvalidArgument, std::string("no valid JSON: ") + simdjson::error_message(code));
  }
  Walk walk(arena, own.values, own.entries);
  Value value;
  const bool read = walk.read(document, 0, &value);
  if (walk.problem() == Problem::kDepth) {
    return error(Code::kInvalidArgument, "the JSON is nested more than " + std::to_string(kMaxJsonDepth) + " deep");
  }
  if (walk.problem() == Problem::kMemory) {
    return error(Code::kInvalidArgument, "the JSON takes more memory than it may");
  }
  const char* location = nullptr;
  const auto end = document.current_location().get(location);
  if (read && end == simdjson::OUT_OF_BOUNDS) return value;
  code = read ? simdjson::TRAILING_CONTENT : walk.code();
  std::string message = std::string("no valid JSON: ") + simdjson::error_message(code);
  if (end == simdjson::SUCCESS) message += " Near byte " + std::to_string(location - own.text.data()) + ".";
  return error(Code::kInvalidArgument, std::move(message));
}

}  // namespace tessera::cel

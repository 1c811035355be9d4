#include "ingest/json_tree.h"

#include <simdjson.h>

#include <cstring>

#include "ingest/json_text.h"

namespace tessera::ingest {

namespace ondemand = simdjson::ondemand;

struct JsonTree::Simdjson {
  ondemand::parser parser;
};

namespace {

// Bodies and trees beyond these are given back after use.
constexpr std::size_t kKeptBytes = 1u << 20;
constexpr std::size_t kKeptNodes = 64u << 10;

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::string_view without_space(std::string_view token) {
  while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
  return token;
}

}  // namespace

// One pass over a document: On-Demand checks the structure, this checks the scalars (which On-Demand does only when
// they are converted) and notes the nodes. The text of an object or array is only right if there is no white space.
class JsonWalk {
 public:
  JsonWalk(JsonTree& tree, ondemand::document& document) : tree_(tree), document_(document) {
    begin_ = tree.text_.get();
    end_ = begin_ + tree.size_;
    has_escapes_ = std::memchr(begin_, '\\', tree.size_) != nullptr;
  }

  simdjson::error_code root() {
    ondemand::object object;
    if (auto code = document_.get_object().get(object)) return code;
    JsonTree::Node node;
    node.kind = JsonKind::kObject;
    tree_.nodes_.push_back(node);
    if (auto code = fields(object, 1)) return code;
    if (document_.current_location().error() != simdjson::OUT_OF_BOUNDS) return simdjson::TRAILING_CONTENT;
    tree_.nodes_[0].raw_size = static_cast<std::uint32_t>(tree_.size_);
    tree_.nodes_[0].next = static_cast<std::uint32_t>(tree_.nodes_.size());
    return simdjson::SUCCESS;
  }

  // How long the document is without white space.
  std::size_t compact_size() const { return compact_size_; }

 private:
  std::uint32_t place(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }

  // Where the string that begins at `at` (after its quote) is closed; null if it is wrong.
  char* string_end(char* at, bool& escaped) const {
    if (has_escapes_) return check_json_string(at, end_, escaped);
    return static_cast<char*>(std::memchr(at, '"', static_cast<std::size_t>(end_ - at)));
  }

  simdjson::error_code fields(ondemand::object& object, std::size_t depth) {
    std::size_t count = 0;
    for (auto next : object) {
      ondemand::field field;
      if (auto code = std::move(next).get(field)) return code;
      JsonTree::Node node;
      char* const key = begin_ + (field.key().raw() - begin_);
      const char* const key_end = string_end(key, node.key_escaped);
      if (key_end == nullptr) return simdjson::STRING_ERROR;
      const char* after = key_end + 1;
      while (after < end_ && is_space(*after)) ++after;
      if (after == end_ || *after != ':') return simdjson::STRING_ERROR;
      node.key = place(key);
      node.key_size = static_cast<std::uint32_t>(key_end - key);
      compact_size_ += node.key_size + 3;
      if (auto code = value(field.value(), node, depth)) return code;
      ++count;
    }
    compact_size_ += 2 + (count > 0 ? count - 1 : 0);
    return simdjson::SUCCESS;
  }

  simdjson::error_code elements(ondemand::array& array, std::size_t depth) {
    std::size_t count = 0;
    for (auto next : array) {
      ondemand::value element;
      if (auto code = std::move(next).get(element)) return code;
      if (auto code = value(element, JsonTree::Node(), depth)) return code;
      ++count;
    }
    compact_size_ += 2 + (count > 0 ? count - 1 : 0);
    return simdjson::SUCCESS;
  }

  simdjson::error_code value(ondemand::value value, JsonTree::Node node, std::size_t depth) {
    if (tree_.nodes_.size() >= JsonTree::kMaxValues) return simdjson::CAPACITY;
    ondemand::json_type type;
    if (auto code = value.type().get(type)) return code;
    const std::string_view token = value.raw_json_token();
    node.raw = place(token.data());
    const std::size_t index = tree_.nodes_.size();
    if (type != ondemand::json_type::object && type != ondemand::json_type::array) {
      // On-Demand skips what was not read, and takes a string that it skips for a key if a colon follows.
      if (type == ondemand::json_type::string) {
        if (auto code = value.get_raw_json_string().error()) return code;
      }
      if (auto code = scalar(type, without_space(token), node)) return code;
      node.next = static_cast<std::uint32_t>(index + 1);
      tree_.nodes_.push_back(node);
      return simdjson::SUCCESS;
    }
    if (depth >= JsonTree::kMaxDepth) return simdjson::DEPTH_ERROR;
    node.kind = type == ondemand::json_type::object ? JsonKind::kObject : JsonKind::kArray;
    tree_.nodes_.push_back(node);
    if (auto code = children(value, type, depth + 1)) return code;
    const char* after = nullptr;
    if (auto code = document_.current_location().get(after)) return code;
    tree_.nodes_[index].raw_size = place(after) - node.raw;
    tree_.nodes_[index].next = static_cast<std::uint32_t>(tree_.nodes_.size());
    return simdjson::SUCCESS;
  }

  simdjson::error_code children(ondemand::value& value, ondemand::json_type type, std::size_t depth) {
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      if (auto code = value.get_object().get(object)) return code;
      return fields(object, depth);
    }
    ondemand::array array;
    if (auto code = value.get_array().get(array)) return code;
    return elements(array, depth);
  }

  simdjson::error_code scalar(ondemand::json_type type, std::string_view token, JsonTree::Node& node) {
    node.raw_size = static_cast<std::uint32_t>(token.size());
    compact_size_ += token.size();
    switch (type) {
      case ondemand::json_type::string: {
        node.kind = JsonKind::kString;
        const char* const end = string_end(begin_ + node.raw + 1, node.escaped);
        return end == token.data() + token.size() - 1 ? simdjson::SUCCESS : simdjson::STRING_ERROR;
      }
      case ondemand::json_type::number:
        node.kind = JsonKind::kNumber;
        return is_json_number(token) ? simdjson::SUCCESS : simdjson::NUMBER_ERROR;
      case ondemand::json_type::boolean:
        node.kind = JsonKind::kBoolean;
        if (token == "true") return simdjson::SUCCESS;
        return token == "false" ? simdjson::SUCCESS : simdjson::F_ATOM_ERROR;
      default:
        node.kind = JsonKind::kNull;
        return token == "null" ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
    }
  }

  JsonTree& tree_;
  ondemand::document& document_;
  char* begin_;
  const char* end_;
  bool has_escapes_;
  std::size_t compact_size_ = 0;
};

namespace {

std::string describe(simdjson::error_code code) {
  switch (code) {
    case simdjson::UTF8_ERROR:
      return "it is not UTF-8";
    case simdjson::EMPTY:
      return "it is empty";
    case simdjson::INCORRECT_TYPE:
      return "it must be a JSON object";
    case simdjson::DEPTH_ERROR:
      return "it is nested deeper than " + std::to_string(JsonTree::kMaxDepth) + " levels";
    case simdjson::CAPACITY:
      return "it holds more than " + std::to_string(JsonTree::kMaxValues) + " values";
    case simdjson::UNESCAPED_CHARS:
      return "a string holds a control character that is not escaped";
    case simdjson::UNCLOSED_STRING:
      return "a string is not closed";
    case simdjson::STRING_ERROR:
      return "a string or its escapes are wrong";
    case simdjson::NUMBER_ERROR:
      return "a number is wrong";
    case simdjson::TRAILING_CONTENT:
      return "something follows the object";
    default:
      return "it is not valid JSON";
  }
}

}  // namespace

JsonTree::JsonTree() : simdjson_(std::make_unique<Simdjson>()) {}
JsonTree::~JsonTree() = default;

void JsonTree::make_room(std::size_t size) {
  if (capacity_ > kKeptBytes && size <= kKeptBytes) {
    capacity_ = 0;
    simdjson_ = std::make_unique<Simdjson>();
  }
  if (nodes_.capacity() > kKeptNodes && size <= kKeptBytes) std::vector<Node>().swap(nodes_);
  nodes_.clear();
  if (text_ != nullptr && capacity_ >= size) return;
  capacity_ = std::max<std::size_t>(size, 64u << 10);
  text_ = std::make_unique<char[]>(capacity_ + simdjson::SIMDJSON_PADDING);
  spare_ = std::make_unique<char[]>(capacity_ + simdjson::SIMDJSON_PADDING);
}

// Fills the nodes; how long the document would be without white space.
Result<std::size_t> JsonTree::walk() {
  nodes_.clear();
  ondemand::document document;
  const simdjson::padded_string_view text(text_.get(), size_, capacity_ + simdjson::SIMDJSON_PADDING);
  simdjson::error_code code = simdjson_->parser.iterate(text).get(document);
  if (code == simdjson::SUCCESS) {
    JsonWalk walk(*this, document);
    code = walk.root();
    if (code == simdjson::SUCCESS) return walk.compact_size();
  }
  std::string message = "the JSON cannot be read: " + describe(code);
  if (nodes_.size() > 1) message += " (near byte " + std::to_string(nodes_.back().raw) + ")";
  nodes_.clear();
  return error(Code::kInvalidArgument, std::move(message));
}

Status JsonTree::read(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  if (text.size() > kMaxBytes) return error(Code::kInvalidArgument, "the JSON cannot be read: it is larger than 64 MB");
  make_room(text.size());
  size_ = text.size();
  if (!text.empty()) std::memcpy(text_.get(), text.data(), text.size());
  TRY_ASSIGN(std::size_t compact_size, walk());
  if (compact_size == size_) return {};

  std::size_t minified = 0;
  const auto code = simdjson::minify(text_.get(), size_, spare_.get(), minified);
  if (code != simdjson::SUCCESS) return error(Code::kInvalidArgument, "the JSON cannot be read: " + describe(code));
  std::swap(text_, spare_);
  size_ = minified;
  TRY_ASSIGN(compact_size, walk());
  TESSERA_ASSERT(compact_size == size_);
  return {};
}

JsonKind JsonValue::kind() const {
  return tree_ == nullptr ? JsonKind::kAbsent : tree_->nodes_[index_].kind;
}

std::size_t JsonValue::count() const {
  return tree_ == nullptr ? 0 : tree_->nodes_[index_].next - index_;
}

std::string_view JsonValue::raw() const {
  if (tree_ == nullptr) return {};
  const JsonTree::Node& node = tree_->nodes_[index_];
  return tree_->at(node.raw, node.raw_size);
}

std::string_view JsonValue::raw_key() const {
  const JsonTree::Node& node = tree_->nodes_[index_];
  return tree_->at(node.key - 1, node.key_size + 2);
}

std::string_view JsonValue::key(TextSpace& space) const {
  const JsonTree::Node& node = tree_->nodes_[index_];
  const std::string_view key = tree_->at(node.key, node.key_size);
  return node.key_escaped ? space.emplace_back(unescape_json(key)) : key;
}

std::string_view JsonValue::text(TextSpace& space) const {
  const JsonKind which = kind();
  if (which == JsonKind::kNumber) return raw();
  if (which != JsonKind::kString) return {};
  const std::string_view inner = raw().substr(1, raw().size() - 2);
  return tree_->nodes_[index_].escaped ? space.emplace_back(unescape_json(inner)) : inner;
}

JsonValue JsonValue::find(std::string_view name) const {
  if (!is_object()) return {};
  const auto& nodes = tree_->nodes_;
  const std::uint32_t end = nodes[index_].next;
  for (std::uint32_t i = index_ + 1; i < end; i = nodes[i].next) {
    const std::string_view key = tree_->at(nodes[i].key, nodes[i].key_size);
    if (nodes[i].key_escaped ? unescape_json(key) == name : key == name) return {tree_, i, end};
  }
  return {};
}

JsonValue JsonValue::first() const {
  return tree_ == nullptr ? JsonValue() : JsonValue(tree_, index_ + 1, tree_->nodes_[index_].next);
}

JsonValue JsonValue::next() const {
  return {tree_, tree_->nodes_[index_].next, end_};
}

}  // namespace tessera::ingest

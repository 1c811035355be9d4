// One JSON document, checked in full, as flat nodes over its text: values are found without being converted, and each
// knows the text it was written as.
//
// The tree keeps its own copy of the text, without white space between tokens. In it, what no text type downstream
// holds is made "\ufffd": an escaped NUL, and an escaped half of a surrogate pair. Not thread-safe; kept and read into
// again, it allocates nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::ingest {

enum class JsonKind : std::uint8_t { kAbsent, kObject, kArray, kString, kNumber, kBoolean, kNull };

// Where strings are kept that differ from their text in the document (escapes).
using TextSpace = std::deque<std::string>;

class JsonTree;

// A value in a tree, or none. A small handle; valid until the tree is read into again.
class JsonValue {
 public:
  JsonValue() = default;

  explicit operator bool() const { return tree_ != nullptr; }
  JsonKind kind() const;
  bool is_object() const { return kind() == JsonKind::kObject; }
  bool is_string() const { return kind() == JsonKind::kString; }

  // How many values it consists of, itself included; 0 if there is none.
  std::size_t count() const;
  // The value as JSON text; empty if there is none.
  std::string_view raw() const;
  // The field's name as JSON text, with its quotes. For fields of objects.
  std::string_view raw_key() const;
  std::string_view key(TextSpace& space) const;
  // A string's characters, a number's text, else empty.
  std::string_view text(TextSpace& space) const;

  // The first field so named; none if there is no such field or this is no object.
  JsonValue find(std::string_view name) const;
  // for (JsonValue field = object.first(); field; field = field.next())
  JsonValue first() const;
  JsonValue next() const;

 private:
  friend class JsonTree;
  JsonValue(const JsonTree* tree, std::uint32_t index, std::uint32_t end)
      : tree_(index < end ? tree : nullptr), index_(index), end_(end) {}

  const JsonTree* tree_ = nullptr;
  std::uint32_t index_ = 0;
  std::uint32_t end_ = 0;  // index after the last sibling
};

class JsonTree {
 public:
  static constexpr std::size_t kMaxDepth = 64;
  static constexpr std::size_t kMaxValues = 1'000'000;
  static constexpr std::size_t kMaxBytes = 64u << 20;

  JsonTree();
  ~JsonTree();
  JsonTree(const JsonTree&) = delete;
  JsonTree& operator=(const JsonTree&) = delete;

  // kInvalidArgument says what is wrong and near which byte: not UTF-8, not JSON, not an object at its root, or beyond
  // the three bounds above.
  Status read(std::string_view text);

  // The document's object, after a successful read.
  JsonValue root() const { return {this, 0, static_cast<std::uint32_t>(nodes_.size())}; }

 private:
  friend class JsonValue;
  friend class JsonWalk;
  struct Simdjson;
  struct Node {
    std::uint32_t key = 0;  // place of the name's characters
    std::uint32_t key_size = 0;
    std::uint32_t raw = 0;  // place of the value's text
    std::uint32_t raw_size = 0;
    std::uint32_t next = 0;  // index after the last descendant
    JsonKind kind = JsonKind::kNull;
    bool key_escaped = false;
    bool escaped = false;
  };
  std::string_view at(std::uint32_t place, std::uint32_t size) const { return {text_.get() + place, size}; }
  void make_room(std::size_t size);
  Result<std::size_t> walk();

  std::unique_ptr<char[]> text_;
  std::unique_ptr<char[]> spare_;  // where white space is taken out
  std::size_t capacity_ = 0;       // of both, less the padding that simdjson asks for
  std::size_t size_ = 0;
  std::vector<Node> nodes_;
  std::unique_ptr<Simdjson> simdjson_;
};

}  // namespace tessera::ingest

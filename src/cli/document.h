// A YAML or JSON document as a tree that knows its lines. Plain data; the YAML library stays behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::cli {

struct DocumentMember;

struct DocumentNode {
  enum class Kind : std::uint8_t { kNothing, kScalar, kList, kMap };

  Kind kind = Kind::kNothing;  // kNothing: null
  std::size_t line = 0;        // from 1
  std::string place;           // "events[0].properties", for messages
  std::string scalar;
  bool quoted = false;  // a scalar in quotes is always text
  std::vector<DocumentNode> items;
  std::vector<DocumentMember> members;  // in the document's order, names unique

  const DocumentNode* find(std::string_view key) const;
};

struct DocumentMember {
  std::string name;
  DocumentNode node;
};

inline constexpr std::size_t kMaxDocumentNodes = 50'000;  // aliases counted where they are used
inline constexpr int kMaxDocumentDepth = 100;

// kInvalidArgument, with the line: no YAML, a key twice in one map, a key that is no text, too large.
Result<DocumentNode> parse_document(std::string_view yaml, std::string_view where);
// All documents of a stream ("---" between them).
Result<std::vector<DocumentNode>> parse_documents(std::string_view yaml, std::string_view where);

// Reads the parts of a document and words what is wrong with them.
class DocumentReader {
 public:
  explicit DocumentReader(std::string_view where) : where_(where) {}

  // "mapping.yaml:12: events[0].name: `message`".
  std::unexpected<Error> refuse(const DocumentNode& node, std::string_view message) const;

  // That `node` is a map with no keys but these.
  Status check_keys(const DocumentNode& node, std::initializer_list<std::string_view> allowed) const;
  Result<std::string> text(const DocumentNode& node) const;
  Result<bool> boolean(const DocumentNode& node) const;
  Result<std::int64_t> integer(const DocumentNode& node, std::int64_t least, std::int64_t most) const;
  // One text, or a list of them.
  Result<std::vector<std::string>> texts(const DocumentNode& node) const;
  // The place of the text among `words`.
  Result<std::size_t> word(const DocumentNode& node, std::initializer_list<std::string_view> words) const;

 private:
  std::string where_;
};

// "a, b, c"
std::string listed(const std::vector<std::string>& words);

}  // namespace tessera::cli

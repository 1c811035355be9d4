// A compiled schema: a node for each subschema, which point at each other by number. For this module's own sources.
#pragma once

#include <re2/re2.h>

#include <array>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tessera::json_schema {

using NodeId = std::uint32_t;

// A bit for each type; an integer is a number too.
enum TypeBit : std::uint8_t {
  kNull = 1,
  kBoolean = 2,
  kObject = 4,
  kArray = 8,
  kNumber = 16,
  kString = 32,
  kInteger = 64,
};

struct Pattern {
  std::string text;
  std::unique_ptr<re2::RE2> expression;
};

struct NumberRules {
  std::optional<boost::json::value> multiple_of, maximum, exclusive_maximum, minimum, exclusive_minimum;
};

struct SizeRule {
  std::uint64_t least = 0;
  std::uint64_t most = UINT64_MAX;
  bool holds(std::uint64_t size) const { return size >= least && size <= most; }
};

struct ArrayRules {
  SizeRule size;
  bool unique = false;
  std::vector<NodeId> first;   // `items` as a list: one for each place
  std::optional<NodeId> rest;  // `items` as one schema, or `additionalItems`
  std::optional<NodeId> contains;
};

struct Dependency {
  std::string property;
  std::vector<std::string> needed;
  std::optional<NodeId> schema;
};

struct ObjectRules {
  SizeRule size;
  std::vector<std::string> required;
  std::map<std::string, NodeId, std::less<>> properties;
  std::vector<std::pair<Pattern, NodeId>> patterns;
  std::optional<NodeId> rest;  // `additionalProperties`
  std::optional<NodeId> names;
  std::vector<Dependency> dependencies;
};

struct Node {
  std::string title;                // what people call it; may be empty
  std::optional<bool> always;       // the schemas `true` and `false`
  std::optional<NodeId> reference;  // then nothing else counts
  std::uint8_t types = 0;           // of TypeBit; 0: any
  // Of `enum` or `const`: the values in canonical form, sorted; and for people, in the schema's order.
  std::optional<std::vector<std::string>> allowed;
  std::vector<std::string> allowed_shown;
  std::vector<std::string> allowed_texts;
  NumberRules number;
  SizeRule length;  // in characters
  std::optional<Pattern> pattern;
  ArrayRules array;
  ObjectRules object;
  std::vector<NodeId> all_of, any_of, one_of;
  std::optional<NodeId> not_, if_, then, else_;
};

struct Compiled {
  std::vector<Node> nodes;  // the first is the whole schema
};

// A text that equal values share, as draft 7 has equality: members in any order, 1 is 1.0. Values nested deeper than
// kMaxNesting must not be given.
std::string canonical(const boost::json::value& value);

// Whether `value` is nested at most `most` levels deep.
bool is_nested_at_most(const boost::json::value& value, int most);

}  // namespace tessera::json_schema

// JSON Schema, draft 7: what a document must look like, and what is wrong with one, in words for people.
//
// All of the validation vocabulary but `format` and `content…`, which say nothing binding in draft 7. References stay
// within the schema's own document: by pointer, by `$id`, by name; nothing is ever fetched. Patterns are RE2's: linear
// time, no look-around, no back-references. Specification: https://json-schema.org/draft-07 (core and validation).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace boost::json {
class value;
}

namespace tessera::json_schema {

inline constexpr std::size_t kMaxSchemaBytes = 1u << 20;
inline constexpr std::size_t kMaxSubschemas = 20'000;
inline constexpr std::size_t kMaxPatternBytes = 4'000;
inline constexpr int kMaxNesting = 100;               // of a schema, and of a value that is checked
inline constexpr int kMaxRecursion = 300;             // subschemas within each other while one value is checked
inline constexpr std::uint64_t kMaxWork = 5'000'000;  // steps of one check: well under a second
inline constexpr std::size_t kMaxViolations = 100;

struct Violation {
  std::string pointer;  // JSON pointer (RFC 6901) into the value; empty: the whole
  std::string message;  // as in: must be one of "public", "server"
};

struct Compiled;

// A schema, ready to check values. Immutable; any thread; cheap to copy.
class Schema {
 public:
  // kInvalidArgument, with a pointer into the schema: a keyword with a wrong value, a reference to what is not in the
  // document, a pattern that RE2 does not take; kTooLarge past a limit above. Keywords of no meaning here are let be.
  static Result<Schema> compile(std::string_view text);
  static Result<Schema> compile(const boost::json::value& document);

  // What is wrong with `value`, in its order, at most `limit` of it; empty if nothing is. Work is bounded: a value that
  // takes more than kMaxWork, or is nested deeper than kMaxNesting, is told to be wrong as a whole.
  std::vector<Violation> validate(const boost::json::value& value, std::size_t limit = kMaxViolations) const;

 private:
  explicit Schema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace tessera::json_schema

// Reading the JSON documents that administrators send: typed fields, and messages that name the field and say what is
// allowed. For this module's own sources.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tessera::catalog {

inline constexpr std::size_t kMaxDocumentBytes = 1u << 20;

// The JSON object that `text` is. `what` says in messages what it should have been, e.g. "source".
Result<boost::json::object> parse_document(std::string_view text, std::string_view what);

// One object of a document, and where in the document it is ("types[2]", or empty for the document itself).
class Fields {
 public:
  Fields(const boost::json::object& object, std::string where) : object_(object), where_(std::move(where)) {}

  // Refuses fields other than these.
  Status only(std::initializer_list<std::string_view> names) const;

  bool has(std::string_view name) const { return object_.contains(name); }

  Result<std::string> text(std::string_view name) const;  // must be there
  Result<bool> flag(std::string_view name, bool fallback) const;
  // A number from `low` to `high`.
  Result<double> number(std::string_view name, double low, double high) const;
  // At most `limit` elements; null if the field is not there.
  Result<const boost::json::array*> list(std::string_view name, std::size_t limit) const;

  // "types[2].limit"
  std::string place(std::string_view name) const;
  // An error about a field: "source: types[2].limit must be …".
  std::unexpected<Error> wrong(std::string_view name, std::string_view must) const;

 private:
  const boost::json::object& object_;
  std::string where_;
};

// Whether `name` has 1 to `limit` characters, all of a-z, 0-9 and `also`.
bool is_name(std::string_view name, std::size_t limit, std::string_view also);

}  // namespace tessera::catalog

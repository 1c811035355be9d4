// Reading the keywords of one subschema that have no subschemas in them. For this module's own sources.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json_schema/compiled.h"

namespace tessera::json_schema {

inline std::string_view view(const boost::json::string& text) {
  return {text.data(), text.size()};
}

// "the schema, at /properties/name/type: must be …"
std::unexpected<Error> wrong_schema(std::string_view pointer, std::string_view message);

// A pattern in JSON's dialect, ECMA 262, as RE2 takes it: \uXXXX is told the other way, the rest is the same or
// refused.
Result<Pattern> make_pattern(std::string_view text, std::string_view pointer);

bool is_above_zero(const boost::json::value& number);

// Each reads one keyword if it is there, and leaves what it is given as it is if not.
class Keywords {
 public:
  Keywords(const boost::json::object& schema, std::string_view pointer) : schema_(schema), pointer_(pointer) {}

  Status title(std::string& to) const;
  Status types(std::uint8_t& to) const;
  Status allowed(Node& to) const;  // `enum`, `const`
  Status pattern(std::optional<Pattern>& to) const;
  Status flag(std::string_view name, bool& to) const;
  Status number(std::string_view name, std::optional<boost::json::value>& to) const;
  Status sizes(std::string_view least, std::string_view most, SizeRule& to) const;
  Status names(std::string_view name, std::vector<std::string>& to) const;  // a list of texts

 private:
  Status size(std::string_view name, std::uint64_t& to) const;
  std::unexpected<Error> wrong(std::string_view name, std::string_view must) const;

  const boost::json::object& schema_;
  std::string_view pointer_;
};

}  // namespace tessera::json_schema

#include "json_schema/schema.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "json_schema/check.h"
#include "json_schema/compiled.h"
#include "json_schema/compiler.h"

namespace tessera::json_schema {

namespace json = boost::json;

Result<Schema> Schema::compile(std::string_view text) {
  if (text.size() > kMaxSchemaBytes) {
    return error(Code::kTooLarge, "the schema has more than " + std::to_string(kMaxSchemaBytes) + " bytes");
  }
  json::parse_options options;
  options.max_depth = static_cast<std::size_t>(kMaxNesting);
  boost::system::error_code failed;
  const json::value document = json::parse(json::string_view(text.data(), text.size()), failed, {}, options);
  if (failed) return error(Code::kInvalidArgument, "the schema is not valid JSON: " + failed.message());
  return compile(document);
}

Result<Schema> Schema::compile(const json::value& document) {
  TRY_ASSIGN(Compiled compiled, Compiler(document).compile());
  return Schema(std::make_shared<const Compiled>(std::move(compiled)));
}

std::vector<Violation> Schema::validate(const json::value& value, std::size_t limit) const {
  const Part whole{value};
  if (!is_nested_at_most(value, kMaxNesting)) {
    return {{"", "is nested deeper than " + std::to_string(kMaxNesting) + " levels"}};
  }
  Findings findings(std::max<std::size_t>(1, limit));
  Check check(*compiled_);
  const bool right = check.check(0, whole, findings);
  if (check.gave_up()) return {{"", "is too large or too deep to be checked against its schema"}};
  TESSERA_ASSERT(right == findings.violations().empty());
  return std::move(findings.violations());
}

}  // namespace tessera::json_schema

// Input: a schema, a zero byte, a value. No schema and no value may crash, hang or take much memory.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "json_schema/schema.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera::json_schema;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\0'), input.size());
  const auto schema = Schema::compile(input.substr(0, end));
  if (!schema || end == input.size()) return 0;
  boost::system::error_code failed;
  const std::string_view text = input.substr(end + 1);
  const boost::json::value value = boost::json::parse(boost::json::string_view(text.data(), text.size()), failed);
  if (failed) return 0;
  const auto first = schema->validate(value);
  const auto again = schema->validate(value, 1);
  TESSERA_ASSERT(first.empty() == again.empty());
  for (const auto& violation : first) TESSERA_ASSERT(!violation.message.empty());
  return 0;
}

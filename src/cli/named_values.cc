#include "cli/named_values.h"

namespace tessera::cli {

Result<NamedValues> NamedValues::parse(const std::vector<std::string>& texts, std::string_view option, bool lower) {
  NamedValues values;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return error(Code::kInvalidArgument, std::string(option) + " takes name=value, not \"" + text + "\"");
    }
    std::string name = text.substr(0, equals);
    for (char& c : name) {
      if (lower && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    values.pairs_.emplace_back(std::move(name), text.substr(equals + 1));
  }
  return values;
}

std::vector<ingest::PayloadField> NamedValues::fields() const {
  std::vector<ingest::PayloadField> fields;
  for (const auto& [name, value] : pairs_) fields.push_back({name, value});
  return fields;
}

}  // namespace tessera::cli

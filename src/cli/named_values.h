// Options of the form name=value, as what comes with a document.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ingest/payload.h"

namespace tessera::cli {

class NamedValues {
 public:
  // kInvalidArgument, naming `option`, if one has no "=" or no name. `lower`: names in lower case, as of headers.
  static Result<NamedValues> parse(const std::vector<std::string>& texts, std::string_view option, bool lower);

  // Valid as long as this is.
  std::vector<ingest::PayloadField> fields() const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace tessera::cli

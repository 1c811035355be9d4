// gzip (RFC 1952) of a whole body in memory.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tessera::http_client {

// Compressed quickly rather than well. kTooLarge above 1 GB.
Result<std::string> gzip(std::string_view bytes);

}  // namespace tessera::http_client

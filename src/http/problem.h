// Errors as HTTP answers: problem details (RFC 9457).
#pragma once

#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace tessera::http {

// The answer to a failure. 401, 429 and 503 carry the headers that go with them.
Response problem(const Error& error);
Response problem(Code code, std::string_view detail);

// For what only HTTP knows. `code` is one of the words in api/openapi.yaml.
Response problem(int status, std::string_view code, std::string_view detail);

// "Not Found"; "Unknown" for a status that has none here.
std::string_view status_title(int status);

}  // namespace tessera::http

// Answers as bytes, and what comes between a request's bytes and its handler. For the server's own sources.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace tessera::http {

// How an answer's end is told.
enum class Framing : std::uint8_t { kLength, kChunked, kClose };

struct HeadOptions {
  std::string_view date;  // a whole line, or empty
  bool keep_alive = true;
  bool http_1_1 = true;
  bool head_only = false;  // answers HEAD
  Framing framing = Framing::kLength;
};

// Replaces `out` by the response's head. Fields that hold a line break are left out.
void write_head(std::string& out, const Response& response, const HeadOptions& options);

// Appends a piece of a streamed body; nothing for an empty one.
void append_piece(std::string& out, std::string_view piece, Framing framing);

// Unpacks a body that says it is gzipped, within `limit`. kFailedPrecondition for other encodings.
Status decode_body(Request& request, std::size_t limit);

Response too_large(std::size_t limit);
Response overloaded();

}  // namespace tessera::http

#include "http/handlers/reading.h"

#include <charconv>

namespace tessera::http {

Result<Offset> asked_position(const Request& request) {
  const auto text = request.headers.get("Tessera-Position");
  if (!text) return Offset{};
  Offset position;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), position.value);
  if (failed != std::errc{} || end != text->data() + text->size()) {
    return error(Code::kInvalidArgument, "the header Tessera-Position must be a whole number, as an answer gave it");
  }
  return position;
}

void mark(Response& response, Offset position, bool stale) {
  response.position = position;
  if (stale) response.headers.emplace_back("Tessera-Stale", "true");
}

}  // namespace tessera::http

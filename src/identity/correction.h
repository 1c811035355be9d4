// What an operator says was wrong about who is who. A record of the log. Stored form: docs/formats/state.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace tessera::identity {

// Either parts that are somebody else, or an identifier that was wrong.
struct Correction {
  std::vector<PartId> parts;
  bool keep_apart = false;      // of parts: no event may join the two again
  std::string identifier_type;  // empty: it is about parts
  std::string identifier_value;
  std::string by;  // whose token it was
};

inline constexpr std::size_t kMaxCorrectedParts = 500;

void encode(const Correction& correction, std::string& out);
Result<Correction> decode_correction(std::string_view bytes);

}  // namespace tessera::identity

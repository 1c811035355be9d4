// The standard form of identifier values: one spelling for each, at ingest and for look-ups alike.
#pragma once

#include <string>
#include <string_view>

namespace tessera::catalog {

inline constexpr std::size_t kMaxIdentifierBytes = 256;

// White space at both ends is cut off everywhere. "email": in lower case (ASCII). "phone": digits, with the leading "+"
// if there is one; a leading "00" becomes "+". Other types: as is. Empty if nothing is left or the value has more than
// kMaxIdentifierBytes: then it is not an identifier.
std::string standard_identifier(std::string_view type, std::string_view value);

// The same without an allocation: the result points into `value` where that is in standard form already, else into
// `space`, to whose end it was written. `space` must have kMaxIdentifierBytes left in its capacity.
std::string_view standard_identifier(std::string_view type, std::string_view value, std::string& space);

}  // namespace tessera::catalog

// Definitions of kind "purpose" (schemas/purpose.json): what data about people is used for, and what makes that lawful
// (GDPR, Art. 6). Which traits may serve it, and which segments are for it, they say themselves (segment/purposes.h).
#pragma once

#include <string_view>

#include "catalog/kind.h"

namespace tessera::catalog {

inline constexpr std::string_view kPurposeKind = "purpose";

Kind purpose_kind();

}  // namespace tessera::catalog

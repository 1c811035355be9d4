#include "catalog/purpose.h"

#include "catalog/schemas.h"

namespace tessera::catalog {

Kind purpose_kind() {
  return {.name = kPurposeKind,
          .title = "A purpose: what data about people is used for, and what makes that lawful",
          .schema = kPurposeSchema};
}

}  // namespace tessera::catalog

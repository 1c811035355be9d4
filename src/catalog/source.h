// Sources: where events come from, what may be trusted of each, and how it is let in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace tessera::catalog {

// What a source's word counts for. A public source's write key is in every visitor's hands (browsers, apps).
enum class Trust : std::uint8_t {
  kPublic = 1,  // may attach anonymous ids; may not link a user id, e-mail, phone or card to a known person
  kServer = 2,  // may link any identifiers
};

// A trait whose value is also an identifier, e.g. trait "email" → identifier type "email".
struct IdentifierTrait {
  std::string trait;
  std::string type;
};

struct Source {
  SourceId id;       // given by Tessera when first put
  std::string name;  // [a-z0-9_-]{1,64}, unique
  Trust trust = Trust::kPublic;
  std::string write_key;                           // public sources: the key itself; server sources: empty
  std::string write_key_sha256;                    // 32 bytes; what requests are checked against
  std::vector<std::string> origins;                // CORS: "https://shop.example", or "*"
  std::int64_t lateness_ms = 72 * kHourMs;         // events later than this are historic
  std::vector<IdentifierTrait> identifier_traits;  // default: email, phone, card
  bool enabled = true;
};

// Email, phone and card, each under the trait of its own name: what a source has that names no others.
const std::vector<IdentifierTrait>& default_identifier_traits();

// Definitions of kind "source" (schemas/source.json).
struct Kind;
Kind source_kind();

// Reads a source's document; "kind" may be left out. kInvalidArgument if it is not valid against the schema: the first
// thing that is wrong, and where. Id and key are no part of it.
Result<Source> parse_source(std::string_view json);

// The document a reader gets (no key hash; the write key only of public sources).
std::string source_json(const Source& source);

// Stored form (docs/formats/definitions.md).
void encode(const Source& source, std::string& out);
Result<Source> decode_source(std::string_view bytes);

// A new write key, for its first and only showing: "wk_" and 32 letters and digits, from the system's random source.
std::string make_write_key();
std::string write_key_sha256(std::string_view write_key);

// All sources at one moment. Immutable; shared between threads.
class Sources {
 public:
  explicit Sources(std::vector<Source> sources);
  // The enabled source with this key, or null. What is compared are digests, so that the time taken tells nothing.
  const Source* by_write_key(std::string_view write_key) const;
  const Source* by_name(std::string_view name) const;  // enabled or not
  const Source* by_id(SourceId id) const;              // enabled or not
  const std::vector<Source>& all() const { return sources_; }

 private:
  using Place = std::uint32_t;  // in sources_

  std::vector<Source> sources_;                          // by id, ascending
  std::vector<std::pair<std::uint64_t, Place>> by_key_;  // by the first eight bytes of the key's digest
  std::vector<Place> by_name_;
};

}  // namespace tessera::catalog

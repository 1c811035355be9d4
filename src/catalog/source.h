// Sources: where events come from, what may be trusted of each, and how it is let in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
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
  SourceId id;                  // given by Tessera when first put
  std::string name;             // [a-z0-9_-]{1,64}, unique
  Trust trust = Trust::kPublic;
  std::string write_key;        // public sources: the key itself; server sources: empty
  std::string write_key_sha256; // 32 bytes; what requests are checked against
  std::vector<std::string> origins;  // CORS: "https://shop.example", or "*"
  std::int64_t lateness_ms = 72 * kHourMs;  // events later than this are historic
  std::vector<IdentifierTrait> identifier_traits;  // default: email, phone, card
  bool enabled = true;
};

// Checks a source document as the API takes it ({"name","trust","origins","lateness_hours","identifier_traits",
// "enabled"}). kInvalidArgument names the field. The key is filled in by the caller.
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
  const Source* by_write_key(std::string_view write_key) const;
  const Source* by_name(std::string_view name) const;
  const Source* by_id(SourceId id) const;
  const std::vector<Source>& all() const { return sources_; }

 private:
  std::vector<Source> sources_;  // by id, ascending
};

}  // namespace tessera::catalog

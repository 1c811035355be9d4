// Definitions: what people set up (sources, rules of identity, traits, mappings, segments), as versioned documents.
//
// A definition is a JSON document under (kind, name). Each change makes a version: a draft, which does nothing; a
// published one, which is in force until the next; or an archived one, which takes the definition out of force. Changes
// come in sets that take effect whole or not at all. Plain data, no threads. Stored forms: docs/formats/definitions.md.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace tessera::catalog {

inline constexpr std::size_t kMaxDefinitions = 20'000;          // in all
inline constexpr std::size_t kMaxDefinitionBytes = 256u << 10;  // one document
inline constexpr std::size_t kMaxChanges = 2'000;               // in one set
inline constexpr std::size_t kMaxVersionsKept = 200;            // per definition; older ones that are not in force go

// Numbers reach disk.
enum class DefinitionState : std::uint8_t { kDraft = 1, kPublished = 2, kArchived = 3 };
std::string_view state_name(DefinitionState state);  // "draft", "published", "archived"

struct DefinitionKey {
  std::string kind;  // "source", "identity_rules", "purpose", "trait", "mapping", "segment"
  std::string name;  // [a-z0-9_-]{1,64}
  friend auto operator<=>(const DefinitionKey&, const DefinitionKey&) = default;
};
std::string to_text(const DefinitionKey& key);  // "segment repeat-buyers"

// One version.
struct DefinitionVersion {
  std::uint32_t version = 0;  // from 1
  DefinitionState state = DefinitionState::kDraft;
  // JSON object text, members in the author's order. For kArchived the one that was in force, or else the newest draft.
  std::string document;
  std::string by;  // whose token it was
  Timestamp at;    // record time
  Offset offset;   // of the record that made it
};

// A definition with its versions. Immutable.
struct Definition {
  DefinitionKey key;
  std::vector<DefinitionVersion> versions;  // oldest first, at least one

  const DefinitionVersion& newest() const { return versions.back(); }
  // The version in force: the newest published one, unless it was archived since. Null if there is none.
  const DefinitionVersion* in_force() const;
};

enum class ChangeAction : std::uint8_t { kDraft = 1, kPublish = 2, kArchive = 3 };

struct DefinitionChange {
  ChangeAction action = ChangeAction::kDraft;
  DefinitionKey key;
  std::string document;                   // kArchive: empty. kPublish: empty publishes the newest draft as it is
  std::optional<std::uint32_t> replaces;  // refused unless this is the newest version now (0: there is none)
  std::string attachment;  // what the edge adds and no reader sees, e.g. the digest of a source's new key
};

struct ChangeSet {
  std::vector<DefinitionChange> changes;
  std::string by;
};
void encode(const ChangeSet& set, std::string& out);
Result<ChangeSet> decode_change_set(std::string_view bytes);

void encode(const DefinitionKey& key, const DefinitionVersion& version, std::string& out);
struct StoredVersion {
  DefinitionKey key;
  DefinitionVersion version;
};
Result<StoredVersion> decode_stored_version(std::string_view bytes);

// All definitions at one moment. Immutable; shared between threads; copies share what they have in common.
class Definitions {
 public:
  using All = std::map<DefinitionKey, std::shared_ptr<const Definition>>;

  Definitions() = default;
  explicit Definitions(std::vector<StoredVersion> stored);  // any order; may have versions over kMaxVersionsKept

  const Definition* find(const DefinitionKey& key) const;  // null if there is none
  const DefinitionVersion* in_force(const DefinitionKey& key) const;
  const All& all() const { return all_; }
  // Those of one kind that are in force, by name.
  std::vector<std::shared_ptr<const Definition>> in_force(std::string_view kind) const;

  // Whether `change` alone may be applied: the errors of `with`.
  Status may(const DefinitionChange& change) const;

  // What comes of applying `set`; what is there stays as it is. kFailedPrecondition if a `replaces` does not hold,
  // kNotFound if there is nothing to publish or archive, kTooLarge past a limit. `touched`, if given, gets the versions
  // made. Documents are not checked here (`check_changes` does).
  Result<Definitions> with(const ChangeSet& set, Timestamp at, Offset offset,
                           std::vector<StoredVersion>* touched) const;

 private:
  All all_;
};

}  // namespace tessera::catalog

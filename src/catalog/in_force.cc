#include "catalog/in_force.h"

#include <algorithm>

namespace tessera::catalog {

namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::string_view kSourceKind = "source";

// The error of a document that is in force although this build does not take it.
std::unexpected<Error> unreadable(const DefinitionKey& key, const Error& why) {
  return error(Code::kDataLoss, "the published " + to_text(key) + " cannot be read: " + why.message);
}

Status take_key(Source& source, const std::string& attachment) {
  if (attachment.size() < kDigestBytes) {
    return error(Code::kDataLoss, "the write key attached to source " + source.name + " is damaged");
  }
  source.write_key_sha256 = attachment.substr(0, kDigestBytes);
  source.write_key = attachment.substr(kDigestBytes);
  return {};
}

// The source that is published under `key`, with the key that was attached (empty: none) or that it had.
Result<Source> published(const DefinitionKey& key, const DefinitionVersion& version, const Source* before,
                         const std::string& attachment) {
  auto source = parse_source(version.document);
  if (!source) return unreadable(key, source.error());
  if (!attachment.empty()) {
    TRY(take_key(*source, attachment));
  } else if (!needs_key(before, *source)) {
    source->write_key = before->write_key;
    source->write_key_sha256 = before->write_key_sha256;
  }
  return source;
}

// The key that `set` gives the source, the last one if there are several; empty if none.
std::string attached(const ChangeSet& set, const DefinitionKey& key) {
  std::string attachment;
  for (const DefinitionChange& change : set.changes) {
    const bool given = change.key == key && change.action == ChangeAction::kPublish && !change.attachment.empty();
    if (given) attachment = change.attachment;
  }
  return attachment;
}

// The names of the sources that `set` changes, in its order, each once.
std::vector<DefinitionKey> changed_sources(const ChangeSet& set) {
  std::vector<DefinitionKey> keys;
  for (const DefinitionChange& change : set.changes) {
    const bool is_new = std::ranges::find(keys, change.key) == keys.end();
    if (change.key.kind == kSourceKind && change.action != ChangeAction::kDraft && is_new) keys.push_back(change.key);
  }
  return keys;
}

}  // namespace

std::string key_attachment(std::string_view write_key, Trust trust) {
  std::string attachment = write_key_sha256(write_key);
  if (trust == Trust::kPublic) attachment += write_key;
  return attachment;
}

bool needs_key(const Source* before, const Source& next) {
  return before == nullptr || before->trust != next.trust || before->write_key_sha256.empty();
}

Result<SourcesAfter> sources_after(const Sources& before, const ChangeSet& set, const Definitions& after,
                                   std::uint32_t& next_id) {
  std::uint32_t next = next_id;
  std::vector<Source> all = before.all();
  std::vector<SourceId> changed;
  for (const DefinitionKey& key : changed_sources(set)) {
    const Source* was = before.by_name(key.name);
    const DefinitionVersion* version = after.in_force(key);
    if (was == nullptr && version == nullptr) continue;
    Source source;
    if (version != nullptr) {
      TRY_ASSIGN(source, published(key, *version, was, attached(set, key)));
    } else {
      source = *was;
      source.enabled = false;
    }
    if (was != nullptr) {
      source.id = was->id;
      *std::ranges::find(all, was->id, &Source::id) = source;
    } else {
      source.id = {next++};
      all.push_back(source);
    }
    changed.push_back(source.id);
  }
  next_id = next;
  return SourcesAfter{Sources(std::move(all)), std::move(changed)};
}

Result<IdentityRules> identity_rules_in_force(const Definitions& definitions) {
  const DefinitionKey key{std::string(kIdentityRulesName), std::string(kIdentityRulesName)};
  const DefinitionVersion* version = definitions.in_force(key);
  if (version == nullptr) return default_identity_rules();
  auto rules = parse_identity_rules(version->document);
  if (!rules) return unreadable(key, rules.error());
  return rules;
}

}  // namespace tessera::catalog

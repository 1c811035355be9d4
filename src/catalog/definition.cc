#include "catalog/definition.h"

#include <algorithm>
#include <protozero/pbf_message.hpp>
#include <protozero/pbf_writer.hpp>

namespace tessera::catalog {

namespace {

// Field numbers, as docs/formats/definitions.md has them.
enum class SetField : protozero::pbf_tag_type { kChanges = 1, kBy = 2 };
enum class ChangeField : protozero::pbf_tag_type {
  kAction = 1,
  kKind = 2,
  kName = 3,
  kDocument = 4,
  kReplacesPlusOne = 5,
  kAttachment = 6,
};
enum class VersionField : protozero::pbf_tag_type {
  kKind = 1,
  kName = 2,
  kVersion = 3,
  kState = 4,
  kDocument = 5,
  kBy = 6,
  kAtMs = 7,
  kOffset = 8,
};

constexpr std::uint32_t text_of(auto field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::length_delimited);
}

constexpr std::uint32_t number_of(auto field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::varint);
}

DefinitionChange take_change(protozero::data_view bytes) {
  DefinitionChange change;
  change.action = ChangeAction{};
  protozero::pbf_message<ChangeField> message(bytes);
  while (message.next()) {
    switch (message.tag_and_type()) {
      case number_of(ChangeField::kAction):
        change.action = static_cast<ChangeAction>(message.get_uint64());
        break;
      case text_of(ChangeField::kKind):
        change.key.kind = message.get_string();
        break;
      case text_of(ChangeField::kName):
        change.key.name = message.get_string();
        break;
      case text_of(ChangeField::kDocument):
        change.document = message.get_string();
        break;
      case number_of(ChangeField::kReplacesPlusOne):
        change.replaces = static_cast<std::uint32_t>(message.get_uint64() - 1);
        break;
      case text_of(ChangeField::kAttachment):
        change.attachment = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  return change;
}

void take_field(protozero::pbf_message<VersionField>& message, StoredVersion& stored) {
  switch (message.tag_and_type()) {
    case text_of(VersionField::kKind):
      stored.key.kind = message.get_string();
      break;
    case text_of(VersionField::kName):
      stored.key.name = message.get_string();
      break;
    case number_of(VersionField::kVersion):
      stored.version.version = static_cast<std::uint32_t>(message.get_uint64());
      break;
    case number_of(VersionField::kState):
      stored.version.state = static_cast<DefinitionState>(message.get_uint64());
      break;
    case text_of(VersionField::kDocument):
      stored.version.document = message.get_string();
      break;
    case text_of(VersionField::kBy):
      stored.version.by = message.get_string();
      break;
    case number_of(VersionField::kAtMs):
      stored.version.at.ms = message.get_int64();
      break;
    case number_of(VersionField::kOffset):
      stored.version.offset.value = message.get_uint64();
      break;
    default:
      message.skip();
  }
}

const DefinitionVersion* find_in_force(const std::vector<DefinitionVersion>& versions) {
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    if (version->state == DefinitionState::kPublished) return &*version;
    if (version->state == DefinitionState::kArchived) return nullptr;
  }
  return nullptr;
}

// The document of the version that `change` makes of `before` (null: there is none yet).
Result<std::string_view> next_document(const DefinitionChange& change, const Definition* before) {
  if (change.action == ChangeAction::kArchive) {
    if (before == nullptr) return error(Code::kNotFound, "there is no " + to_text(change.key) + " to archive");
    if (before->newest().state == DefinitionState::kArchived) {
      return error(Code::kNotFound, to_text(change.key) + " is archived already");
    }
    const DefinitionVersion* in_force = before->in_force();
    return std::string_view(in_force != nullptr ? in_force->document : before->newest().document);
  }
  if (change.action == ChangeAction::kDraft || !change.document.empty()) return std::string_view(change.document);
  if (before == nullptr || before->newest().state != DefinitionState::kDraft) {
    return error(Code::kNotFound, "there is no draft of " + to_text(change.key) + " to publish: put one first");
  }
  return std::string_view(before->newest().document);
}

Status check_replaces(const DefinitionChange& change, const Definition* before) {
  const std::uint32_t newest = before != nullptr ? before->newest().version : 0;
  if (!change.replaces || *change.replaces == newest) return {};
  return error(Code::kFailedPrecondition, to_text(change.key) + " was changed meanwhile: its newest version is " +
                                              std::to_string(newest) + ", not " + std::to_string(*change.replaces) +
                                              "; look at it and try again");
}

DefinitionState state_after(ChangeAction action) {
  switch (action) {
    case ChangeAction::kDraft:
      return DefinitionState::kDraft;
    case ChangeAction::kPublish:
      return DefinitionState::kPublished;
    case ChangeAction::kArchive:
      return DefinitionState::kArchived;
  }
  TESSERA_ASSERT(!"an action that decode_change_set refuses");
  return {};
}

// Drops the oldest versions past the limit, but never the one in force.
void drop_old(std::vector<DefinitionVersion>& versions) {
  while (versions.size() > kMaxVersionsKept) {
    const bool first_is_in_force = find_in_force(versions) == &versions.front();
    versions.erase(versions.begin() + (first_is_in_force ? 1 : 0));
  }
}

}  // namespace

std::string_view state_name(DefinitionState state) {
  switch (state) {
    case DefinitionState::kDraft:
      return "draft";
    case DefinitionState::kPublished:
      return "published";
    case DefinitionState::kArchived:
      return "archived";
  }
  return "unknown";
}

std::string to_text(const DefinitionKey& key) {
  return key.kind + " " + key.name;
}

const DefinitionVersion* Definition::in_force() const {
  return find_in_force(versions);
}

void encode(const ChangeSet& set, std::string& out) {
  protozero::pbf_writer writer(out);
  for (const DefinitionChange& change : set.changes) {
    protozero::pbf_writer part(writer, std::to_underlying(SetField::kChanges));
    part.add_uint32(std::to_underlying(ChangeField::kAction), std::to_underlying(change.action));
    part.add_string(std::to_underlying(ChangeField::kKind), change.key.kind);
    part.add_string(std::to_underlying(ChangeField::kName), change.key.name);
    if (!change.document.empty()) part.add_string(std::to_underlying(ChangeField::kDocument), change.document);
    if (change.replaces) {
      part.add_uint64(std::to_underlying(ChangeField::kReplacesPlusOne), std::uint64_t{*change.replaces} + 1);
    }
    if (!change.attachment.empty()) part.add_bytes(std::to_underlying(ChangeField::kAttachment), change.attachment);
  }
  writer.add_string(std::to_underlying(SetField::kBy), set.by);
}

Result<ChangeSet> decode_change_set(std::string_view bytes) {
  ChangeSet set;
  try {
    protozero::pbf_message<SetField> message(bytes.data(), bytes.size());
    while (message.next()) {
      switch (message.tag_and_type()) {
        case text_of(SetField::kChanges):
          if (set.changes.size() == kMaxChanges) return error(Code::kDataLoss, "a set of changes is over its limit");
          set.changes.push_back(take_change(message.get_view()));
          break;
        case text_of(SetField::kBy):
          set.by = message.get_string();
          break;
        default:
          message.skip();
      }
    }
  } catch (const protozero::exception& e) {
    return error(Code::kDataLoss, std::string("stored changes of definitions are damaged: ") + e.what());
  }
  for (const DefinitionChange& change : set.changes) {
    const auto action = std::to_underlying(change.action);
    if (action < std::to_underlying(ChangeAction::kDraft) || action > std::to_underlying(ChangeAction::kArchive)) {
      return error(Code::kDataLoss, "a stored change of " + to_text(change.key) + " has no known action");
    }
  }
  return set;
}

void encode(const DefinitionKey& key, const DefinitionVersion& version, std::string& out) {
  protozero::pbf_writer writer(out);
  writer.add_string(std::to_underlying(VersionField::kKind), key.kind);
  writer.add_string(std::to_underlying(VersionField::kName), key.name);
  writer.add_uint32(std::to_underlying(VersionField::kVersion), version.version);
  writer.add_uint32(std::to_underlying(VersionField::kState), std::to_underlying(version.state));
  writer.add_string(std::to_underlying(VersionField::kDocument), version.document);
  writer.add_string(std::to_underlying(VersionField::kBy), version.by);
  writer.add_int64(std::to_underlying(VersionField::kAtMs), version.at.ms);
  writer.add_uint64(std::to_underlying(VersionField::kOffset), version.offset.value);
}

Result<StoredVersion> decode_stored_version(std::string_view bytes) {
  StoredVersion stored;
  stored.version.state = DefinitionState{};
  try {
    protozero::pbf_message<VersionField> message(bytes.data(), bytes.size());
    while (message.next()) take_field(message, stored);
  } catch (const protozero::exception& e) {
    return error(Code::kDataLoss, std::string("a stored definition is damaged: ") + e.what());
  }
  if (stored.key.kind.empty() || stored.key.name.empty() || stored.version.version == 0) {
    return error(Code::kDataLoss, "a stored definition has no kind, name or version");
  }
  const auto state = std::to_underlying(stored.version.state);
  if (state < std::to_underlying(DefinitionState::kDraft) || state > std::to_underlying(DefinitionState::kArchived)) {
    return error(Code::kDataLoss, "the stored " + to_text(stored.key) + " has no known state");
  }
  return stored;
}

Definitions::Definitions(std::vector<StoredVersion> stored) {
  std::ranges::sort(stored, {}, [](const StoredVersion& one) { return std::tie(one.key, one.version.version); });
  for (auto one = stored.begin(); one != stored.end();) {
    auto definition = std::make_shared<Definition>();
    definition->key = one->key;
    for (; one != stored.end() && one->key == definition->key; ++one) {
      definition->versions.push_back(std::move(one->version));
    }
    drop_old(definition->versions);
    DefinitionKey key = definition->key;
    all_.emplace_hint(all_.end(), std::move(key), std::move(definition));
  }
}

const Definition* Definitions::find(const DefinitionKey& key) const {
  const auto found = all_.find(key);
  return found == all_.end() ? nullptr : found->second.get();
}

const DefinitionVersion* Definitions::in_force(const DefinitionKey& key) const {
  const Definition* definition = find(key);
  return definition == nullptr ? nullptr : definition->in_force();
}

std::vector<std::shared_ptr<const Definition>> Definitions::in_force(std::string_view kind) const {
  std::vector<std::shared_ptr<const Definition>> result;
  const auto first = all_.lower_bound(DefinitionKey{std::string(kind), ""});
  for (auto one = first; one != all_.end() && one->first.kind == kind; ++one) {
    if (one->second->in_force() != nullptr) result.push_back(one->second);
  }
  return result;
}

Status Definitions::may(const DefinitionChange& change) const {
  const Definition* before = find(change.key);
  TRY(check_replaces(change, before));
  TRY_ASSIGN(const std::string_view document, next_document(change, before));
  if (document.size() > kMaxDefinitionBytes) {
    return error(Code::kTooLarge, to_text(change.key) + ": the document has " + std::to_string(document.size()) +
                                      " bytes, at most " + std::to_string(kMaxDefinitionBytes) + " are taken");
  }
  if (before == nullptr && all_.size() >= kMaxDefinitions) {
    return error(Code::kTooLarge, "there are " + std::to_string(all_.size()) +
                                      " definitions already, and no more are taken: change one that is there");
  }
  return {};
}

Result<Definitions> Definitions::with(const ChangeSet& set, Timestamp at, Offset offset,
                                      std::vector<StoredVersion>* touched) const {
  if (set.changes.size() > kMaxChanges) {
    return error(Code::kTooLarge, "a set has " + std::to_string(set.changes.size()) + " changes, at most " +
                                      std::to_string(kMaxChanges) + " are taken at once");
  }
  Definitions after = *this;
  std::vector<StoredVersion> made;
  for (const DefinitionChange& change : set.changes) {
    TRY(after.may(change));
    std::shared_ptr<const Definition>& place = after.all_[change.key];
    TRY_ASSIGN(const std::string_view document, next_document(change, place.get()));
    auto next = std::make_shared<Definition>(place != nullptr ? *place : Definition{change.key, {}});
    next->versions.push_back({.version = place != nullptr ? place->newest().version + 1 : 1,
                              .state = state_after(change.action),
                              .document = std::string(document),
                              .by = set.by,
                              .at = at,
                              .offset = offset});
    drop_old(next->versions);
    if (touched != nullptr) made.push_back({change.key, next->newest()});
    place = std::move(next);
  }
  if (touched != nullptr) std::ranges::move(made, std::back_inserter(*touched));
  return after;
}

}  // namespace tessera::catalog

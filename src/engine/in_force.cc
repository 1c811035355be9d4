#include "engine/in_force.h"

#include <algorithm>
#include <protozero/pbf_message.hpp>

namespace tessera::engine {

namespace {

constexpr std::string_view kRegistryKey = "core/features";
constexpr std::string_view kSourcePrefix = "core/source/";
constexpr std::string_view kDefinitionPrefix = "core/definition/";

std::string ten_digits(std::uint32_t number) {
  const std::string digits = std::to_string(number);
  return std::string(10 - digits.size(), '0') + digits;
}

std::string source_key(SourceId id) {
  return std::string(kSourcePrefix) + ten_digits(id.value);
}

std::string version_key(const catalog::DefinitionKey& key, std::uint32_t version) {
  return std::string(kDefinitionPrefix) + key.kind + "/" + key.name + "/" + ten_digits(version);
}

// Decodes all values under a prefix into `out`.
template <class T, class Decode>
Status read_all(const storage::Snapshot& state, std::string_view prefix, std::vector<T>& out, Decode decode) {
  Status decoded;
  TRY(state.scan(storage::Family::kMeta, prefix, [&](std::string_view, std::string_view value) {
    auto one = decode(value);
    if (one) {
      out.push_back(std::move(*one));
    } else {
      decoded = std::unexpected(one.error());
    }
    return decoded.has_value();
  }));
  return decoded;
}

}  // namespace

InForce::InForce(std::shared_ptr<const catalog::Kinds> kinds)
    : kinds_(std::move(kinds)),
      definitions_(std::make_shared<catalog::Definitions>()),
      sources_(std::make_shared<catalog::Sources>(std::vector<catalog::Source>{})),
      rules_(std::make_shared<catalog::IdentityRules>(catalog::default_identity_rules())),
      plan_(std::make_shared<segment::Plan>()) {}

Status InForce::load(const storage::Snapshot& state) {
  std::vector<catalog::Source> sources;
  TRY(read_all(state, kSourcePrefix, sources, catalog::decode_source));
  for (const catalog::Source& source : sources) next_source_ = std::max(next_source_, source.id.value + 1);
  sources_ = std::make_shared<catalog::Sources>(std::move(sources));
  Status decoded;
  std::vector<catalog::StoredVersion> versions;
  TRY(read_all(state, kDefinitionPrefix, versions, catalog::decode_stored_version));
  definitions_ = std::make_shared<catalog::Definitions>(std::move(versions));
  TRY_ASSIGN(auto rules, catalog::identity_rules_in_force(*definitions_));
  rules_ = std::make_shared<catalog::IdentityRules>(std::move(rules));
  TRY(state.scan(storage::Family::kMeta, kRegistryKey, [&](std::string_view, std::string_view value) {
    auto registry = segment::decode_registry(value);
    if (registry) registry_ = std::move(*registry);
    decoded = registry ? Status{} : Status(std::unexpected(registry.error()));
    return decoded.has_value();
  }));
  TRY(std::move(decoded));
  plan_ = segment::Plan::build(*definitions_, *sources_, registry_, {}, true);
  return {};
}

Result<std::string> InForce::apply(const log::Record& record, bool has_history) {
  TRY_ASSIGN(const catalog::ChangeSet set, catalog::decode_change_set(record.body));
  const auto problems = catalog::check_changes(*kinds_, *definitions_, set);
  if (!problems.empty()) {
    const catalog::Problem& first = problems.front();
    return to_text(first.key) + (first.pointer.empty() ? "" : ", at " + first.pointer) + ": " + first.message;
  }
  std::vector<catalog::StoredVersion> touched;
  TRY_ASSIGN(auto after, definitions_->with(set, record.time, record.offset, &touched));
  TRY_ASSIGN(auto sources, catalog::sources_after(*sources_, set, after, next_source_));
  TRY_ASSIGN(auto rules, catalog::identity_rules_in_force(after));
  definitions_ = std::make_shared<catalog::Definitions>(std::move(after));
  changed_.insert(changed_.end(), std::make_move_iterator(touched.begin()), std::make_move_iterator(touched.end()));
  if (!sources.changed.empty()) {
    sources_ = std::make_shared<catalog::Sources>(std::move(sources.sources));
    changed_sources_.insert(changed_sources_.end(), sources.changed.begin(), sources.changed.end());
  }
  if (catalog::identity_rules_json(rules) != catalog::identity_rules_json(*rules_)) {
    rules_ = std::make_shared<catalog::IdentityRules>(std::move(rules));
  }
  plan_ = segment::Plan::build(*definitions_, *sources_, registry_, record.offset, has_history);
  registry_changed_ = true;
  return std::string{};
}

void InForce::rank(std::map<std::string, segment::RankTable> tables, Offset offset) {
  for (auto& [text, known] : registry_.ranks) {
    const auto made = tables.find(text);
    if (made == tables.end()) continue;
    made->second.since = offset;
    known = std::make_shared<const segment::RankTable>(std::move(made->second));
  }
  plan_ = segment::Plan::build(*definitions_, *sources_, registry_, {}, true);
  registry_changed_ = true;
}

void InForce::fill(std::span<const std::pair<std::uint32_t, std::int64_t>> features) {
  for (auto& [text, feature] : registry_.features) {
    const auto filled =
        std::ranges::lower_bound(features, feature.id, {}, &std::pair<std::uint32_t, std::int64_t>::first);
    if (filled == features.end() || filled->first != feature.id) continue;
    feature.filled = std::min(feature.reach, std::max(feature.filled, filled->second));
  }
  plan_ = segment::Plan::build(*definitions_, *sources_, registry_, {}, true);
  registry_changed_ = true;
}

void InForce::write_changes(storage::CutBatch& batch) {
  std::string text;
  std::sort(changed_sources_.begin(), changed_sources_.end());
  changed_sources_.erase(std::unique(changed_sources_.begin(), changed_sources_.end()), changed_sources_.end());
  for (const SourceId id : changed_sources_) {
    text.clear();
    catalog::encode(*sources_->by_id(id), text);
    batch.put(storage::Family::kMeta, source_key(id), text);
  }
  changed_sources_.clear();
  for (const catalog::StoredVersion& changed : changed_) {
    text.clear();
    catalog::encode(changed.key, changed.version, text);
    batch.put(storage::Family::kMeta, version_key(changed.key, changed.version.version), text);
  }
  changed_.clear();
  if (!registry_changed_) return;
  registry_changed_ = false;
  text.clear();
  segment::encode(registry_, text);
  batch.put(storage::Family::kMeta, kRegistryKey, text);
}

void Refusals::add(Offset offset, std::string why) {
  if (kept_.size() == kKept) kept_.pop_front();
  kept_.emplace_back(offset, std::move(why));
}

std::optional<std::string> Refusals::find(Offset offset) const {
  const auto at = std::lower_bound(kept_.begin(), kept_.end(), offset,
                                   [](const auto& refusal, Offset of) { return refusal.first < of; });
  if (at == kept_.end() || at->first != offset) return std::nullopt;
  return at->second;
}

}  // namespace tessera::engine

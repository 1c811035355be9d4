// The registry's stored form (docs/formats/features.md).
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include "segment/plan.h"

namespace tessera::segment {

namespace {

enum class RegistryField : protozero::pbf_tag_type {
  kFeature = 1,
  kSegment = 2,
  kNextFeature = 3,
  kNextSegment = 4,
  kRanks = 5
};
enum class RanksField : protozero::pbf_tag_type { kText = 1, kTable = 2 };
enum class EntryField : protozero::pbf_tag_type { kName = 1, kId = 2, kSince = 3, kReach = 4, kFilled = 5 };

struct Entry {
  std::string name;
  Registry::Feature feature;
};

void write_entry(protozero::pbf_builder<RegistryField>& message, RegistryField field, const std::string& name,
                 const Registry::Feature& feature) {
  protozero::pbf_builder<EntryField> entry(message, field);
  entry.add_string(EntryField::kName, name);
  entry.add_uint32(EntryField::kId, feature.id);
  if (feature.since.value != 0) entry.add_uint64(EntryField::kSince, feature.since.value);
  if (feature.reach != 0) entry.add_int64(EntryField::kReach, feature.reach);
  if (feature.filled != 0) entry.add_int64(EntryField::kFilled, feature.filled);
}

Entry read_entry(protozero::pbf_message<EntryField> message) {
  Entry entry;
  while (message.next()) {
    switch (message.tag()) {
      case EntryField::kName:
        entry.name = message.get_string();
        break;
      case EntryField::kId:
        entry.feature.id = message.get_uint32();
        break;
      case EntryField::kSince:
        entry.feature.since.value = message.get_uint64();
        break;
      case EntryField::kReach:
        entry.feature.reach = message.get_int64();
        break;
      case EntryField::kFilled:
        entry.feature.filled = message.get_int64();
        break;
      default:
        message.skip();
    }
  }
  return entry;
}

Result<std::pair<std::string, std::shared_ptr<const RankTable>>> read_ranks(
    protozero::pbf_message<RanksField> message) {
  std::pair<std::string, std::shared_ptr<const RankTable>> ranks;
  while (message.next()) {
    if (message.tag() == RanksField::kText) {
      ranks.first = message.get_string();
    } else if (message.tag() == RanksField::kTable) {
      const protozero::data_view view = message.get_view();
      TRY_ASSIGN(RankTable table, decode_rank_table({view.data(), view.size()}));
      ranks.second = std::make_shared<const RankTable>(std::move(table));
    } else {
      message.skip();
    }
  }
  return ranks;
}

}  // namespace

void encode(const Registry& registry, std::string& out) {
  protozero::pbf_builder<RegistryField> message(out);
  for (const auto& [name, feature] : registry.features) write_entry(message, RegistryField::kFeature, name, feature);
  for (const auto& [name, id] : registry.segments) write_entry(message, RegistryField::kSegment, name, {.id = id});
  for (const auto& [text, table] : registry.ranks) {
    protozero::pbf_builder<RanksField> ranks(message, RegistryField::kRanks);
    ranks.add_string(RanksField::kText, text);
    if (table == nullptr) continue;
    std::string encoded;
    encode(*table, encoded);
    ranks.add_bytes(RanksField::kTable, encoded);
  }
  message.add_uint32(RegistryField::kNextFeature, registry.next_feature);
  message.add_uint32(RegistryField::kNextSegment, registry.next_segment);
}

Result<Registry> decode_registry(std::string_view bytes) try {
  Registry registry;
  protozero::pbf_message<RegistryField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case RegistryField::kFeature: {
        Entry entry = read_entry(message.get_message());
        // Before there were windows all that was collected was kept, and nothing came from the history.
        if (entry.feature.reach == 0) entry.feature.reach = entry.feature.filled = kForever;
        registry.features.emplace(std::move(entry.name), entry.feature);
        break;
      }
      case RegistryField::kSegment: {
        Entry entry = read_entry(message.get_message());
        registry.segments.emplace(std::move(entry.name), entry.feature.id);
        break;
      }
      case RegistryField::kRanks: {
        TRY_ASSIGN(auto ranks, read_ranks(message.get_message()));
        registry.ranks.insert(std::move(ranks));
        break;
      }
      case RegistryField::kNextFeature:
        registry.next_feature = message.get_uint32();
        break;
      case RegistryField::kNextSegment:
        registry.next_segment = message.get_uint32();
        break;
      default:
        message.skip();
    }
  }
  return registry;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("the stored registry of features is damaged: ") + e.what());
}

}  // namespace tessera::segment

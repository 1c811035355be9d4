#include "engine/view.h"

#include "catalog/identifier.h"

namespace tessera::engine {

Result<ProfileId> MachinesView::find(ProfileId id) {
  const ProfileId found = machines_.core().directory().find(id);
  if (found.value == 0) return error(Code::kNotFound, "there is no profile " + to_text(id));
  return found;
}

Result<ProfileId> MachinesView::find(std::string_view identifier_type, std::string_view value) {
  const auto& rules = *machines_.core().rules();
  if (rules.rank(identifier_type) < 0) {
    std::string known;
    for (const auto& type : rules.types) known += (known.empty() ? "" : ", ") + type.name;
    return error(Code::kInvalidArgument,
                 "there is no identifier type \"" + std::string(identifier_type) + "\"; there are: " + known);
  }
  const std::string standard = catalog::standard_identifier(identifier_type, value);
  const ProfileId found = machines_.core().directory().find(identifier_type, standard);
  if (found.value == 0) {
    return error(Code::kNotFound, "nobody has the " + std::string(identifier_type) + " \"" + standard + "\"");
  }
  return found;
}

Result<profile::ProfileSnapshot> MachinesView::profile(ProfileId id) {
  profile::ProfileSnapshot snapshot;
  TRY_ASSIGN(snapshot.graph, graph(id));
  const std::uint32_t shard = shard_of(id);
  for (const auto& part : snapshot.graph.parts) {
    const std::string* stored = machines_.shards().parts.find({shard, part.id});
    if (stored == nullptr) continue;
    TRY_ASSIGN(const profile::Part state, profile::decode_part(*stored));
    profile::combine(state, part.id, snapshot);
  }
  const auto taken_back = [](const auto& trait) { return trait.json == "null"; };
  std::erase_if(snapshot.traits, taken_back);
  std::sort(snapshot.traits.begin(), snapshot.traits.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::sort(snapshot.events.begin(), snapshot.events.end(),
            [](const auto& a, const auto& b) { return std::tie(a.type, a.name) < std::tie(b.type, b.name); });
  return snapshot;
}

Result<profile::GraphSnapshot> MachinesView::graph(ProfileId id) {
  auto graph = machines_.core().directory().graph(id);
  if (graph.parts.empty()) return error(Code::kNotFound, "there is no profile " + to_text(id));
  return graph;
}

Result<std::vector<profile::TimelineEntry>> MachinesView::timeline(ProfileId id, Timestamp before, Offset before_offset,
                                                                   std::size_t limit) {
  std::vector<profile::TimelineEntry> entries;
  const std::uint32_t shard = shard_of(id);
  for (const PartId part : machines_.core().directory().parts(id)) {
    if (const std::string* stored = machines_.shards().parts.find({shard, part})) {
      TRY_ASSIGN(const profile::Part state, profile::decode_part(*stored));
      profile::append_recent(state, part, before, before_offset, entries);
    }
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.occurred_at, a.offset) > std::tie(b.occurred_at, b.offset);
  });
  entries.resize(std::min({entries.size(), limit, std::size_t{200}}));
  return entries;
}

}  // namespace tessera::engine

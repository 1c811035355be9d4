#include "engine/ranking.h"

#include <algorithm>
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

namespace tessera::engine {

namespace {

enum class RanksField : protozero::pbf_tag_type { kRanks = 1 };
enum class EntryField : protozero::pbf_tag_type { kText = 1, kTable = 2 };

}  // namespace

bool Ranking::step(identity::Directory& directory, Shards& shards, std::uint64_t people) {
  const std::uint64_t to = std::min(end_, next_ + people);
  for (; next_ < to; ++next_) {
    const ProfileId id = identity::profile_of_number(next_);
    if (directory.find(id) != id || directory.is_group(id)) continue;
    const auto views = shards.views_of(id);
    const auto memberships = shards.segments_of(id);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const segment::PlannedRanks& ranks = plan_->ranks()[i];
      if (!ranks.condition.is_whole) continue;
      const segment::PlannedSegment* const among = ranks.among.empty() ? nullptr : plan_->find(ranks.among);
      if (among != nullptr && !std::ranges::binary_search(memberships, among->id)) continue;
      if (const auto value = shards.evaluator().ranked(views, memberships, at_, ranks)) values_[i].push_back(*value);
    }
  }
  return next_ == end_;
}

std::string Ranking::finish() {
  std::string out;
  protozero::pbf_builder<RanksField> message(out);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (!plan_->ranks()[i].condition.is_whole) continue;
    std::string table;
    segment::encode(segment::make_rank_table(std::move(values_[i]), at_), table);
    protozero::pbf_builder<EntryField> entry(message, RanksField::kRanks);
    entry.add_string(EntryField::kText, plan_->ranks()[i].text);
    entry.add_bytes(EntryField::kTable, table);
  }
  return out;
}

Result<std::map<std::string, segment::RankTable>> decode_ranks(std::string_view bytes) try {
  std::map<std::string, segment::RankTable> all;
  protozero::pbf_message<RanksField> message(bytes.data(), bytes.size());
  while (message.next(RanksField::kRanks)) {
    protozero::pbf_message<EntryField> entry(message.get_message());
    std::string text;
    segment::RankTable table;
    while (entry.next()) {
      if (entry.tag() == EntryField::kText) {
        text = entry.get_string();
      } else if (entry.tag() == EntryField::kTable) {
        const protozero::data_view view = entry.get_view();
        TRY_ASSIGN(table, segment::decode_rank_table({view.data(), view.size()}));
      } else {
        entry.skip();
      }
    }
    all.insert_or_assign(std::move(text), std::move(table));
  }
  return all;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("tables of ranks are damaged: ") + e.what());
}

}  // namespace tessera::engine

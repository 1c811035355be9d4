#include "segment/ranks.h"

#include <algorithm>
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

namespace tessera::segment {

namespace {
enum class TableField : protozero::pbf_tag_type { kPeople = 1, kLeast = 2, kAt = 3, kSince = 4 };
}

std::optional<double> rankable(const cel::Value& value) {
  switch (value.kind()) {
    case cel::Kind::kInt:
      return static_cast<double>(value.as_int());
    case cel::Kind::kUint:
      return static_cast<double>(value.as_uint());
    case cel::Kind::kDouble:
      return value.as_double() == value.as_double() ? std::optional(value.as_double()) : std::nullopt;
    case cel::Kind::kTimestamp: {
      const cel::Instant at = value.as_instant();
      return static_cast<double>(at.seconds) * 1000 + at.nanos / 1'000'000;
    }
    default:
      return std::nullopt;
  }
}

RankTable make_rank_table(std::vector<double> values, Timestamp at) {
  std::sort(values.begin(), values.end());
  RankTable table{.people = values.size(), .least = {}, .at = at, .since = {}};
  if (values.empty()) return table;
  for (std::size_t k = 1; k <= kRankSteps; ++k) {
    // The first i for which i + 1 people are k thousandths of all, or more.
    table.least.push_back(values[(k * values.size() + kRankSteps - 1) / kRankSteps - 1]);
  }
  return table;
}

cel::Value rank_of(const RankTable& table, double x) {
  if (table.people == 0) return cel::Value::null();
  const auto above = std::upper_bound(table.least.begin(), table.least.end(), x);
  return cel::Value::real(static_cast<double>(above - table.least.begin()) / static_cast<double>(kRankSteps));
}

void encode(const RankTable& table, std::string& out) {
  protozero::pbf_builder<TableField> message(out);
  message.add_uint64(TableField::kPeople, table.people);
  message.add_packed_double(TableField::kLeast, table.least.begin(), table.least.end());
  message.add_int64(TableField::kAt, table.at.ms);
  message.add_uint64(TableField::kSince, table.since.value);
}

Result<RankTable> decode_rank_table(std::string_view bytes) try {
  RankTable table;
  protozero::pbf_message<TableField> message(bytes.data(), bytes.size());
  while (message.next()) {
    switch (message.tag()) {
      case TableField::kPeople:
        table.people = message.get_uint64();
        break;
      case TableField::kLeast:
        for (const double least : message.get_packed_double()) table.least.push_back(least);
        break;
      case TableField::kAt:
        table.at.ms = message.get_int64();
        break;
      case TableField::kSince:
        table.since.value = message.get_uint64();
        break;
      default:
        message.skip();
    }
  }
  if (table.people != 0 && table.least.size() != kRankSteps)
    return error(Code::kDataLoss, "a stored table of ranks is damaged");
  return table;
} catch (const protozero::exception& e) {
  return error(Code::kDataLoss, std::string("a stored table of ranks is damaged: ") + e.what());
}

}  // namespace tessera::segment

// What the language can say of a person besides CEL's own: ratio(a, b), days(d), period(t, …), percentile(x) and
// sampled("name", share).
#pragma once

#include <string_view>

#include "cel/environment.h"
#include "cel/value.h"
#include "segment/ranks.h"

namespace tessera::segment {

// percentile(x) becomes a call with the table behind it, and sampled(…) with the person's id.
inline constexpr std::string_view kRankFunction = "@rank";
inline constexpr std::string_view kSampleFunction = "@sampled";

// What conditions are compiled against, before their own variables.
const cel::Environment& person_environment();

// A table as such a call gets it; `table` must outlive it, and may be null: not published yet.
class RankValue final : public cel::Object {
 public:
  explicit RankValue(const RankTable* table) : table_(table) {}
  std::string_view type_name() const override { return "tessera.Ranks"; }
  bool field(std::string_view, cel::Arena&, cel::Value*) const override { return false; }
  bool has(std::string_view, bool*) const override { return false; }
  bool equals(const cel::Object& other, cel::Arena&) const override { return this == &other; }
  const RankTable* table() const { return table_; }

 private:
  const RankTable* table_;
};

}  // namespace tessera::segment

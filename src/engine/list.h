// Lists: segments whose members are named one by one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace tessera::engine {

inline constexpr std::size_t kListedAtOnce = 500;  // in one step: what a record can drain

// A kList record's body: who is put on a segment's list, and who is taken off it.
struct ListStep {
  std::string segment;
  std::vector<ProfileId> add;
  std::vector<ProfileId> remove;
};
void encode(const ListStep& step, std::string& out);
Result<ListStep> decode_list_step(std::string_view bytes);

}  // namespace tessera::engine

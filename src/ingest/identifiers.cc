#include "ingest/identifiers.h"

#include <algorithm>

#include "catalog/identifier.h"

namespace tessera::ingest {

IdentifierList::IdentifierList() {
  // One more than an event holds: each one that is kept may need room, and the last the try that is not kept.
  space_.reserve((event::kMaxIdentifiers + 1) * catalog::kMaxIdentifierBytes);
}

void IdentifierList::begin(const catalog::IdentityRules& rules, std::vector<event::Identifier>& out) {
  rules_ = &rules;
  out_ = &out;
  out.clear();
  space_.clear();
  any_blocked_ = any_too_long_ = too_many_ = false;
}

void IdentifierList::add(std::string_view type, std::string_view value) {
  if (value.empty() || rules_->rank(type) < 0) return;
  if (value.size() > catalog::kMaxIdentifierBytes) {
    any_too_long_ = true;
    return;
  }
  const std::size_t used = space_.size();
  const std::string_view standard = catalog::standard_identifier(type, value, space_);
  const auto is_same = [&](const event::Identifier& other) { return other.type == type && other.value == standard; };
  if (rules_->blocked(standard)) {
    any_blocked_ = true;
  } else if (std::ranges::none_of(*out_, is_same)) {
    too_many_ = too_many_ || out_->size() == event::kMaxIdentifiers;
    if (!too_many_) {
      out_->push_back({type, standard});
      return;
    }
  }
  space_.resize(used);
}

}  // namespace tessera::ingest

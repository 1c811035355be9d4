#include "sample.h"

#include <cstdlib>
#include <map>

#include "dice.h"
#include "segment/language.h"

namespace tessera::meaning {

namespace {

bool is_in(ProfileId person, const std::string& sample, const std::string& share) {
  static std::map<std::string, std::unique_ptr<segment::Condition>> compiled;
  auto& condition = compiled[sample + share];
  std::vector<cel::Issue> issues;
  if (condition == nullptr) {
    condition =
        segment::compile_condition("sampled(\"" + sample + "\", " + share + ")", {}, cel::TypeKind::kBool, issues);
  }
  RC_ASSERT(condition != nullptr);
  cel::Context context;
  const std::array<cel::Value, 1> id{cel::Value::uinteger(person.value)};
  return condition->program->evaluate(cel::GivenVariables(id), context).is_true();
}

}  // namespace

double place_of(ProfileId person, const std::string& sample) {
  static std::map<std::pair<std::uint64_t, std::string>, double> places;
  const auto [place, is_new] = places.try_emplace({person.value, sample}, 0);
  if (!is_new) return place->second;
  bool was_in = false;
  for (const char* share : kShares) {
    const bool is_now = is_in(person, sample, share);
    RC_ASSERT(is_now || !was_in);
    if (!is_now) place->second = std::strtod(share, nullptr);
    was_in = is_now;
  }
  RC_ASSERT(was_in);                                   // everybody is in the whole
  RC_ASSERT(!is_in(person, sample, kShares.front()));  // and nobody in nothing
  return place->second;
}

}  // namespace tessera::meaning

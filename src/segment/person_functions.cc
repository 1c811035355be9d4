#include "segment/person_functions.h"

#include <array>
#include <cstring>

#include "base/hash.h"
#include "segment/language.h"
#include "segment/time_functions.h"

namespace tessera::segment {

namespace {

std::optional<double> number_of(const cel::Value& value) {
  return value.is(cel::Kind::kTimestamp) ? std::nullopt : rankable(value);
}

// ratio(a, b): a / b as a double, whatever numbers they are; null of what is no number, and where b is 0.
cel::Value ratio(std::span<const cel::Value> arguments, cel::Context&) {
  const auto part = number_of(arguments[0]);
  const auto whole = number_of(arguments[1]);
  return part && whole && *whole != 0 ? cel::Value::real(*part / *whole) : cel::Value::null();
}

cel::Value rank(std::span<const cel::Value> arguments, cel::Context&) {
  const auto x = rankable(arguments[0]);
  if (!x || !arguments[1].is(cel::Kind::kObject)) return cel::Value::null();
  const RankTable* const table = static_cast<const RankValue&>(arguments[1].as_object()).table();
  return table == nullptr ? cel::Value::null() : rank_of(*table, *x);
}

// The person's own place between 0 and 1 under a name, which is as good as random, is below the share.
cel::Value sampled(std::span<const cel::Value> arguments, cel::Context&) {
  const std::uint64_t id = arguments[2].as_uint();
  std::array<char, sizeof id> bytes;
  std::memcpy(bytes.data(), &id, sizeof id);
  const std::uint64_t hash = hash64(arguments[0].text(), hash64({bytes.data(), bytes.size()}));
  constexpr double kBelow = 1.0 / 9007199254740992.0;  // 2^-53
  return cel::Value::boolean(static_cast<double>(hash >> 11) * kBelow < *number_of(arguments[1]));
}

}  // namespace

const cel::Environment& person_environment() {
  static const cel::Environment kEnvironment = [] {
    cel::Environment environment(kDialect);
    const cel::Type dyn = cel::TypeKind::kDyn;
    environment.declare({.name = "ratio", .parameters = {dyn, dyn}, .result = dyn, .function = ratio});
    environment.declare(
        {.name = std::string(kRankFunction), .parameters = {dyn, dyn}, .result = dyn, .function = rank});
    environment.declare({.name = std::string(kSampleFunction),
                         .parameters = {cel::TypeKind::kString, dyn, cel::TypeKind::kUint},
                         .result = cel::TypeKind::kBool,
                         .function = sampled});
    declare_time_functions(environment);
    return environment;
  }();
  return kEnvironment;
}

}  // namespace tessera::segment

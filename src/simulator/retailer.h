// The simulated retailer: a pure generator. The same options give the same items, byte for byte, on every machine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <vector>

#include "base/time.h"
#include "simulator/catalogue.h"
#include "simulator/item.h"
#include "simulator/people.h"

namespace tessera::simulator {

inline constexpr std::uint32_t kMaxHouseholds = 500'000;

struct RetailerOptions {
  std::uint64_t seed = 1;
  std::uint64_t salt = 0;            // changes the message ids alone, so that another run is not taken for a repetition
  Timestamp first_day;               // a midnight, UTC
  std::uint32_t households = 2'000;  // 1 … kMaxHouseholds
  std::int32_t days = 120;           // over which people join and lapse; the generator goes on after them
};

// Not thread-safe.
class Retailer {
 public:
  explicit Retailer(const RetailerOptions& options);

  // The next item in the order of sending. Never ends: a day follows a day.
  Item next();

  const std::vector<Household>& households() const { return households_; }

  // Who is who, as JSON lines: one object per person with the identifiers that are theirs alone, and one per
  // household with what its members share. Covers what was generated so far.
  void write_truth(std::ostream& out) const;

 private:
  void play_day();
  void play_household(Household& home, const Day& day);
  void play_strangers(const Day& day);

  RetailerOptions options_;
  Catalogue catalogue_;
  Outbox outbox_;
  std::vector<Household> households_;
  std::int32_t next_day_ = 0;
  std::uint64_t garbage_ = 0;
};

}  // namespace tessera::simulator

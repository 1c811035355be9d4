// Plays a retailer's items into a server, in the order of sending: batches of up to 100 per source, the sources side by
// side, one simulated day after the other.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "simulator/item.h"
#include "simulator/retailer.h"
#include "simulator/sender.h"
#include "simulator/setup.h"

namespace tessera::simulator {

inline constexpr std::size_t kBatchItems = 100;
inline constexpr std::size_t kBatchBytes = 400'000;        // a batch is sent before it passes this
inline constexpr std::int64_t kHistoricMs = 72 * kHourMs;  // what is older goes in as an import

class Player {
 public:
  Player(const std::string& url, const WriteKeys& keys);

  // Everything that the retailer sent before `now`, as it happened. `progress` is called after each day with the share
  // done so far, in per mille; returning false ends the play in good order.
  Status play_history(Retailer& retailer, Timestamp from, Timestamp now,
                      const std::function<bool(std::int64_t per_mille)>& progress);

  // What comes next, stamped as happening now: as late as in the simulation, but at `rate` items a second. Ends when
  // `go_on`, asked about ten times a second, returns false.
  Status play_live(Retailer& retailer, std::uint32_t rate, Clock& clock, const std::function<bool()>& go_on);

  Tally tally() const;

 private:
  struct Pending {
    std::string items;  // JSON, separated by commas
    std::size_t count = 0;
  };
  // Recent items and historic ones wait apart: they go to different paths.
  Status put(const Item& item, Timestamp occurred_at, bool historic, std::string_view sent_at);
  Status flush(std::size_t origin, bool historic, std::string_view sent_at);
  Status flush_all(std::string_view sent_at);
  Status drain();

  std::vector<std::unique_ptr<Sender>> senders_;              // by Origin
  std::array<std::array<Pending, 2>, kOriginCount> pending_;  // by Origin, recent and historic
  Item next_;                                                 // taken from the retailer, not played yet
  bool has_next_ = false;
};

}  // namespace tessera::simulator

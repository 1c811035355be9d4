#include "simulator/player.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace tessera::simulator {

Player::Player(const std::string& url, const WriteKeys& keys) {
  for (const std::string& key : keys) senders_.push_back(std::make_unique<Sender>(url, key));
}

Tally Player::tally() const {
  Tally sum;
  for (const auto& sender : senders_) {
    const Tally one = sender->tally();
    sum.sent += one.sent;
    sum.rejected += one.rejected;
    sum.busy += one.busy;
  }
  return sum;
}

Status Player::flush(std::size_t origin, bool historic, std::string_view sent_at) {
  Pending& pending = pending_[origin][historic ? 1 : 0];
  if (pending.count == 0) return {};
  std::string body = "{\"batch\":[" + pending.items + "]";
  if (!sent_at.empty()) body += ",\"sentAt\":\"" + std::string(sent_at) + "\"";
  body += "}";
  const std::size_t count = pending.count;
  pending = Pending{};
  return senders_[origin]->send(historic ? "/v1/import" : "/v1/batch", std::move(body), count);
}

Status Player::flush_all(std::string_view sent_at) {
  for (std::size_t origin = 0; origin < kOriginCount; ++origin) {
    TRY(flush(origin, true, sent_at));
    TRY(flush(origin, false, sent_at));
  }
  return {};
}

Status Player::drain() {
  for (const auto& sender : senders_) TRY(sender->drain());
  return {};
}

Status Player::put(const Item& item, Timestamp occurred_at, bool historic, std::string_view sent_at) {
  const auto origin = static_cast<std::size_t>(item.origin);
  const std::string json = item_json(item, occurred_at);
  Pending& pending = pending_[origin][historic ? 1 : 0];
  if (pending.items.size() + json.size() > kBatchBytes) TRY(flush(origin, historic, sent_at));
  if (pending.count > 0) pending.items += ',';
  pending.items += json;
  ++pending.count;
  return pending.count >= kBatchItems ? flush(origin, historic, sent_at) : Status();
}

Status Player::play_history(Retailer& retailer, Timestamp from, Timestamp now,
                            const std::function<bool(std::int64_t)>& progress) {
  std::int64_t day = 0;
  for (;;) {
    if (!has_next_) next_ = retailer.next();
    has_next_ = true;
    if (next_.send_at >= now) break;
    const std::int64_t item_day = (next_.send_at - from) / kDayMs;
    if (item_day != day) {
      // A source's few items do not wait for a full batch beyond the day, and no source runs ahead of another.
      day = item_day;
      TRY(flush_all({}));
      TRY(drain());
      if (!progress(
              std::min<std::int64_t>(999, (next_.send_at - from) * 1000 / std::max<std::int64_t>(now - from, 1)))) {
        return {};
      }
    }
    TRY(put(next_, next_.occurred_at, now - next_.occurred_at > kHistoricMs, {}));
    has_next_ = false;
  }
  TRY(flush_all({}));
  TRY(drain());
  progress(1000);
  return {};
}

Status Player::play_live(Retailer& retailer, std::uint32_t rate, Clock& clock, const std::function<bool()>& go_on) {
  constexpr std::int64_t kBeatMs = 100;
  const std::int64_t start_ms = clock.monotonic_ms();
  std::uint64_t played = 0;
  while (go_on()) {
    const auto elapsed_ms = static_cast<std::uint64_t>(clock.monotonic_ms() - start_ms);
    const std::uint64_t due = elapsed_ms * rate / 1000;
    const Timestamp now = clock.wall();
    const std::string sent_at = to_text(now);
    // A server that was slow is not made to catch up at a blow: at most two seconds' worth at a time.
    if (due > played + 2ull * rate) played = due - 2ull * rate;
    for (; played < due; ++played) {
      const Item item = has_next_ ? std::move(next_) : retailer.next();
      has_next_ = false;
      TRY(put(item, now + (item.occurred_at - item.send_at), false, sent_at));
    }
    TRY(flush_all(sent_at));
    std::this_thread::sleep_for(std::chrono::milliseconds(kBeatMs));
  }
  return drain();
}

}  // namespace tessera::simulator

// Items as Segment's tracking API takes them, and the order in which they are sent.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace tessera::simulator {

// The grocer's systems that send; each is a source in examples/grocer/sources.
enum class Origin : std::uint8_t { kWeb, kApp, kShop, kTills, kCrm, kMail };

inline constexpr std::array<std::string_view, 6> kOriginNames = {"web", "app", "shop", "tills", "crm", "mail"};
inline constexpr std::size_t kOriginCount = kOriginNames.size();

constexpr std::string_view origin_name(Origin origin) {
  return kOriginNames[static_cast<std::size_t>(origin)];
}

// One call, before it is written as JSON. Empty members are left out. The views must outlive the call.
struct Call {
  std::string_view type;  // "identify", "track", "page", "screen", "group"
  std::string_view name;  // track: the event; page and screen: the page's name
  std::string_view user_id;
  std::string_view anonymous_id;
  std::string_view group_id;
  std::vector<std::pair<std::string_view, std::string_view>> external_ids;  // (type, id)
  std::string properties;                                                   // JSON object
  std::string traits;                                                       // JSON object
  std::string_view user_agent;
  std::string_view url;       // of the page it happened on
  std::string_view campaign;  // name of the newsletter that led there
};

struct Item {
  Origin origin = Origin::kWeb;
  Timestamp occurred_at;
  Timestamp send_at;
  std::uint64_t sequence = 0;  // breaks ties
  bool garbage = false;        // broken on purpose: a good server quarantines it
  bool repeated = false;       // a second sending of an earlier item
  std::string head;            // the JSON object up to its timestamp; garbage: all of it
};

// The item's JSON, stamped as having happened at `occurred_at`. Garbage has no place for a stamp and is returned as is.
std::string item_json(const Item& item, Timestamp occurred_at);

// Minor units as a decimal: 1999 → "19.99".
std::string money(std::int64_t minor);

// Items on their way, handed out in the order of sending. Message ids follow from the salt and the item's number.
class Outbox {
 public:
  explicit Outbox(std::uint64_t salt) : salt_(salt) {}

  void add(Origin origin, const Call& call, Timestamp occurred_at, Timestamp send_at);
  // Sends the newest item once more, as clients do that saw no answer.
  void repeat(Timestamp send_at);
  void add_garbage(Origin origin, std::string json, Timestamp occurred_at);

  // The next item to be sent, if that is before `until`.
  std::optional<Item> take(Timestamp until);
  bool empty() const { return items_.empty(); }
  std::string make_message_id();

 private:
  void push(Item item);

  std::uint64_t salt_;
  std::uint64_t message_ = 0;
  std::uint64_t sequence_ = 0;
  std::optional<Item> newest_;  // until the next is added
  std::vector<Item> items_;     // a heap by (send_at, sequence)
};

}  // namespace tessera::simulator

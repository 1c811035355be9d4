// Somebody entered or left a segment: what readers of the stream and the page are shown of it. Plain data.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "engine/sink.h"

namespace tessera::http {

// Where an effect stands among all, and the id of its server-sent event: "<offset>-<index>".
struct EffectPlace {
  Offset offset;
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(EffectPlace, EffectPlace) = default;
};
std::string to_text(EffectPlace place);
std::optional<EffectPlace> parse_effect_place(std::string_view text);

struct MembershipChange {
  EffectPlace place;
  Timestamp at;
  ProfileId profile;
  std::string segment;
  std::string reason;  // "event", "merged", …
  bool entered = false;
  bool historic = false;
};

// What an effect of kind kMembership says without its properties: cheap, for the engine's thread. Then what these add;
// false if they cannot be read.
MembershipChange begin_change(const engine::Effect& effect);
bool add_properties(std::string_view properties, MembershipChange& change);

std::string_view change_word(const MembershipChange& change);  // "entered", "exited"

// Appends the change as a server-sent event.
void append_event(std::string& out, const MembershipChange& change);

}  // namespace tessera::http

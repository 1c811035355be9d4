#include "http/membership_change.h"

#include <charconv>

#include "base/json.h"
#include "ingest/json_tree.h"
#include "segment/language.h"

namespace tessera::http {

std::string to_text(EffectPlace place) {
  return std::to_string(place.offset.value) + "-" + std::to_string(place.index);
}

std::optional<EffectPlace> parse_effect_place(std::string_view text) {
  EffectPlace place;
  const char* const end = text.data() + text.size();
  const auto offset = std::from_chars(text.data(), end, place.offset.value);
  if (offset.ec != std::errc{} || offset.ptr == end || *offset.ptr != '-') return std::nullopt;
  const auto index = std::from_chars(offset.ptr + 1, end, place.index);
  if (index.ec != std::errc{} || index.ptr != end) return std::nullopt;
  return place;
}

MembershipChange begin_change(const engine::Effect& effect) {
  MembershipChange change{{effect.offset, effect.index}, effect.time, effect.profile};
  change.entered = effect.name == segment::kEnteredEvent;
  return change;
}

bool add_properties(std::string_view properties, MembershipChange& change) {
  thread_local ingest::JsonTree tree;
  if (!tree.read(properties)) return false;
  ingest::TextSpace space;
  change.segment = tree.root().find("segment").text(space);
  change.reason = tree.root().find("reason").text(space);
  change.historic = tree.root().find("historic").raw() == "true";
  return !change.segment.empty();
}

std::string_view change_word(const MembershipChange& change) {
  return change.entered ? "entered" : "exited";
}

void append_event(std::string& out, const MembershipChange& change) {
  out += "id: " + to_text(change.place) + "\ndata: ";
  JsonWriter json(out);
  json.begin_object().key("segment").string(change.segment).key("profile").string(to_text(change.profile));
  json.key("change").string(change_word(change)).key("at").string(to_text(change.at));
  json.key("position").number(change.place.offset.value).key("reason").string(change.reason);
  json.key("historic").boolean(change.historic).end_object();
  out += "\n\n";
}

}  // namespace tessera::http

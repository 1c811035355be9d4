#include "script.h"

#include "base/json.h"
#include "dice.h"
#include "event/event.h"
#include "identity/directory.h"

namespace tessera::meaning {

namespace {

constexpr int kUsers = 4;
constexpr int kEmails = 4;
constexpr int kDevices = 6;

struct OwnedIdentifier {
  std::string type;
  std::string value;
};

OwnedIdentifier any_identifier() {
  const int kind = any(10);
  if (kind < 3) return {"user_id", "u" + std::to_string(any(kUsers))};
  if (kind < 5) return {"email", "e" + std::to_string(any(kEmails)) + "@x.com"};
  return {"anonymous_id", "a" + std::to_string(any(kDevices))};
}

// Mostly long before the record, in any order, and often at the same time as another.
Timestamp any_moment(Timestamp now) {
  return now + -kHourMs * any(chance(30) ? 400 : 20);
}

std::string any_kind_or_other() {
  const int kind = any(12);
  if (kind == 0) return "null";
  if (kind == 1) return "true";
  if (kind == 2) return any_number();
  return "\"k" + std::to_string(any(4)) + "\"";
}

std::string any_lines() {
  std::string lines = "[";
  for (int more = any(4); more > 0; --more) {
    lines += lines.size() > 1 ? "," : "";
    lines += R"({"sku":"x)" + std::to_string(any(5)) + R"(","price":)" + any_number() + R"(,"quantity":)" +
             std::to_string(any(3)) + "}";
  }
  return lines + "]";
}

std::string any_properties() {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (chance(75)) json.key("n").raw(chance(90) ? any_number() : one_of<std::string>({"\"many\"", "null", "-1.25"}));
  if (chance(75)) json.key("kind").raw(any_kind_or_other());
  if (chance(40)) json.key("lines").raw(any_lines());
  if (chance(30)) {
    json.key("tags").begin_array();
    for (int more = any(4); more > 0; --more) json.raw(any_kind_or_other());
    json.end_array();
  }
  json.end_object();
  return out;
}

std::string any_word() {
  return one_of<std::string>({"\"k0\"", "\"k1\"", "\"k2\"", "1", "2.5", "null", "true"});
}

}  // namespace

void Script::send_anything() {
  if (!sent_.empty() && chance(8)) {  // once more, as it was; of another source it is another message
    const auto [source, body] = one_of(sent_);
    return life_.send(chance(80) ? source : SourceId{1 + static_cast<std::uint32_t>(any(3))}, body);
  }
  const SourceId source{1 + static_cast<std::uint32_t>(any(3))};
  const std::string id = "m" + std::to_string(++messages_);
  const std::string properties = any_properties();
  const std::string word = any_word();
  const std::string size = any_word();
  const std::string group = "g" + std::to_string(any(3));
  std::vector<OwnedIdentifier> identifiers(static_cast<std::size_t>(chance(70) ? 1 : 2 + any(2)));
  event::Event event;
  for (OwnedIdentifier& identifier : identifiers) {
    identifier = any_identifier();
    event.identifiers.push_back({identifier.type, identifier.value});
  }
  const int kind = any(20);
  event.type = kind < 12   ? event::EventType::kTrack
               : kind < 14 ? event::EventType::kPage
               : kind < 15 ? event::EventType::kScreen
               : kind < 18 ? event::EventType::kIdentify
                           : event::EventType::kGroup;
  const bool is_named = kind < 15;
  const std::string name = one_of<std::string>({"A", "A", "B", "C"});
  if (is_named) event.name = name;
  if (is_named && chance(95)) event.properties = properties;
  if (event.type == event::EventType::kGroup) event.group_id = group;
  if (!is_named && chance(80)) event.traits.push_back({"plan", word});
  if (!is_named && chance(60)) event.traits.push_back({"size", size});
  event.message_id = id;
  event.received_at = life_.machines().time();
  event.occurred_at = any_moment(event.received_at);
  event.historic = chance(20);
  std::string body;
  event::encode(event, body);
  sent_.emplace_back(source, body);
  life_.send(source, body);
}

void Script::introduce(const event::Identifier& one, const event::Identifier& other) {
  event::Event event;
  const std::string id = "m" + std::to_string(++messages_);
  event.type = event::EventType::kIdentify;
  event.message_id = id;
  event.identifiers = {one, other};
  event.received_at = life_.machines().time();
  event.occurred_at = any_moment(event.received_at);
  std::string body;
  event::encode(event, body);
  life_.send(SourceId{2}, body);
}

void Script::correct_something() {
  std::vector<ProfileId> merged;
  identity::Directory& directory = life_.machines().core().directory();
  for (const ProfileId id : life_.people()) {
    if (directory.parts(id).size() > 1) merged.push_back(id);
  }
  if (merged.empty()) return;
  const ProfileId person = one_of(merged);
  const auto graph = directory.graph(person);
  identity::Correction correction{.keep_apart = chance(30), .by = "a test"};
  if (chance(30)) {
    std::vector<identity::IdentifierSnapshot> identifiers;
    for (const auto& part : graph.parts) {
      identifiers.insert(identifiers.end(), part.identifiers.begin(), part.identifiers.end());
    }
    if (identifiers.empty()) return;
    const auto& wrong = one_of(identifiers);
    correction.keep_apart = false;
    correction.identifier_type = wrong.type;
    correction.identifier_value = wrong.value;
    return life_.correct(correction);
  }
  const std::size_t first = static_cast<std::size_t>(any(static_cast<int>(graph.parts.size())));
  for (std::size_t i = 0; i < graph.parts.size(); ++i) {
    const bool leaves = i == first || (correction.parts.size() + 2 < graph.parts.size() && chance(30));
    if (leaves) correction.parts.push_back(graph.parts[i].id);
  }
  life_.correct(correction);
}

void Script::publish() {
  const Published after = any_published(questions_, published_, may_watch_);
  const catalog::ChangeSet set = changes_between(published_, after);
  published_ = after;
  if (set.changes.empty()) return;
  std::map<std::string, std::uint64_t> since;
  const std::uint64_t now = life_.position().value + 1;
  for (const std::string& name : published_.asks()) {
    const Question& question = questions_.at(name);
    const auto known = since_.find(question.feature());
    since[question.feature()] = question.reaches_back() ? 0 : known == since_.end() ? now : known->second;
  }
  since_ = std::move(since);
  life_.publish(set);
  before_sweep_ = told_by_product();
}

void Script::happen() {
  if (life_.is_sweeping() && chance(40)) return life_.sweep_some(1 + static_cast<std::uint64_t>(any(3)));
  const int what = any(100);
  if (what < 80) return send_anything();
  if (what < 87) return correct_something();
  if (what < 91) return life_.go_on_with_cut(static_cast<std::size_t>(1 + any(20)));
  if (what < 94) return life_.reload();
  if (what < 97) return life_.tick(1000 * any(20'000));
  publish();
}

// ---- Checks

ToldOfAll Script::told_by_sql() {
  oracle_.read(life_);
  return oracle_.people(questions_, published_, since_);
}

std::string Script::everything_published() const {
  std::string out;
  for (const auto* kind : {&published_.computed, &published_.segments, &published_.shown}) {
    for (const auto& [name, expression] : *kind) out += name + ": " + expression.text.cel + "\n";
  }
  for (const std::string& name : published_.asks()) out += name + ": " + questions_.at(name).plain() + "\n";
  for (const std::string& source : published_.precedence) out += "precedence: " + source + "\n";
  return out;
}

std::string Script::history() {
  std::string out;
  for (const Row& row : life_.rows()) {
    const ProfileId profile = life_.machines().core().directory().find(ProfileId{row.part});
    out += std::to_string(row.offset) + " " + to_text(PartId{row.part}) + " of " + to_text(profile) + ": " +
           row.source + " " + row.type + " " + row.event + " " + to_text(row.occurred_at) + row.properties +
           row.traits + row.group_id + "\n";
  }
  return out;
}

void Script::check_amid_sweep() {
  if (!life_.is_sweeping()) return;
  const engine::Sweep sweep = life_.machines().core().sweep();
  const auto memberships = [](const Told& told) {
    Told some;
    for (const auto& [name, value] : told) {
      if (name.starts_with("in_")) some.emplace(name, value);
    }
    return some;
  };
  ToldOfAll product;
  ToldOfAll sql;
  const ToldOfAll by_sql = told_by_sql();
  for (const auto& [id, told] : told_by_product()) {
    const std::uint64_t number = identity::number_of(ProfileId{id});
    const bool waits = sweep.next <= number && number < sweep.end;
    const Told mine = memberships(told);
    const auto then = before_sweep_.find(id);
    if (waits && then != before_sweep_.end() && mine == memberships(then->second)) continue;
    product[id] = mine;
    sql[id] = memberships(by_sql.at(id));
  }
  const std::string differences = difference(product, sql);
  if (!differences.empty()) RC_FAIL("amid a sweep:\n" + differences + everything_published() + history());
}

void Script::check() {
  const std::string differences = difference(told_by_product(), told_by_sql());
  if (!differences.empty()) RC_FAIL(differences + everything_published() + history());
  const std::string lost = difference(Product::parts(life_), oracle_.parts());
  if (!lost.empty()) RC_FAIL("by part:\n" + lost);
  check_members();
  check_features();
}

// Who is in which segment is the same by effects, by profiles, and by the sets that are kept of members.
void Script::check_members() {
  engine::Shards& shards = life_.machines().shards();
  for (const auto& segment : shards.evaluator().plan().segments()) {
    std::set<std::uint64_t> by_profile;
    for (const ProfileId id : life_.people()) {
      const auto segments = shards.segments_of(id);
      if (std::binary_search(segments.begin(), segments.end(), segment.id)) by_profile.insert(id.value);
    }
    std::set<std::uint64_t> by_set;
    for (const std::uint32_t number : shards.members().list(segment.id, 0, 1000)) {
      by_set.insert(identity::profile_of_number(number).value);
    }
    const auto told = life_.members().find(segment.name);
    const std::set<std::uint64_t> by_effects = told == life_.members().end() ? std::set<std::uint64_t>{} : told->second;
    RC_ASSERT(by_set == by_profile);
    RC_ASSERT(by_effects == by_profile);
    RC_ASSERT(shards.members().count(segment.id) == by_profile.size());
  }
  for (const auto& [segment, members] : life_.members()) {
    if (!published_.segments.contains(segment)) RC_ASSERT(members.empty());
  }
}

// Equal questions are one feature, however they are spelled.
void Script::check_features() {
  RC_ASSERT(life_.machines().shards().evaluator().plan().features().size() == since_.size());
}

}  // namespace tessera::meaning

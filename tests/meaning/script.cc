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
constexpr int kMaxTicks = 5;
constexpr std::size_t kMaxMoments = 24;

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

// Mostly long before the record, in any order, and often at the same time as another. Where windows are asked about, as
// often just now, or to the millisecond as far from another event as some window is long; and now and then ahead.
Timestamp Script::any_moment() {
  const Timestamp now = life_.machines().time();
  if (!names_.windows || chance(20)) return now + -kHourMs * any(chance(30) ? 400 : 20);
  const std::int64_t unit = one_of<std::int64_t>({500, kSecondMs, 20 * kSecondMs, kMinuteMs, kHourMs});
  if (chance(4)) return now + unit * any(10);
  if (life_.rows().empty() || chance(50)) return now + -unit * any(12);
  const Timestamp beside = one_of(life_.rows()).occurred_at + (chance(50) ? 1 : -1) * any_duration_ms();
  return std::min(beside, now) + (any(3) - 1);
}

// As far from it as windows are long and sequences may take.
Timestamp Script::any_moment_beside(const Deed& deed) {
  const Timestamp at = deed.at + (chance(50) ? 1 : -1) * any_duration_ms() + (chance(70) ? 0 : any(3) - 1);
  return std::min(at, life_.machines().time());
}

// To an instant at which something may change, or the millisecond before or behind it; or anywhere.
std::int64_t Script::any_tick() {
  if (!names_.windows) return kSecondMs * any(20'000);
  const std::int64_t beside = any(3) - 1;
  if (chance(50) && !life_.rows().empty()) {
    const Timestamp at = one_of(life_.rows()).occurred_at + any_duration_ms() + beside;
    if (at >= life_.time()) return at - life_.time();
  }
  if (chance(20)) {  // midnight in New York, Kolkata or Berlin, of summer or winter
    const std::int64_t of_day = one_of<std::int64_t>({8, 10, 37, 44, 46}) * kHourMs / 2;
    const std::int64_t ms = (of_day - life_.time().ms % kDayMs + kDayMs) % kDayMs + beside;
    return std::max<std::int64_t>(ms, 0);
  }
  return any(40) * one_of<std::int64_t>({100, kSecondMs, kSecondMs, kMinuteMs, kHourMs, 3 * kHourMs});
}

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
  const bool follows = names_.windows && !deeds_.empty() && chance(35);  // by the same person
  const Deed deed = follows ? one_of(deeds_) : Deed{};
  event::Event event;
  for (OwnedIdentifier& identifier : identifiers) {
    identifier = follows && &identifier == &identifiers.front() ? OwnedIdentifier{deed.identifier_type, deed.identifier}
                                                                : any_identifier();
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
  event.occurred_at = follows ? any_moment_beside(deed) : any_moment();
  event.historic = chance(20);
  deeds_.push_back({identifiers.front().type, identifiers.front().value, event.occurred_at});
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
  event.occurred_at = any_moment();
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
  const Published after = any_published(questions_, published_, names_);
  const catalog::ChangeSet set = changes_between(published_, after);
  published_ = after;
  if (set.changes.empty()) return;
  const std::set<std::string> asks = published_.asks();
  std::erase_if(filled_, [&](const std::string& name) { return !asks.contains(name); });
  for (const std::string& name : asks) {
    if (questions_.at(name).is_known_anyway()) filled_.insert(name);
  }
  for (const char* list : {"l0", "l1"}) {
    if (!published_.segments.contains(list)) life_.forget_list(list);
  }
  life_.publish(set);
  before_sweep_ = told_by_product();
}

void Script::list_somebody() {
  const auto any_profile = [&] {
    const auto next = static_cast<int>(life_.machines().core().counters().next_profile);
    return identity::profile_of_number(static_cast<std::uint64_t>(1 + any(next)));
  };
  std::vector<std::string> lists;
  for (const auto& [name, expression] : published_.segments) {
    if (is_list(name)) lists.push_back(name);
  }
  if (lists.empty()) return;
  engine::ListStep step{.segment = one_of(lists), .add = {}, .remove = {}};
  for (int more = any(4); more > 0; --more) step.add.push_back(any_profile());
  for (int more = any(3); more > 0; --more) step.remove.push_back(any_profile());
  life_.list(step);
}

void Script::make_ranks() {
  const std::set<std::string> ranks = published_.ranks();
  if (ranks.empty() || life_.is_backfilling()) return;
  Published asked{.computed = published_.computed, .precedence = published_.precedence, .tables = published_.tables};
  for (const std::string& name : ranks) {
    const Compared& compared = questions_.compared(name);
    asked.shown["x_" + name] = {{"", compared.x}, compared.asks, {}};
    if (!compared.among.empty()) asked.segments = published_.segments;
  }
  if (!asked.segments.empty() && life_.is_sweeping()) return;  // who is a member then is not what SQL says
  const Timestamp now = life_.machines().time();
  oracle_.read(life_);
  const ToldOfAll people = oracle_.people_at({{now}}, questions_, asked)[now];
  const std::set<std::string> wait = waiting();
  for (const std::string& name : ranks) {
    const Compared& compared = questions_.compared(name);
    if (wait.contains(compared.among)) continue;
    std::string table;
    for (const auto& [id, told] : people) {
      if (!compared.among.empty() && told.at("in_" + compared.among) != "true") continue;
      const std::string& x = told.at("x_" + name);
      const bool has_rank = (x.starts_with('n') && x != "null") || x.starts_with('z');
      if (has_rank) table += (table.empty() ? "" : ", ") + x.substr(1);
    }
    published_.tables[published_.meaning_of(compared)] = "[" + table + "]";
  }
  life_.make_ranks();
  before_sweep_ = told_by_product();
}

void Script::settle() {
  life_.settle();
  filled_ = published_.asks();
  // What is compared among those who wait for a table of their own gets its table after that.
  bool again = chance(10);
  for (int more = any(4); more > 0 && (again || !waiting().empty()); --more) {
    make_ranks();
    life_.settle();
    again = false;
  }
}

void Script::happen() {
  if (life_.is_backfilling() && chance(30)) return life_.backfill_some(1 + static_cast<std::uint64_t>(any(4)));
  if (life_.is_sweeping() && chance(40)) return life_.sweep_some(1 + static_cast<std::uint64_t>(any(3)));
  if (chance(4)) return list_somebody();
  if (chance(2)) return make_ranks();
  const int what = any(100);
  if (what < (names_.windows ? 70 : 80)) return send_anything();
  if (what < 80) return life_.tick(any_tick());
  if (what < 87) return correct_something();
  if (what < 91) return life_.go_on_with_cut(static_cast<std::size_t>(1 + any(20)));
  if (what < 94) return life_.reload();
  if (what < 97) return life_.tick(any_tick());
  publish();
}

// ---- Checks

std::string Script::everything_published() const {
  std::string out;
  for (const auto* kind : {&published_.computed, &published_.segments, &published_.shown}) {
    for (const auto& [name, expression] : *kind) out += name + ": " + expression.text.cel + "\n";
  }
  for (const std::string& name : published_.asks()) out += name + ": " + questions_.at(name).plain() + "\n";
  for (const std::string& name : published_.ranks()) {
    const Compared& compared = questions_.compared(name);
    const auto table = published_.tables.find(published_.meaning_of(compared));
    out += name + ": " + compared.x + " " + compared.among + " " +
           (table == published_.tables.end() ? "none" : table->second) + "\n";
  }
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

void Script::check_amid_change() {
  if (!life_.is_sweeping() && !life_.is_backfilling()) return;
  check_pending();
  const engine::Sweep sweep = life_.machines().core().sweep();
  const std::set<std::string> pending = waiting();
  const auto memberships = [&](const Told& told) {
    Told some;
    for (const auto& [name, value] : told) {
      if (name.starts_with("in_") && !pending.contains(name.substr(3))) some.emplace(name, value);
    }
    return some;
  };
  ToldOfAll product;
  ToldOfAll sql;
  const Timestamp now = life_.machines().time();
  oracle_.read(life_);
  const ToldOfAll by_sql = oracle_.people_at({{now}}, questions_, published_)[now];
  for (const auto& [id, told] : told_by_product()) {
    const std::uint64_t number = identity::number_of(ProfileId{id});
    const bool waits = sweep.next <= number && number < sweep.end;
    Told mine = memberships(told);
    const auto then = before_sweep_.find(id);
    const bool was_there = waits && then != before_sweep_.end();
    if (was_there && mine == memberships(then->second)) continue;
    // Time passes for those who wait, too: then only what depends on it is what it is now.
    if (was_there && names_.windows) {
      std::erase_if(mine, [&](const auto& one) { return then->second.at(one.first) == one.second; });
    }
    for (const auto& [name, value] : mine) {
      product[id][name] = value;
      sql[id][name] = by_sql.at(id).at(name);
    }
  }
  fail_if(difference(product, sql), "amid a sweep or backfill");
}

// Nobody enters a segment that waits for the history.
void Script::check_pending() {
  for (const auto& segment : life_.machines().shards().evaluator().plan().segments()) {
    const auto members = life_.members().find(segment.name);
    if (!segment.is_pending || members == life_.members().end()) continue;
    for (const std::uint64_t id : members->second) {
      const auto then = before_sweep_.find(id);
      RC_ASSERT(then != before_sweep_.end() && then->second.at("in_" + segment.name) == "true");
    }
  }
}

void Script::fail_if(const std::string& differences, const std::string& when) {
  if (!differences.empty()) RC_FAIL(when + ":\n" + differences + everything_published() + history());
}

// Without memberships and traits of these names.
ToldOfAll Script::without(const std::set<std::string>& names, ToldOfAll all) {
  for (auto& [id, told] : all) {
    std::erase_if(told, [&](const auto& one) {
      return names.contains(one.first.starts_with("in_") ? one.first.substr(3) : one.first);
    });
  }
  return all;
}

// Instants while nothing but time passed: at which somebody entered or left, the millisecond before each, and others.
std::set<Timestamp> Script::any_moments(Timestamp begin, Timestamp end, const std::vector<Passage>& passages) {
  std::set<Timestamp> moments{begin, end + -1, end};
  const auto span = static_cast<int>(std::min<std::int64_t>(end - begin, kDayMs));
  for (int more = any(4); more > 0; --more) moments.insert(begin + any(span + 1));
  for (const Passage& passage : passages) {
    if (moments.size() >= kMaxMoments) break;
    moments.insert({passage.at + -1, passage.at});
  }
  moments.erase(moments.begin(), moments.lower_bound(begin));
  return moments;
}

void Script::check() {
  auto members = life_.members();
  const Timestamp begin = life_.machines().time();
  const std::uint64_t from = life_.position().value + 1;
  std::vector<Passage> passages;
  for (int more = 1 + any(kMaxTicks); more > 0; --more) {
    life_.tick(any_tick());
    RC_ASSERT(!life_.machines().wants_tick(life_.machines().time()));
    passages.insert(passages.end(), life_.last_passages().begin(), life_.last_passages().end());
  }
  std::ranges::stable_sort(passages, {}, &Passage::at);
  check_pending();
  const std::set<std::string> pending = waiting();
  const Timestamp end = life_.machines().time();
  const std::set<Timestamp> moments = any_moments(begin, end, passages);
  oracle_.read(life_);
  auto by_sql = oracle_.people_at({{moments.begin(), moments.end()}, from}, questions_, published_);
  auto passage = passages.begin();
  for (const auto& [now, people] : by_sql) {
    for (; passage != passages.end() && passage->at <= now; ++passage) {
      if (passage->entered) members[passage->segment].insert(passage->profile);
      if (!passage->entered) members[passage->segment].erase(passage->profile);
    }
    ToldOfAll product;
    ToldOfAll sql;
    for (const auto& [id, told] : people) {
      for (const auto& [segment, condition] : published_.segments) {
        product[id]["in_" + segment] = members[segment].contains(id) ? "true" : "false";
        sql[id]["in_" + segment] = told.at("in_" + segment);
      }
    }
    fail_if(difference(without(pending, product), without(pending, sql)), "while time passed, at " + to_text(now));
  }
  oracle_.add_what_happened(by_sql[end]);
  fail_if(difference(without(pending, told_by_product()), without(pending, by_sql[end])), "at last");
  fail_if(difference(Product::parts(life_), oracle_.parts()), "by part");
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

// Equal questions are one, however they are spelled; and one feature is kept for those that the same is kept for.
void Script::check_features() {
  const segment::Plan& plan = life_.machines().shards().evaluator().plan();
  const std::set<std::string> asks = published_.asks();
  const auto questions = std::ranges::count_if(plan.needs(), &segment::PlannedNeed::asks_history);
  const auto lists = std::ranges::count_if(published_.segments, [](const auto& s) { return is_list(s.first); });
  RC_ASSERT(static_cast<std::size_t>(questions - lists) <= asks.size());
  std::set<std::string> features;
  for (const std::string& name : asks) {
    if (!questions_.at(name).history.depends_on_time()) features.insert(questions_.at(name).feature());
  }
  const auto kept = std::ranges::count_if(
      plan.features(), [](const auto& feature) { return !feature.is_series() && !feature.is_list(); });
  RC_ASSERT(static_cast<std::size_t>(kept) == features.size());
}

}  // namespace tessera::meaning

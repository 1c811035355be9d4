#include "segment/evaluation.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "cel/collections.h"
#include "segment/series.h"

namespace tessera::segment {

namespace {

constexpr std::size_t kPersonMemory = 256u << 20;  // the limits of parts are met long before
constexpr std::string_view kUnreadable = "the trait's value cannot be read";

bool is_member(std::span<const std::uint32_t> memberships, std::uint32_t segment) {
  return std::ranges::binary_search(memberships, segment);
}

}  // namespace

class Evaluator::PersonVariables final : public cel::Variables {
 public:
  PersonVariables(Evaluator& evaluator, const PlannedCondition& condition)
      : evaluator_(evaluator), condition_(condition) {}
  cel::Value get(std::uint32_t slot, cel::Context&) const override {
    return evaluator_.of_need(condition_.needs[slot]);
  }

 private:
  Evaluator& evaluator_;
  const PlannedCondition& condition_;
};

Evaluator::Evaluator() : plan_(std::make_shared<const Plan>()), person_arena_(kPersonMemory) {}

void Evaluator::follow(std::shared_ptr<const Plan> plan) {
  plan_ = std::move(plan);
  folder_.follow(plan_);
  values_.assign(plan_->needs().size(), {});
  value_turns_.assign(plan_->needs().size(), 0);
  united_.assign(plan_->features().size(), {});
  united_turns_.assign(plan_->features().size(), 0);
  history_turns_.assign(plan_->needs().size(), 0);
  turn_ = 0;
  rank_values_.clear();
  for (const PlannedRanks& ranks : plan_->ranks()) rank_values_.emplace_back(ranks.table.get());
  marked_.assign((plan_->segments().size() + 63) / 64, 0);
  on_nothing_.clear();
  std::vector<MembershipChange> changes;
  Look look;
  look_at_all({}, look, on_nothing_, changes);
}

// ---- What a person is

void Evaluator::begin(std::span<const PartView> parts, std::span<const std::uint32_t> memberships, Timestamp now) {
  if (++turn_ == 0) {
    std::ranges::fill(value_turns_, 0);
    std::ranges::fill(united_turns_, 0);
    std::ranges::fill(history_turns_, 0);
    turn_ = 1;
  }
  person_arena_.reset();
  parts_ = parts;
  memberships_ = memberships;
  now_ = now;
  due_ = kNever;
  part_bytes_.clear();
  series_.clear();
  groups_are_read_ = false;
}

cel::Value Evaluator::evaluate(const PlannedCondition& condition, const cel::Program& program) {
  context_.arena.reset();
  context_.cost = 0;
  return program.evaluate(PersonVariables(*this, condition), context_);
}

cel::Value Evaluator::of_need(std::uint32_t index) {
  const PlannedNeed& need = plan_->needs()[index];
  // Memberships change while they are looked at; those that a segment names come before it.
  if (need.kind == Need::Kind::kSegment) {
    return cel::Value::boolean(is_member(memberships_, plan_->segments()[need.segment].id));
  }
  if (value_turns_[index] != turn_) {
    values_[index] = make_need(need);
    value_turns_[index] = turn_;
  }
  return values_[index];
}

cel::Value Evaluator::make_need(const PlannedNeed& need) {
  switch (need.kind) {
    case Need::Kind::kFeature:
      return read_feature(need);
    case Need::Kind::kHistory:
      return reader_.read(need.asked, series(), now_, person_arena_);
    case Need::Kind::kNow:
      return as_value(now_);
    case Need::Kind::kRanks:
      return cel::Value::object(&rank_values_[need.ranks]);
    case Need::Kind::kId:
      return cel::Value::uinteger(parts_.empty() ? 0 : parts_.front().id.value);
    case Need::Kind::kTrait:
      return of_trait(need.name);
    case Need::Kind::kGroup:
      return groups().empty() ? cel::Value::null() : of_group(groups().front());
    case Need::Kind::kGroups:
      return of_groups();
    case Need::Kind::kSegment:
      break;
  }
  return cel::Value::null();
}

cel::Value Evaluator::read_feature(const PlannedNeed& need) {
  const std::string_view state = united_state(need.feature);
  const Reading reading = need.asked.reading;
  const bool is_list = reading == Reading::kFirstValues || reading == Reading::kLastValues;
  return is_list ? read_values(state, reading, need.asked.first_n, person_arena_) : read(reading, state);
}

const std::vector<PartSeries>& Evaluator::series() {
  if (series_.empty()) {
    for (const PartView& part : parts_) series_.push_back(part.series);
  }
  return series_;
}

// A feature's state over all parts.
std::string_view Evaluator::united_state(std::uint32_t index) {
  if (united_turns_[index] == turn_) return united_[index];
  const Feature& feature = plan_->features()[index];
  if (parts_.size() == 1) return find_feature_state(parts_[0].features, feature.id);
  std::string& united = united_[index];
  united.clear();
  for (const PartView& part : parts_) {
    unite(feature.spec.aggregate, united, find_feature_state(part.features, feature.id));
  }
  united_turns_[index] = turn_;
  return united;
}

cel::Value Evaluator::of_trait(std::string_view name) {
  if (part_bytes_.empty()) {
    for (const PartView& part : parts_) part_bytes_.push_back(part.part);
  }
  const std::string_view json = profile::find_trait(part_bytes_, plan_->precedence(), name);
  if (json.empty()) return cel::Value::null();
  const auto value = json_.read(json, person_arena_);
  return value ? *value : cel::Value::error(kUnreadable);
}

const std::vector<profile::Group>& Evaluator::groups() {
  if (!groups_are_read_) {
    if (part_bytes_.empty()) {
      for (const PartView& part : parts_) part_bytes_.push_back(part.part);
    }
    groups_ = profile::groups_of(part_bytes_);
    groups_are_read_ = true;
  }
  return groups_;
}

// {"id": as it was sent, "profile": the group's own id, "joined_at": timestamp, "traits": {…}}
cel::Value Evaluator::of_group(const profile::Group& group) {
  constexpr std::size_t kFields = 4;
  std::string_view profile;
  if (!person_arena_.copy(to_text(group.id), &profile)) return cel::Value::error(cel::kMemoryExceeded);
  const auto traits = json_.read(group.traits.empty() ? std::string_view("{}") : group.traits, person_arena_);
  cel::MapBuilder map(kFields, person_arena_);
  map.add(cel::Value::string("id"), cel::Value::string(group.name));
  map.add(cel::Value::string("profile"), cel::Value::string(profile));
  map.add(cel::Value::string("joined_at"), as_value(group.joined_at));
  map.add(cel::Value::string("traits"), traits ? *traits : cel::Value::error(kUnreadable));
  const cel::Map* const built = map.finish();
  return built == nullptr ? cel::Value::error(cel::kMemoryExceeded) : cel::Value::map(built);
}

cel::Value Evaluator::of_groups() {
  bool has_memory = false;
  const std::span<cel::Value> all = cel::take_values(groups().size(), person_arena_, &has_memory);
  if (!has_memory) return cel::Value::error(cel::kMemoryExceeded);
  std::ranges::transform(groups(), all.begin(), [&](const profile::Group& group) { return of_group(group); });
  const cel::List* const list = cel::make_list(all, person_arena_);
  return list == nullptr ? cel::Value::error(cel::kMemoryExceeded) : cel::Value::list(list);
}

// ---- Which segments to look at

void Evaluator::mark(const PlannedNeed* need) {
  if (need == nullptr) return;
  for (const std::uint32_t segment : need->always) mark(segment);
}

// Marks who compares a number with a threshold that it has reached, left or passed. Over several parts a value that is
// new to one may be known to another: then the number was greater than reckoned here, and too many are looked at.
bool Evaluator::mark_passed(const PlannedNeed& need, const Touched::FeatureChange& change) {
  double now = 0;
  double then = 0;
  double slack = 0;
  if (need.kind == Need::Kind::kHistory) {
    // What lies outside of the window did not change it: then too many are looked at here, too.
    const bool is_sum = need.asked.reading == Reading::kSum;
    const cel::Value value = of_need(static_cast<std::uint32_t>(&need - plan_->needs().data()));
    now = is_sum ? value.as_double() : static_cast<double>(value.as_int());
    const double grown =
        as_double(is_sum ? Aggregate::kSum : Aggregate::kCount, is_sum ? change.grown_sum : change.grown);
    then = now - grown;
    // 0.4 - 0.1 is not the double that 0.3 is: so much may lie between them.
    constexpr double kRounding = 4 * std::numeric_limits<double>::epsilon();
    if (is_sum && grown != 0) slack = kRounding * (std::abs(now) + std::abs(grown));
  } else {
    const Aggregate aggregate = plan_->features()[need.feature].spec.aggregate;
    const Exact after = exact_number(aggregate, united_state(need.feature));
    now = as_double(aggregate, after);
    then = as_double(aggregate, after - change.grown);
  }
  if (now == then && slack == 0) return false;
  const double most = std::max(now, then) + slack;
  const auto low = std::ranges::lower_bound(need.thresholds, std::min(now, then) - slack, {},
                                            &std::pair<double, std::uint32_t>::first);
  auto at = low;
  for (; at != need.thresholds.end() && at->first <= most; ++at) mark(at->second);
  return at != low;
}

// Whether entries that were added can only put off what time alone would change: a number that falls as entries leave,
// and that no threshold lies between what it was and is.
bool Evaluator::only_puts_off(const PlannedNeed& need, const Touched::FeatureChange& change) {
  const Window& window = need.asked.history.window;
  if (change.ahead || window.kind != Window::Kind::kSliding || window.to_ms != 0 || need.levels.empty()) return false;
  if (need.asked.reading != Reading::kSum) return true;
  return std::ranges::none_of(series(), [&](const PartSeries& part) {
    const profile::Series* const one = find_series(part, need.asked.history.series);
    return one != nullptr && one->negative;
  });
}

void Evaluator::mark(const Touched& touched) {
  for (const Touched::FeatureChange& change : touched.features) {
    for (const std::uint32_t index : plan_->features()[change.feature].needs) {
      const PlannedNeed& need = plan_->needs()[index];
      mark(&need);
      const bool passed = !need.thresholds.empty() && mark_passed(need, change);
      if (need.kind != Need::Kind::kHistory || (!passed && only_puts_off(need, change))) continue;
      note_due(next_change(need, now_));
    }
  }
  for (const std::string& trait : touched.traits) mark(plan_->trait_need(trait));
  if (touched.groups) {
    mark(plan_->group_need(false));
    mark(plan_->group_need(true));
  }
}

void Evaluator::mark_all(const PlannedNeed& need) {
  mark(&need);
  for (const auto& [threshold, segment] : need.thresholds) mark(segment);
}

// ---- When to look again

Timestamp Evaluator::next_change(const PlannedNeed& need, Timestamp after) {
  return reader_.next_change(need.asked, series(), after, need.levels);
}

// The instants at which a segment's comparisons with `now` meet, and the millisecond behind each.
void Evaluator::note_meetings(const PlannedSegment& segment) {
  for (const auto& meeting : segment.condition.condition->meetings) {
    const cel::Value value = evaluate(segment.condition, *meeting);
    if (!value.is(cel::Kind::kTimestamp)) continue;
    const cel::Instant instant = value.as_instant();
    const Timestamp at{instant.seconds * 1000 + instant.nanos / 1'000'000};
    if (at > now_) {
      note_due(at);
    } else if (at == now_) {
      note_due(at + 1);
    }
  }
}

// The questions whose answers may change by themselves: about series that the person has.
template <class Take>
void Evaluator::for_each_history(Take take) {
  for (const PartView& part : parts_) {
    for (const profile::Series& one : part.series) {
      const std::uint32_t feature = plan_->find_feature(one.id);
      if (feature == kNone) continue;
      for (const std::uint32_t index : plan_->features()[feature].needs) {
        if (history_turns_[index] == turn_) continue;
        history_turns_[index] = turn_;
        take(plan_->needs()[index]);
      }
    }
  }
}

// Everything that may flip by time alone.
void Evaluator::settle_due() {
  due_ = kNever;
  std::ranges::fill(history_turns_, turn_ - 1);
  for_each_history([&](const PlannedNeed& need) { note_due(next_change(need, now_)); });
  for (const std::uint32_t segment : plan_->timed_segments()) note_meetings(plan_->segments()[segment]);
}

void Evaluator::look_at_one(std::uint32_t index, std::vector<std::uint32_t>& memberships,
                            std::vector<MembershipChange>& out) {
  const PlannedSegment& segment = plan_->segments()[index];
  if (segment.is_pending) return;
  note_meetings(segment);
  const bool holds = evaluate(segment.condition, *segment.condition.condition->program).is_true();
  const auto at = std::ranges::lower_bound(memberships, segment.id);
  const bool was = at != memberships.end() && *at == segment.id;
  if (holds == was) return;
  if (holds) {
    memberships.insert(at, segment.id);
  } else {
    memberships.erase(at);
  }
  memberships_ = memberships;
  out.push_back({segment.id, holds});
  mark(plan_->segment_need(index));
}

std::uint32_t Evaluator::index_of(std::uint32_t segment) const {
  return static_cast<std::uint32_t>(plan_->find(segment) - plan_->segments().data());
}

// Ascending, so that a segment comes after those it names; what one flips lies behind it.
void Evaluator::look_at_marked(std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out) {
  for (std::size_t word = 0; word < marked_.size(); ++word) {
    while (marked_[word] != 0) {
      const auto bit = static_cast<std::uint32_t>(std::countr_zero(marked_[word]));
      marked_[word] &= marked_[word] - 1;
      look_at_one(static_cast<std::uint32_t>(word * 64) + bit, memberships, out);
    }
  }
}

void Evaluator::drop_unknown(std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out) const {
  std::erase_if(memberships, [&](std::uint32_t id) {
    if (plan_->find(id) != nullptr) return false;
    out.push_back({id, false});
    return true;
  });
}

// ---- Looking

void Evaluator::look_again(std::span<const PartView> parts, const Touched& touched, Look& look,
                           std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out) {
  if (touched.empty()) return;
  begin(parts, memberships, look.now);
  due_ = look.due;
  mark(touched);
  look_at_marked(memberships, out);
  look.due = due_;
}

void Evaluator::look_first(std::span<const PartView> parts, const Touched& touched, Look& look,
                           std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out) {
  TESSERA_ASSERT(memberships.empty());
  memberships = on_nothing_;
  std::vector<MembershipChange> changes;
  begin(parts, memberships, look.now);
  mark(touched);
  for (const std::uint32_t segment : plan_->timed_segments()) mark(segment);
  for (const std::uint32_t segment : plan_->personal_segments()) mark(segment);
  look_at_marked(memberships, changes);
  look.due = due_;
  std::vector<std::uint32_t> entered;
  for (const std::uint32_t id : memberships) entered.push_back(index_of(id));
  std::ranges::sort(entered);
  for (const std::uint32_t index : entered) out.push_back({plan_->segments()[index].id, true});
}

void Evaluator::look_when_due(std::span<const PartView> parts, std::span<const std::uint32_t> segments, Look& look,
                              std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out) {
  begin(parts, memberships, look.now);
  for_each_history([&](const PlannedNeed& need) {
    if (next_change(need, look.now + -1) <= look.now) mark_all(need);
  });
  for (const std::uint32_t id : segments) {
    if (plan_->find(id) != nullptr) mark(index_of(id));
  }
  for (const std::uint32_t segment : plan_->timed_segments()) mark(segment);
  look_at_marked(memberships, out);
  settle_due();
  look.due = due_;
}

void Evaluator::look_at(std::span<const PartView> parts, std::span<const std::uint32_t> segments, Look& look,
                        std::vector<std::uint32_t>& memberships, std::vector<MembershipChange>& out) {
  drop_unknown(memberships, out);
  begin(parts, memberships, look.now);
  for (const std::uint32_t id : segments) {
    if (plan_->find(id) != nullptr) mark(index_of(id));
  }
  look_at_marked(memberships, out);
  settle_due();
  look.due = due_;
}

void Evaluator::look_at_all(std::span<const PartView> parts, Look& look, std::vector<std::uint32_t>& memberships,
                            std::vector<MembershipChange>& out) {
  drop_unknown(memberships, out);
  begin(parts, memberships, look.now);
  for (std::uint32_t i = 0; i < plan_->segments().size(); ++i) mark(i);
  look_at_marked(memberships, out);
  settle_due();
  look.due = due_;
}

cel::Value Evaluator::value(std::span<const PartView> parts, std::span<const std::uint32_t> memberships, Timestamp now,
                            const PlannedCondition& condition) {
  return value(parts, memberships, now, condition, *condition.condition->program);
}

cel::Value Evaluator::value(std::span<const PartView> parts, std::span<const std::uint32_t> memberships, Timestamp now,
                            const PlannedCondition& condition, const cel::Program& program) {
  begin(parts, memberships, now);
  return evaluate(condition, program);
}

std::optional<double> Evaluator::ranked(std::span<const PartView> parts, std::span<const std::uint32_t> memberships,
                                        Timestamp now, const PlannedRanks& ranks) {
  return rankable(value(parts, memberships, now, ranks.condition, *ranks.x));
}

cel::Value Evaluator::need_value(std::span<const PartView> parts, std::span<const std::uint32_t> memberships,
                                 Timestamp now, std::uint32_t need) {
  begin(parts, memberships, now);
  return of_need(need);
}

}  // namespace tessera::segment

#include "segment/folding.h"

#include <algorithm>
#include <map>

#include "segment/series.h"

namespace tessera::segment {

namespace {

constexpr std::size_t kEventMemory = 256u
                                     << 20;  // an event's size, which its source's limits bound, is met long before

cel::Value evaluate(const cel::Program& program, const cel::Value& variable, cel::Context& context) {
  context.arena.reset();
  context.cost = 0;
  return program.evaluate(cel::GivenVariables({&variable, 1}), context);
}

void note(Touched& touched, const Touched::FeatureChange& change) {
  const bool is_beyond = touched.features.empty() || touched.features.back().feature < change.feature;
  const auto known = is_beyond ? touched.features.end()
                               : std::ranges::find(touched.features, change.feature, &Touched::FeatureChange::feature);
  if (known == touched.features.end()) {
    touched.features.push_back(change);
    return;
  }
  known->grown += change.grown;
  known->grown_sum += change.grown_sum;
  known->ahead = known->ahead || change.ahead;
}

std::size_t kept_bytes(const profile::StoredPart& part) {
  std::size_t bytes = part.features.size();
  for (const profile::Series& series : part.series) bytes += series.entries.size() + series.texts.size();
  return bytes;
}

}  // namespace

void Touched::clear() {
  features.clear();
  traits.clear();
  groups = false;
}

Folder::Folder(std::size_t limit)
    : limit_(limit), plan_(std::make_shared<const Plan>()), event_arena_(kEventMemory), event_(json_, event_arena_) {}

void Folder::follow(std::shared_ptr<const Plan> plan) {
  plan_ = std::move(plan);
  filter_turns_.assign(plan_->filters().size(), 0);
  filter_results_.assign(plan_->filters().size(), 0);
  turn_ = 0;
}

cel::Value Folder::over_event(const cel::Program& program) {
  return evaluate(program, cel::Value::map(&event_), context_);
}

cel::Value Folder::over_element(const cel::Program& program, const cel::Value& element) {
  return evaluate(program, element, element_context_);
}

// The elements of a list of the event's; of what is no list there are none.
template <class Take>
void Folder::for_each_element(const cel::Program& elements, Take take) {
  const cel::Value value = over_event(elements);
  if (!value.is(cel::Kind::kList)) return;
  const cel::List& list = value.as_list();
  const std::size_t count = std::min(list.size(), kMaxElements);
  for (std::size_t i = 0; i < count; ++i) take(list.at(i, context_.arena));
}

bool Folder::passes(std::uint32_t filter) {
  if (filter == kNone) return true;
  if (filter_turns_[filter] != turn_) {
    filter_turns_[filter] = turn_;
    filter_results_[filter] = over_event(*plan_->filters()[filter]).is_true() ? 1 : 0;
  }
  return filter_results_[filter] != 0;
}

void Folder::choose(const EventFeatures::Choice& choice, const cel::Value& text) {
  if (!text.is(cel::Kind::kString)) return;
  const auto chosen = choice.by_text.find(text.text());
  if (chosen == choice.by_text.end()) return;
  candidates_.insert(candidates_.end(), chosen->second.begin(), chosen->second.end());
}

// A filter `path == "text" && …` cannot be true where the path is another text, no text, or an error.
void Folder::choose(const EventFeatures& features) {
  candidates_.assign(features.others.begin(), features.others.end());
  if (features.choices.empty()) return;
  for (const EventFeatures::Choice& choice : features.choices) {
    if (choice.elements == nullptr) {
      choose(choice, over_event(*choice.program));
      continue;
    }
    for_each_element(*choice.elements,
                     [&](const cel::Value& element) { choose(choice, over_element(*choice.program, element)); });
  }
  std::sort(candidates_.begin(), candidates_.end());
  candidates_.erase(std::unique(candidates_.begin(), candidates_.end()), candidates_.end());
}

void Folder::keep_for_writing(std::uint32_t id, std::string_view state) {
  const std::size_t begin = grown_bytes_.size();
  grown_bytes_ += state;
  grown_.push_back({id, begin, grown_bytes_.size()});
}

// The event at hand, or those elements of its list that count.
template <class Take>
void Folder::for_each_counted(const Feature& feature, Take take) {
  if (feature.each == nullptr) {
    take([&](const cel::Program& program) { return over_event(program); });
    return;
  }
  for_each_element(*feature.each, [&](const cel::Value& element) {
    if (feature.element_filter != nullptr && !over_element(*feature.element_filter, element).is_true()) return;
    take([&](const cel::Program& program) { return over_element(program, element); });
  });
}

// Adds the event at hand, or the elements of its list, to `state_`. False if nothing changed.
bool Folder::add_up(const Feature& feature, const Moment& moment) {
  bool changed = false;
  for_each_counted(feature, [&](const auto& evaluate) {
    const cel::Value value = feature.columns.empty() ? cel::Value::null() : evaluate(*feature.columns.front());
    if (!value.is_error()) changed |= add(feature.spec.aggregate, state_, value, moment);
  });
  return changed;
}

// Takes the event at hand into a series. False if nothing changed.
bool Folder::take_entries(std::uint32_t index, const Moment& moment, Timestamp now, profile::StoredPart& part,
                          Touched& touched) {
  const Feature& feature = plan_->features()[index];
  const Timestamp begin = feature.reach == kForever ? Timestamp{INT64_MIN} : now + (1 - feature.reach);
  if (moment.occurred_at < begin) return false;
  auto series = std::ranges::lower_bound(part.series, feature.id, {}, &profile::Series::id);
  if (series != part.series.end() && series->id == feature.id && series->frozen) forget_before(*series, begin);
  Touched::FeatureChange change{.feature = index, .ahead = now < moment.occurred_at};
  bool changed = false;
  for_each_counted(feature, [&](const auto& evaluate) {
    if (series == part.series.end() || series->id != feature.id) {
      profile::Series made{.id = feature.id, .columns = static_cast<std::uint8_t>(feature.columns.size())};
      series = part.series.insert(series, std::move(made));
    }
    std::array<cel::Value, kMaxColumns> values;
    std::array<std::string, kMaxColumns> texts;  // the value of one column lies where the next is worked out
    for (std::size_t i = 0; i < feature.columns.size(); ++i) {
      values[i] = evaluate(*feature.columns[i]);
      if (!values[i].is(cel::Kind::kString) || i + 1 == feature.columns.size()) continue;
      texts[i] = values[i].text();
      values[i] = cel::Value::string(texts[i]);
    }
    changed = true;
    if (kept_bytes(part) > limit_) series->frozen = true;
    if (!add_entry(*series, moment, std::span(values).first(feature.columns.size()))) return;
    ++change.grown;
    if (feature.columns.empty()) return;
    state_.clear();
    if (add(Aggregate::kSum, state_, values[0], moment)) change.grown_sum += exact_number(Aggregate::kSum, state_);
  });
  if (change.grown != 0) {
    forget_before(*series, begin);
    note(touched, change);
  }
  return changed;
}

// Takes the event at hand into one feature. False if nothing changed.
bool Folder::take(std::uint32_t index, const Moment& moment, profile::StoredPart& part, Touched& touched) {
  std::string& features = part.features;
  const Feature& feature = plan_->features()[index];
  const Aggregate aggregate = feature.spec.aggregate;
  const std::string_view before = find_feature_state(features, feature.id);
  state_.assign(before);
  if (!add_up(feature, moment)) return false;
  const std::size_t more = state_.size() - std::min(state_.size(), before.size());
  if (more > 0 && kept_bytes(part) + grown_bytes_.size() + more > limit_) return false;
  const Exact grown = exact_number(aggregate, state_) - exact_number(aggregate, before);
  if (state_.size() == before.size()) {
    std::copy(state_.begin(), state_.end(), features.begin() + (before.data() - features.data()));
  } else {
    keep_for_writing(feature.id, state_);
  }
  note(touched, {.feature = index, .grown = grown});
  return true;
}

bool Folder::has_strangers(std::string_view features) const {
  const std::size_t count = count_feature_states(features);
  for (std::size_t i = 0; i < count; ++i) {
    if (plan_->find_feature(feature_state_at(features, i).id) == kNone) return true;
  }
  return false;
}

// Puts what grew into its place, and leaves out what the plan has no more.
void Folder::rewrite(std::string& features) {
  changed_.clear();
  for (const Grown& grown : grown_) {
    changed_.push_back({grown.id, std::string_view(grown_bytes_).substr(grown.begin, grown.end - grown.begin)});
  }
  const std::size_t count = count_feature_states(features);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t id = feature_state_at(features, i).id;
    if (plan_->find_feature(id) == kNone) changed_.push_back({id, {}});
  }
  std::ranges::sort(changed_, {}, &FeatureState::id);
  rewritten_.clear();
  write_feature_states(features, changed_, rewritten_);
  features.assign(rewritten_);
}

void Folder::begin_turn() {
  grown_.clear();
  grown_bytes_.clear();
  if (++turn_ != 0) return;
  std::ranges::fill(filter_turns_, 0);
  turn_ = 1;
}

void Folder::begin_event(const event::Event& event, std::string_view source) {
  event_arena_.reset();
  event_.show(event, source);
  begin_turn();
}

bool Folder::take_candidates(const Moment& moment, Timestamp now, profile::StoredPart& part, Touched& touched) {
  bool changed = false;
  bool changed_states = false;
  for (const std::uint32_t index : candidates_) {
    const Feature& feature = plan_->features()[index];
    if (!passes(feature.filter)) continue;
    if (feature.is_series()) {
      changed |= take_entries(index, moment, now, part, touched);
    } else {
      changed_states |= take(index, moment, part, touched);
    }
  }
  if (!grown_.empty() || (changed_states && has_strangers(part.features))) rewrite(part.features);
  return changed || changed_states;
}

bool Folder::fold(const event::Event& event, std::string_view source, const Moment& moment, Timestamp now,
                  profile::StoredPart& part, Touched& touched) {
  const EventFeatures* const concerned = plan_->features_of(event.type, event.name);
  if (concerned == nullptr || (concerned->others.empty() && concerned->choices.empty())) return false;
  begin_event(event, source);
  choose(*concerned);
  std::erase_if(candidates_, [&](std::uint32_t i) { return plan_->features()[i].leaves_to_history(moment.offset); });
  return take_candidates(moment, now, part, touched);
}

bool Folder::fold(std::span<const std::uint32_t> features, const event::Event& event, std::string_view source,
                  const Moment& moment, Timestamp now, profile::StoredPart& part) {
  const EventFeatures* const concerned = plan_->features_of(event.type, event.name);
  if (concerned == nullptr || (concerned->others.empty() && concerned->choices.empty())) return false;
  begin_event(event, source);
  choose(*concerned);
  std::erase_if(candidates_, [&](std::uint32_t index) { return !std::ranges::binary_search(features, index); });
  Touched touched;
  return take_candidates(moment, now, part, touched);
}

void Folder::unite(profile::StoredPart& part, const profile::StoredPart& history) {
  begin_turn();
  const std::size_t count = count_feature_states(history.features);
  for (std::size_t i = 0; i < count; ++i) {
    const FeatureState known = feature_state_at(history.features, i);
    const std::uint32_t feature = plan_->find_feature(known.id);
    if (feature == kNone) continue;  // nobody asks for it any more
    state_.assign(find_feature_state(part.features, known.id));
    segment::unite(plan_->features()[feature].spec.aggregate, state_, known.state);
    if (kept_bytes(part) + grown_bytes_.size() + state_.size() <= limit_) keep_for_writing(known.id, state_);
  }
  if (!grown_.empty()) rewrite(part.features);
  for (const profile::Series& known : history.series) {
    if (plan_->find_feature(known.id) == kNone) continue;
    auto at = std::ranges::lower_bound(part.series, known.id, {}, &profile::Series::id);
    const bool is_new = at == part.series.end() || at->id != known.id;
    if (kept_bytes(part) + known.entries.size() + known.texts.size() > limit_) {
      if (is_new) at = part.series.insert(at, {.id = known.id, .columns = known.columns});
      at->frozen = true;
    } else if (is_new) {
      part.series.insert(at, known);
    } else {
      segment::unite(*at, known);
    }
  }
}

bool Folder::set_listed(std::uint32_t index, bool listed, profile::StoredPart& part, Touched& touched) {
  const std::uint32_t id = plan_->features()[index].id;
  if (find_feature_state(part.features, id).empty() == !listed) return false;
  const std::string state = listed ? known_state(Aggregate::kCount, 1, {}, {}) : std::string();
  const FeatureState change{id, state};
  rewritten_.clear();
  write_feature_states(part.features, {&change, 1}, rewritten_);
  part.features.assign(rewritten_);
  note(touched, {.feature = index, .grown = listed ? 1 : -1});
  return true;
}

Result<bool> Folder::seed(profile::StoredPart& stored) {
  TRY_ASSIGN(const profile::Part part, profile::decode_part(stored.part));
  const bool had_strangers =
      std::erase_if(stored.series, [&](const auto& series) { return plan_->find_feature(series.id) == kNone; }) != 0;
  std::string& features = stored.features;
  struct Known {
    profile::EventCount all;
    std::size_t names = 0;  // so many of the feature's
  };
  std::map<std::uint32_t, Known> known;  // by feature
  for (const profile::EventCount& one : part.events) {
    const EventFeatures* const concerned = plan_->features_of(one.type, one.name);
    if (concerned == nullptr) continue;
    for (const std::uint32_t index : concerned->others) {
      const Feature& feature = plan_->features()[index];
      // Past a part's limit of names it does not know the counts of all of them.
      if (!feature.is_counted_anyway() || (part.truncated && feature.spec.names.empty())) continue;
      Known& of_feature =
          known.try_emplace(index, Known{{one.type, "", 0, one.first_at, one.last_at}, 0}).first->second;
      ++of_feature.names;
      profile::EventCount& all = of_feature.all;
      all.count += one.count;
      all.first_at = std::min(all.first_at, one.first_at);
      all.last_at = std::max(all.last_at, one.last_at);
    }
  }
  begin_turn();
  for (const auto& [index, of_feature] : known) {
    const Feature& feature = plan_->features()[index];
    const std::string_view before = find_feature_state(features, feature.id);
    // What was taken in as it came may have names that the part has no room for.
    if (part.truncated && of_feature.names < feature.spec.names.size() && !before.empty()) continue;
    const profile::EventCount& all = of_feature.all;
    const std::string state = known_state(feature.spec.aggregate, all.count, all.first_at, all.last_at);
    if (state != before) keep_for_writing(feature.id, state);
  }
  if (grown_.empty() && !has_strangers(features)) return had_strangers;
  rewrite(features);
  return true;
}

}  // namespace tessera::segment

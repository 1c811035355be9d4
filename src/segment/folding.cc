#include "segment/folding.h"

#include <algorithm>
#include <map>

#include "profile/part.h"

namespace tessera::segment {

namespace {

constexpr std::size_t kEventMemory = 256u
                                     << 20;  // an event's size, which its source's limits bound, is met long before

cel::Value evaluate(const cel::Program& program, const cel::Value& variable, cel::Context& context) {
  context.arena.reset();
  context.cost = 0;
  return program.evaluate(cel::GivenVariables({&variable, 1}), context);
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

// Adds the event at hand, or the elements of its list, to `state_`. False if nothing changed.
bool Folder::add_up(const Feature& feature, const Moment& moment) {
  const Aggregate aggregate = feature.spec.aggregate;
  if (feature.each == nullptr) {
    const cel::Value value = feature.value == nullptr ? cel::Value::null() : over_event(*feature.value);
    return !value.is_error() && add(aggregate, state_, value, moment);
  }
  bool changed = false;
  for_each_element(*feature.each, [&](const cel::Value& element) {
    if (feature.element_filter != nullptr && !over_element(*feature.element_filter, element).is_true()) return;
    const cel::Value value = feature.value == nullptr ? cel::Value::null() : over_element(*feature.value, element);
    if (!value.is_error()) changed |= add(aggregate, state_, value, moment);
  });
  return changed;
}

// Takes the event at hand into one feature. False if nothing changed.
bool Folder::take(std::uint32_t index, const Moment& moment, std::string& features, Touched& touched) {
  const Feature& feature = plan_->features()[index];
  const Aggregate aggregate = feature.spec.aggregate;
  const std::string_view before = find_feature_state(features, feature.id);
  state_.assign(before);
  if (!add_up(feature, moment)) return false;
  if (state_.size() > before.size() && features.size() + grown_bytes_.size() + state_.size() - before.size() > limit_) {
    return false;
  }
  const Exact grown = exact_number(aggregate, state_) - exact_number(aggregate, before);
  if (state_.size() == before.size()) {
    std::copy(state_.begin(), state_.end(), features.begin() + (before.data() - features.data()));
  } else {
    keep_for_writing(feature.id, state_);
  }
  const auto known = std::ranges::find(touched.features, index, &Touched::FeatureChange::feature);
  if (known == touched.features.end()) {
    touched.features.push_back({index, grown});
  } else {
    known->grown += grown;
  }
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

bool Folder::fold(const event::Event& event, std::string_view source, const Moment& moment, std::string& features,
                  Touched& touched) {
  const EventFeatures* const concerned = plan_->features_of(event.type, event.name);
  if (concerned == nullptr || (concerned->others.empty() && concerned->choices.empty())) return false;
  event_arena_.reset();
  event_.show(event, source);
  begin_turn();
  choose(*concerned);
  bool changed = false;
  for (const std::uint32_t index : candidates_) {
    if (passes(plan_->features()[index].filter)) changed |= take(index, moment, features, touched);
  }
  if (!grown_.empty() || (changed && has_strangers(features))) rewrite(features);
  return changed;
}

Result<bool> Folder::seed(std::string_view bytes, std::string& features) {
  TRY_ASSIGN(const profile::Part part, profile::decode_part(bytes));
  std::map<std::uint32_t, profile::EventCount> known;  // by feature
  for (const profile::EventCount& one : part.events) {
    const EventFeatures* const concerned = plan_->features_of(one.type, one.name);
    if (concerned == nullptr) continue;
    for (const std::uint32_t index : concerned->others) {
      const Feature& feature = plan_->features()[index];
      // Past a part's limit of names it does not know the counts of all of them.
      if (!feature.is_counted_anyway() || (part.truncated && !feature.spec.name)) continue;
      profile::EventCount& all = known.try_emplace(index, one.type, "", 0, one.first_at, one.last_at).first->second;
      all.count += one.count;
      all.first_at = std::min(all.first_at, one.first_at);
      all.last_at = std::max(all.last_at, one.last_at);
    }
  }
  begin_turn();
  for (const auto& [index, all] : known) {
    const Feature& feature = plan_->features()[index];
    const std::string state = known_state(feature.spec.aggregate, all.count, all.first_at, all.last_at);
    if (state != find_feature_state(features, feature.id)) keep_for_writing(feature.id, state);
  }
  if (grown_.empty() && !has_strangers(features)) return false;
  rewrite(features);
  return true;
}

}  // namespace tessera::segment

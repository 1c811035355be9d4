#include "segment/plan.h"

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "segment/documents.h"

namespace tessera::segment {

namespace {

bool is_own_event(event::EventType type, std::string_view name) {
  return type == event::EventType::kTrack && (name == kEnteredEvent || name == kExitedEvent);
}

}  // namespace

bool Feature::is_counted_anyway() const {
  return filter == kNone && each == nullptr &&
         (spec.aggregate == Aggregate::kCount || spec.aggregate == Aggregate::kFirstTime ||
          spec.aggregate == Aggregate::kLastTime);
}

// Puts a plan together: first what conditions need, then who is to be looked at when.
class Builder {
 public:
  Builder(Registry& registry, Offset now, bool has_history)
      : registry_(registry), now_(now), has_history_(has_history) {}

  std::shared_ptr<const Plan> build(const catalog::Definitions& definitions, const catalog::Sources& sources) {
    const auto segments = segments_in_force(definitions);
    const auto traits = traits_in_force(definitions);
    const Vocabulary vocabulary = vocabulary_of(segments, traits);
    add_segments(segments, vocabulary);
    for (const TraitDocument& trait : traits) add_trait(trait, vocabulary, sources);
    forget_unused();
    settle_reaches();
    sort_features();
    note_what_is_whole();
    for (std::uint32_t i = 0; i < plan_->segments_.size(); ++i) add_dependents(i);
    for (PlannedNeed& need : plan_->needs_) sort_once(need);
    index_events();
    return std::move(plan_);
  }

 private:
  void add_segments(const std::vector<SegmentDocument>& documents, const Vocabulary& vocabulary) {
    std::vector<std::shared_ptr<const Condition>> conditions;
    std::vector<std::pair<std::string, const Condition*>> named;
    std::vector<const SegmentDocument*> compiled;
    for (const SegmentDocument& document : documents) {
      std::vector<cel::Issue> issues;
      std::shared_ptr<const Condition> condition =
          compile_condition(document.condition, vocabulary, cel::TypeKind::kBool, issues);
      if (condition == nullptr) continue;
      named.emplace_back(document.name, condition.get());
      conditions.push_back(std::move(condition));
      compiled.push_back(&document);
    }
    std::vector<std::string> circular;
    const auto order = in_order(named, circular);
    for (const std::size_t i : order) {
      if (!names_what_there_is(*conditions[i])) continue;
      const auto [known, is_new] = registry_.segments.emplace(compiled[i]->name, registry_.next_segment);
      if (is_new) ++registry_.next_segment;
      const auto index = static_cast<std::uint32_t>(plan_->segments_.size());
      index_of_[compiled[i]->name] = index;
      plan_->index_of_segment_[known->second] = index;
      plan_->segments_.push_back(
          {known->second, compiled[i]->name, compiled[i]->version, plan_condition(conditions[i]), false});
      if (!conditions[i]->meetings.empty()) plan_->timed_segments_.push_back(index);
      if (std::ranges::count(conditions[i]->needs, Need::Kind::kId, &Need::kind) != 0) {
        plan_->personal_segments_.push_back(index);
      }
    }
  }

  // Segments that it names may have been left out.
  bool names_what_there_is(const Condition& condition) const {
    return std::ranges::all_of(condition.needs, [&](const Need& need) {
      return need.kind != Need::Kind::kSegment || index_of_.contains(need.name);
    });
  }

  void add_trait(const TraitDocument& trait, const Vocabulary& vocabulary, const catalog::Sources& sources) {
    if (!trait.expression.empty()) {
      std::vector<cel::Issue> issues;
      std::shared_ptr<const Condition> condition =
          compile_condition(trait.expression, vocabulary, cel::TypeKind::kDyn, issues);
      if (condition != nullptr && names_what_there_is(*condition))
        plan_->computed_.push_back({trait.name, plan_condition(std::move(condition))});
      return;
    }
    std::vector<SourceId> ranked;
    for (const std::string& name : trait.precedence) {
      if (const catalog::Source* source = sources.by_name(name)) ranked.push_back(source->id);
    }
    plan_->precedence_.emplace(trait.name, std::move(ranked));
  }

  PlannedCondition plan_condition(std::shared_ptr<const Condition> condition) {
    PlannedCondition planned{std::move(condition), {}, true};
    for (const Need& need : planned.condition->needs) {
      if (need.kind != Need::Kind::kRanks) continue;
      if (!places_of_ranks_.emplace(need.text, static_cast<std::uint32_t>(plan_->ranks_.size())).second) continue;
      const auto& table = registry_.ranks.emplace(need.text, nullptr).first->second;
      plan_->ranks_.push_back({need.text, need.name, {planned.condition, {}, true}, need.ranked, table});
    }
    for (const Need& need : planned.condition->needs) planned.needs.push_back(place_of(need));
    for (PlannedRanks& ranks : plan_->ranks_) {
      if (ranks.condition.condition == planned.condition) ranks.condition.needs = planned.needs;
    }
    plan_->counts_memberships_ |= !planned.condition->watched.empty();
    return planned;
  }

  // The plan's own need that is equal to a condition's.
  std::uint32_t place_of(const Need& need) {
    PlannedNeed mine{.kind = need.kind, .name = need.name, .asked = need.asked};
    std::string key = std::to_string(static_cast<int>(need.kind)) + need.name;
    std::vector<std::pair<std::uint32_t, std::int64_t>> features;
    if (need.kind == Need::Kind::kRanks) key += need.text;
    if (!need.collected.empty()) {
      key += need.text;
      mine.text = need.text;
      for (const Collected& collected : need.collected) {
        features.emplace_back(feature_of(collected), collected.reach);
      }
      mine.feature = features.front().first;
    }
    const auto [at, is_new] = places_.emplace(std::move(key), static_cast<std::uint32_t>(plan_->needs_.size()));
    if (!is_new) return at->second;
    if (need.kind == Need::Kind::kHistory) name_series(mine.asked.history, features);
    for (const auto& [feature, reach] : features) plan_->features_[feature].needs.push_back(at->second);
    if (!features.empty()) reaches_.emplace(at->second, std::move(features));
    switch (need.kind) {
      case Need::Kind::kFeature:
      case Need::Kind::kHistory:
      case Need::Kind::kNow:
      case Need::Kind::kId:
        break;
      case Need::Kind::kRanks:
        mine.ranks = places_of_ranks_.at(need.text);
        mine.is_whole = plan_->ranks_[mine.ranks].table != nullptr;
        break;
      case Need::Kind::kTrait:
        plan_->traits_.emplace(need.name, at->second);
        break;
      case Need::Kind::kSegment:
        // Segments come in order, so the one that is named is there; a computed trait comes after them all.
        mine.segment = index_of_.at(need.name);
        plan_->segment_needs_.resize(std::max(plan_->segment_needs_.size(), mine.segment + std::size_t{1}), kNone);
        plan_->segment_needs_[mine.segment] = at->second;
        break;
      case Need::Kind::kGroup:
        plan_->group_ = at->second;
        break;
      case Need::Kind::kGroups:
        plan_->groups_ = at->second;
        break;
    }
    plan_->needs_.push_back(std::move(mine));
    return at->second;
  }

  // Series are known by their place in the condition, and from here on by their features' ids.
  void name_series(History& history, const std::vector<std::pair<std::uint32_t, std::int64_t>>& features) const {
    history.series = plan_->features_[features[history.series].first].id;
    for (History::Link& link : history.links) name_series(link.other, features);
  }

  // Whether what people are compared by is whole: whether a table can be made.
  void note_ranks(PlannedRanks& ranks) const {
    ranks.condition.is_whole = std::ranges::all_of(ranks.condition.needs, [&](std::uint32_t i) {
      const PlannedNeed& need = plan_->needs_[i];
      return need.kind == Need::Kind::kRanks || need.is_whole;
    });
    const auto among = index_of_.find(ranks.among);
    if (among != index_of_.end()) ranks.condition.is_whole &= !plan_->segments_[among->second].is_pending;
  }

  std::uint32_t feature_of(const Collected& collected) {
    const std::string text = collected.spec.text();
    const auto [at, is_new] = features_.emplace(text, static_cast<std::uint32_t>(plan_->features_.size()));
    if (!is_new) {
      Feature& known = plan_->features_[at->second];
      known.reach = std::max(known.reach, collected.reach);
      return at->second;
    }
    const auto [known, unknown] = registry_.features.emplace(text, Registry::Feature{registry_.next_feature});
    if (unknown) ++registry_.next_feature;
    Feature feature{.id = known->second.id,
                    .spec = collected.spec,
                    .each = collected.each,
                    .element_filter = collected.element_filter,
                    .columns = collected.columns,
                    .reach = collected.reach};
    if (collected.filter != nullptr) {
      const auto filter = filters_.emplace(collected.spec.filter, static_cast<std::uint32_t>(plan_->filters_.size()));
      if (filter.second) plan_->filters_.push_back(collected.filter);
      feature.filter = filter.first->second;
    }
    equalities_.emplace(feature.id, collected.equalities);
    plan_->features_.push_back(std::move(feature));
    return at->second;
  }

  // Who asks for more than was kept gets it from the history; what nobody asks for any more is not kept.
  void settle_reaches() {
    for (const auto& [text, index] : features_) {
      Feature& feature = plan_->features_[index];
      Registry::Feature& known = registry_.features.at(text);
      if (feature.reach > known.reach) {
        known.since = now_;
        if (!has_history_ || feature.is_counted_anyway() || feature.is_list()) known.filled = feature.reach;
      }
      known.reach = feature.reach;
      known.filled = std::min(known.filled, known.reach);
      feature.since = known.since;
      feature.filled = known.filled;
    }
  }

  void note_what_is_whole() {
    for (const auto& [need, features] : reaches_) {
      plan_->needs_[need].is_whole = std::ranges::all_of(features, [&](const auto& feature) {
        return plan_->features_[places_of_features_[feature.first]].filled >= feature.second;
      });
    }
    const auto note = [&](PlannedCondition& condition) {
      condition.is_whole = std::ranges::all_of(condition.needs, [&](std::uint32_t i) {
        const PlannedNeed& need = plan_->needs_[i];
        return need.is_whole && (need.kind != Need::Kind::kSegment || !plan_->segments_[need.segment].is_pending);
      });
    };
    for (PlannedSegment& segment : plan_->segments_) {
      note(segment.condition);
      segment.is_pending = !segment.condition.is_whole;
    }
    for (ComputedTrait& trait : plan_->computed_) note(trait.condition);
    for (PlannedRanks& ranks : plan_->ranks_) note_ranks(ranks);
  }

  void forget_unused() {
    std::erase_if(registry_.ranks, [&](const auto& known) { return !places_of_ranks_.contains(known.first); });
    std::erase_if(registry_.features, [&](const auto& known) { return !features_.contains(known.first); });
  }

  // Ascending by id, as states are stored; needs follow.
  void sort_features() {
    std::vector<std::uint32_t> order(plan_->features_.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](auto a, auto b) { return plan_->features_[a].id < plan_->features_[b].id; });
    std::vector<Feature> sorted;
    places_of_features_.resize(order.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      places_of_features_[order[i]] = i;
      sorted.push_back(std::move(plan_->features_[order[i]]));
    }
    for (PlannedNeed& need : plan_->needs_) {
      if (need.asks_history()) need.feature = places_of_features_[need.feature];
    }
    plan_->features_ = std::move(sorted);
  }

  void add_dependents(std::uint32_t segment) {
    const PlannedCondition& condition = plan_->segments_[segment].condition;
    for (std::size_t slot = 0; slot < condition.needs.size(); ++slot) {
      const Need& need = condition.condition->needs[slot];
      PlannedNeed& mine = plan_->needs_[condition.needs[slot]];
      // In a sequence one more entry may change the answer by any number.
      if (need.only_compared && need.asked.history.links.empty()) {
        for (const double threshold : need.thresholds) mine.thresholds.emplace_back(threshold, segment);
      } else {
        mine.always.push_back(segment);
      }
    }
  }

  static void sort_once(PlannedNeed& need) {
    std::sort(need.always.begin(), need.always.end());
    need.always.erase(std::unique(need.always.begin(), need.always.end()), need.always.end());
    std::sort(need.thresholds.begin(), need.thresholds.end());
    need.thresholds.erase(std::unique(need.thresholds.begin(), need.thresholds.end()), need.thresholds.end());
    if (!need.always.empty()) return;
    for (const auto& [threshold, segment] : need.thresholds) {
      if (need.levels.empty() || need.levels.back() != threshold) need.levels.push_back(threshold);
    }
  }

  // Which features are to be looked at for an event: by type and name, then by what filters demand.
  void index_events() {
    struct Lists {
      std::map<std::string, std::vector<std::uint32_t>> named;
      std::vector<std::uint32_t> any;
    };
    std::map<event::EventType, Lists> by_type;
    for (std::uint32_t i = 0; i < plan_->features_.size(); ++i) {
      const FeatureSpec& spec = plan_->features_[i].spec;
      if (plan_->features_[i].is_list()) continue;
      Lists& lists = by_type[spec.type];
      if (spec.names.empty()) lists.any.push_back(i);
      for (const std::string& name : spec.names) lists.named[name].push_back(i);
    }
    // What Tessera tells of segments is nothing that people did: features of any name leave it out.
    Lists& tracks = by_type[event::EventType::kTrack];
    for (const std::string_view own : {kEnteredEvent, kExitedEvent}) tracks.named.try_emplace(std::string(own));
    for (auto& [type, lists] : by_type) {
      Plan::OfType& out = plan_->by_event_[type];
      for (auto& [name, named] : lists.named) {
        if (!is_own_event(type, name)) named.insert(named.end(), lists.any.begin(), lists.any.end());
        out.named.emplace(name, arrange(named));
      }
      out.any = arrange(lists.any);
    }
  }

  // Puts each feature under that of its equalities which tells most features apart.
  EventFeatures arrange(const std::vector<std::uint32_t>& features) {
    std::map<std::pair<std::string, std::string>, std::set<std::string>> texts;
    const auto texts_of = [&](const Equality& e) -> std::set<std::string>& { return texts[{e.each, e.path}]; };
    for (const std::uint32_t i : features) {
      for (const Equality& equality : equalities_[plan_->features_[i].id]) texts_of(equality).insert(equality.text);
    }
    EventFeatures out;
    for (const std::uint32_t i : features) {
      const auto& equalities = equalities_[plan_->features_[i].id];
      const auto best = std::ranges::max_element(equalities, {}, [&](const Equality& e) { return texts_of(e).size(); });
      if (best == equalities.end() || texts_of(*best).size() < kWorthAChoice) {
        out.others.push_back(i);
      } else {
        choice_of(out, *best, plan_->features_[i].each).by_text[best->text].push_back(i);
      }
    }
    return out;
  }

  static EventFeatures::Choice& choice_of(EventFeatures& features, const Equality& equality,
                                          const std::shared_ptr<const cel::Program>& elements) {
    const auto at = std::ranges::find_if(features.choices, [&](const EventFeatures::Choice& choice) {
      return choice.each == equality.each && choice.path == equality.path;
    });
    if (at != features.choices.end()) return *at;
    std::vector<cel::Issue> issues;
    std::shared_ptr<const cel::Program> program =
        cel::compile(event_environment(), equality.path, cel::TypeKind::kDyn, issues);
    TESSERA_ASSERT(program != nullptr);  // it stands in a filter that was compiled
    features.choices.push_back(
        {equality.each, equality.each.empty() ? nullptr : elements, equality.path, std::move(program), {}});
    return features.choices.back();
  }

  static constexpr std::size_t kWorthAChoice = 3;  // different texts; below, the filters themselves cost no more
  Registry& registry_;
  const Offset now_;
  const bool has_history_;
  std::shared_ptr<Plan> plan_ = std::make_shared<Plan>();
  std::map<std::string, std::uint32_t> index_of_;              // of segments, by name
  std::map<std::string, std::uint32_t> places_;                // of needs
  std::map<std::string, std::uint32_t> places_of_ranks_;       // by text
  std::map<std::string, std::uint32_t> features_;              // by text, before they are sorted
  std::map<std::string, std::uint32_t> filters_;               // by text
  std::map<std::uint32_t, std::vector<Equality>> equalities_;  // by feature's id
  std::vector<std::uint32_t> places_of_features_;              // after they are sorted, by the place before
  // By need: features, by their place before they are sorted, and how far back it needs them.
  std::map<std::uint32_t, std::vector<std::pair<std::uint32_t, std::int64_t>>> reaches_;
};

std::shared_ptr<const Plan> Plan::build(const catalog::Definitions& definitions, const catalog::Sources& sources,
                                        Registry& registry, Offset now, bool has_history) {
  return Builder(registry, now, has_history).build(definitions, sources);
}

const PlannedSegment* Plan::find(std::string_view name) const {
  const auto at = std::ranges::find(segments_, name, &PlannedSegment::name);
  return at == segments_.end() ? nullptr : &*at;
}

const PlannedSegment* Plan::find(std::uint32_t id) const {
  const auto at = index_of_segment_.find(id);
  return at == index_of_segment_.end() ? nullptr : &segments_[at->second];
}

const EventFeatures* Plan::features_of(event::EventType type, std::string_view name) const {
  const auto of_type = by_event_.find(type);
  if (of_type == by_event_.end()) return nullptr;
  const auto named = of_type->second.named.find(name);
  return named == of_type->second.named.end() ? &of_type->second.any : &named->second;
}

std::uint32_t Plan::find_feature(std::uint32_t id) const {
  const auto at = std::ranges::lower_bound(features_, id, {}, &Feature::id);
  return at == features_.end() || at->id != id ? kNone : static_cast<std::uint32_t>(at - features_.begin());
}

const PlannedNeed* Plan::trait_need(std::string_view name) const {
  const auto at = traits_.find(name);
  return at == traits_.end() ? nullptr : &needs_[at->second];
}

const PlannedNeed* Plan::group_need(bool all) const {
  const std::uint32_t at = all ? groups_ : group_;
  return at == kNone ? nullptr : &needs_[at];
}

const PlannedNeed* Plan::segment_need(std::uint32_t segment) const {
  if (segment >= segment_needs_.size() || segment_needs_[segment] == kNone) return nullptr;
  return &needs_[segment_needs_[segment]];
}

namespace {

// What a segment means: equal texts are equal meanings. Segments that it names must have theirs in `texts`.
std::string meaning(const Plan& plan, const PlannedSegment& segment, const std::vector<Hash128>& meanings) {
  std::string text = cel::unparse(*segment.condition.condition->tree);
  for (std::size_t slot = 0; slot < segment.condition.needs.size(); ++slot) {
    const PlannedNeed& need = plan.needs()[segment.condition.needs[slot]];
    text += '\n' + std::to_string(static_cast<int>(need.kind)) + ' ';
    if (need.asks_history()) {
      text += need.text + ' ' + std::to_string(plan.features()[need.feature].id);
    } else if (need.kind == Need::Kind::kRanks) {
      const PlannedRanks& ranks = plan.ranks()[need.ranks];
      text += ranks.text + ' ' + std::to_string(ranks.table == nullptr ? 0 : ranks.table->since.value);
    } else if (need.kind == Need::Kind::kSegment) {
      text += std::to_string(meanings[need.segment].high) + ' ' + std::to_string(meanings[need.segment].low);
    } else if (need.kind == Need::Kind::kTrait) {
      text += need.name;
      const auto precedence = plan.precedence().find(need.name);
      if (precedence == plan.precedence().end()) continue;
      for (const SourceId source : precedence->second) text += ' ' + std::to_string(source.value);
    }
  }
  return text;
}

// Of segments that do not wait for the history, by id.
std::map<std::uint32_t, Hash128> meanings_of(const Plan& plan) {
  std::vector<Hash128> meanings;  // by index: a segment comes after those it names
  std::map<std::uint32_t, Hash128> by_id;
  for (const PlannedSegment& segment : plan.segments()) {
    meanings.push_back(hash128(meaning(plan, segment, meanings)));
    if (!segment.is_pending) by_id.emplace(segment.id, meanings.back());
  }
  return by_id;
}

}  // namespace

std::vector<std::uint32_t> changed_segments(const Plan& before, const Plan& after) {
  const auto old = meanings_of(before);
  std::vector<std::uint32_t> changed;
  for (const auto& [id, meaning] : meanings_of(after)) {
    const auto same = old.find(id);
    if (same == old.end() || same->second != meaning) changed.push_back(id);
  }
  return changed;
}

}  // namespace tessera::segment

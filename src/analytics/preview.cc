#include "analytics/preview.h"

#include <algorithm>
#include <cmath>
#include <future>

#include "base/hash.h"
#include "identity/directory.h"
#include "segment/series.h"

namespace tessera::analytics {

namespace {

constexpr std::uint32_t kNewIds = 1u << 31;  // of features and segments that are not published: no others have these
constexpr std::size_t kPeopleAtOnce = 10;    // in one query, which has to be short
constexpr std::int64_t kFreshMs = 5'000;
constexpr std::int64_t kWeekDays = 7;
constexpr double kCertainty = 1.959964;  // standard deviations around the mean that hold 95 %

bool has(const std::vector<std::uint32_t>& all, std::uint32_t one) {
  return std::ranges::find(all, one) != all.end();
}

class Previewer {
 public:
  Previewer(engine::Engine& engine, Analytics& analytics, const PreviewQuestion& question)
      : engine_(engine), analytics_(analytics), question_(question) {}

  Result<Preview> run() {
    TRY(begin());
    make_plan();
    const segment::PlannedSegment* const segment = plan_->find(question_.segment);
    if (segment == nullptr) return error(Code::kInvalidArgument, "the condition cannot be compiled");
    choose_people();
    TRY(read_people());
    TRY(fold_new_questions());
    look_at(*segment);
    TRY(cost(*segment));
    return std::move(preview_);
  }

 private:
  template <class Read>
  Status ask(Read read) {
    std::promise<void> promise;
    auto answered = promise.get_future();
    TRY(engine_.query({}, [&](engine::View& view, bool) {
      read(view);
      promise.set_value();
    }));
    answered.get();
    return {};
  }

  Status begin() {
    TRY(ask([&](engine::View& view) {
      what_ = view.backfill();
      preview_.position = view.position();
      now_ = view.now();
      next_profile_ = view.next_profile();
    }));
    preview_.people = engine_.stats().profiles;
    return {};
  }

  // What is whole keeps its number, and what is kept of it is used; what is not is folded anew under a number of its
  // own.
  void make_plan() {
    segment::Registry published;
    for (const segment::PlannedSegment& one : what_.plan->segments()) published.segments.emplace(one.name, one.id);
    published.next_segment = kNewIds;
    published.next_feature = kNewIds;
    for (const segment::Feature& one : what_.plan->features()) {
      if (one.is_whole()) published.features[one.spec.text()] = {one.id, one.since, one.reach, one.filled};
    }
    segment::Registry registry = published;
    plan_ = segment::Plan::build(*question_.definitions, *what_.sources, registry, preview_.position, true);
    for (const segment::Feature& one : plan_->features()) {
      if (!one.is_whole() && one.id < kNewIds)
        published.features.erase(one.spec.text());  // it has to reach further back
    }
    plan_ = segment::Plan::build(*question_.definitions, *what_.sources, published, preview_.position, true);
    folder_.follow(plan_);
    for (std::uint32_t i = 0; i < plan_->features().size(); ++i) {
      const segment::Feature& one = plan_->features()[i];
      if (one.id < kNewIds) continue;
      if (one.is_counted_anyway()) {
        any_to_seed_ = true;
      } else {
        new_features_.push_back(i);
      }
    }
  }

  // All, or each with the same likelihood.
  void choose_people() {
    const std::uint64_t wanted = question_.exact ? kExactPreviewPeople : question_.people;
    const std::uint64_t numbers = next_profile_ - 1;
    preview_.count.exact = numbers <= wanted;
    const double share = static_cast<double>(wanted) / static_cast<double>(std::max<std::uint64_t>(numbers, 1));
    const auto limit = static_cast<std::uint64_t>(std::ldexp(share, 32));
    for (std::uint64_t number = 1; number < next_profile_; ++number) {
      if (preview_.count.exact || mix64(number) >> 32U < limit) chosen_.push_back(identity::profile_of_number(number));
    }
    std::ranges::sort(chosen_, {}, [](ProfileId id) { return std::pair(mix64(id.value), id); });
  }

  Status read_people() {
    for (std::size_t i = 0; i < chosen_.size(); i += kPeopleAtOnce) {
      TRY(ask([&](engine::View& view) {
        for (std::size_t k = i; k < std::min(i + kPeopleAtOnce, chosen_.size()); ++k) {
          if (auto person = view.person(chosen_[k])) people_.push_back(*std::move(person));
        }
      }));
    }
    looked_at_ = people_.size();
    if (!question_.profile) return {};
    Status found;
    TRY(ask([&](engine::View& view) {
      auto person = view.person(*question_.profile);
      if (person) {
        people_.push_back(*std::move(person));
      } else {
        found = std::unexpected(person.error());
      }
    }));
    return found;
  }

  Status fold_new_questions() {
    for (engine::PersonState& person : people_) {
      for (auto& [id, part] : person.parts) {
        if (any_to_seed_) TRY(Status(drop(folder_.seed(part))));
        parts_.emplace_back(id, &part);
      }
    }
    if (new_features_.empty()) return {};
    std::ranges::stable_sort(parts_, {}, &KnownPart::first);
    if (!analytics_.fresh(preview_.position, kFreshMs)) {
      return error(Code::kDeadlineExceeded, "the history is behind what is taken in: try again later");
    }
    std::vector<bool> wanted(next_profile_);
    for (const KnownPart& part : parts_) {
      const std::uint64_t number = identity::number_of(ProfileId{part.first.value});
      if (number < wanted.size()) wanted[number] = true;
    }
    HistoryQuery query = history_query(*plan_, new_features_, now_);
    query.until = preview_.position;
    query.parts = &wanted;
    return analytics_.read_history(query, [&](const HistoryEvent& told) {
      fold(told);
      return true;
    });
  }

  static Status drop(const Result<bool>& result) {
    if (!result) return std::unexpected(result.error());
    return {};
  }

  // Somebody may be there twice: in the sample, and to be explained.
  void fold(const HistoryEvent& told) {
    const catalog::Source* const source = what_.sources->by_id(told.source);
    const std::string_view name = source != nullptr        ? std::string_view(source->name)
                                  : told.source.value == 0 ? kOwnSource
                                                           : std::string_view{};
    const segment::Moment moment{told.event.occurred_at, told.offset, told.index};
    for (auto& [id, part] : std::ranges::equal_range(parts_, told.part, {}, &KnownPart::first)) {
      folder_.fold(new_features_, told.event, name, moment, now_, *part);
    }
  }

  void look_at(const segment::PlannedSegment& segment) {
    segment::Evaluator evaluator;
    evaluator.follow(plan_);
    std::uint64_t members = 0;
    std::vector<segment::PartView> views;
    for (std::size_t i = 0; i < people_.size(); ++i) {
      const engine::PersonState& person = people_[i];
      views.clear();
      for (const auto& [id, part] : person.parts) views.push_back(segment::view_of(id, part));
      if (i == looked_at_) {
        preview_.why = segment::explain(evaluator, segment.condition, views, person.segments, *what_.sources, now_);
      } else if (evaluator.value(views, person.segments, now_, segment.condition).is_true()) {
        ++members;
        if (preview_.examples.size() < question_.examples) preview_.examples.push_back(person.id);
      }
    }
    if (preview_.count.exact) preview_.people = looked_at_;
    preview_.count = estimate_of(members, looked_at_, std::max<std::uint64_t>(preview_.people, looked_at_));
  }

  Status cost(const segment::PlannedSegment& segment) {
    const std::vector<std::uint32_t>& needs = segment.condition.needs;
    std::vector<std::uint32_t> asked;
    for (std::uint32_t i = 0; i < plan_->features().size(); ++i) {
      const auto& readers = plan_->features()[i].needs;
      if (std::ranges::any_of(readers, [&](auto need) { return has(needs, need); })) asked.push_back(i);
    }
    const auto is_new = [&](std::uint32_t need) {
      return std::ranges::any_of(asked, [&](std::uint32_t i) {
        const segment::Feature& feature = plan_->features()[i];
        return feature.id >= kNewIds && has(feature.needs, need);
      });
    };
    for (const std::uint32_t need : needs) {
      if (!plan_->needs()[need].asks_history()) continue;
      ++preview_.questions;
      if (is_new(need)) ++preview_.new_questions;
    }
    preview_.entries = entries();
    if (asked.empty()) return {};
    HistoryQuery query = history_query(*plan_, asked, now_);
    query.until = preview_.position;
    query.from = now_ + -kWeekDays * kDayMs;
    TRY_ASSIGN(const std::uint64_t events, analytics_.count_history(query));
    preview_.events_a_day = (events + kWeekDays - 1) / kWeekDays;
    return {};
  }

  // Of everybody, by those who were looked at.
  std::uint64_t entries() const {
    std::uint64_t entries = 0;
    for (std::size_t i = 0; i < looked_at_; ++i) {
      for (const auto& [id, part] : people_[i].parts) {
        for (const profile::Series& series : part.series) {
          if (series.id >= kNewIds) entries += segment::count_entries(series);
        }
        for (std::size_t k = segment::count_feature_states(part.features); k-- > 0;) {
          if (segment::feature_state_at(part.features, k).id >= kNewIds) ++entries;
        }
      }
    }
    if (looked_at_ == 0) return 0;
    const double all = static_cast<double>(entries) * static_cast<double>(preview_.people);
    return static_cast<std::uint64_t>(std::llround(all / static_cast<double>(looked_at_)));
  }

  using KnownPart = std::pair<PartId, profile::StoredPart*>;
  static constexpr std::string_view kOwnSource = "tessera";

  engine::Engine& engine_;
  Analytics& analytics_;
  const PreviewQuestion& question_;
  Preview preview_;
  engine::BackfillSnapshot what_;
  Timestamp now_;
  std::uint64_t next_profile_ = 1;
  std::shared_ptr<const segment::Plan> plan_;
  segment::Folder folder_;
  std::vector<std::uint32_t> new_features_;  // whose history is to be folded: indices in the plan
  bool any_to_seed_ = false;                 // new features that parts' own counts tell
  std::vector<ProfileId> chosen_;
  std::vector<engine::PersonState> people_;  // those looked at, then whoever is to be explained
  std::size_t looked_at_ = 0;
  std::vector<KnownPart> parts_;
};

}  // namespace

Estimate estimate_of(std::uint64_t members, std::uint64_t looked_at, std::uint64_t people) {
  if (looked_at >= people) return {members, members, members, true};
  if (looked_at == 0) return {0, 0, people, false};
  const auto n = static_cast<double>(looked_at);
  const auto all = static_cast<double>(people);
  const double share = static_cast<double>(members) / n;
  // Who was looked at is certain: the smaller the rest, the less is left to chance.
  const double z2 = kCertainty * kCertainty * (all - n) / (all - 1);
  const double middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = std::sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  const auto low = static_cast<std::uint64_t>(std::floor(std::max(0.0, middle - half) * all));
  const auto high = static_cast<std::uint64_t>(std::ceil(std::min(1.0, middle + half) * all));
  return {static_cast<std::uint64_t>(std::llround(share * all)), std::max(low, members),
          std::min(high, people - (looked_at - members)), false};
}

Result<Preview> preview(engine::Engine& engine, Analytics& analytics, const PreviewQuestion& question) {
  return Previewer(engine, analytics, question).run();
}

}  // namespace tessera::analytics

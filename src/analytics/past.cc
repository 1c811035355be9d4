#include "analytics/past.h"

#include <algorithm>
#include <future>
#include <map>

#include "ingest/json_tree.h"

namespace tessera::analytics {

namespace {

constexpr std::int64_t kFreshMs = 5'000;
constexpr std::string_view kOwnSource = "tessera";

class PastReader {
 public:
  PastReader(engine::Engine& engine, Analytics& analytics, const PastQuestion& question)
      : engine_(engine), analytics_(analytics), question_(question) {}

  Result<PastAnswer> run() {
    TRY(begin());
    segment::Registry registry;  // of its own: everything is folded from the first event on
    plan_ = segment::Plan::build(*engine_.definitions(), *what_.sources, registry, {}, false);
    evaluator_.follow(plan_);
    const segment::PlannedSegment* const segment = plan_->find(question_.segment);
    if (segment == nullptr) {
      return error(Code::kNotFound, "there is no published segment \"" + question_.segment + "\"");
    }
    if (!analytics_.fresh(question_.position.value_or(newest_), kFreshMs)) {
      return error(Code::kDeadlineExceeded, "the history is behind what is taken in: try again later");
    }
    TRY_ASSIGN(answer_.position, find_position());
    TRY_ASSIGN(answer_.at, find_time());
    TRY(read_person());
    for (auto& [id, part] : parts_) TRY(add_groups(id, part));
    explain(*segment);
    return std::move(answer_);
  }

 private:
  Status begin() {
    std::promise<Status> promise;
    auto answered = promise.get_future();
    TRY(engine_.query({}, [&](engine::View& view, bool) { promise.set_value(look(view)); }));
    TRY(answered.get());
    if (question_.at && *question_.at > now_) return error(Code::kInvalidArgument, "that moment lies in the future");
    if (question_.position && *question_.position > newest_) {
      return error(Code::kInvalidArgument,
                   "that position lies in the future: " + std::to_string(newest_.value) + " is the newest record");
    }
    return {};
  }

  Status look(engine::View& view) {
    TRY_ASSIGN(const engine::PersonState person, view.person(question_.profile));
    for (const auto& [id, stored] : person.parts) {
      parts_.emplace(id, profile::StoredPart{});
      TRY_ASSIGN(const profile::Part part, profile::decode_part(stored.part));
      groups_[id] = part.groups;
    }
    what_ = view.backfill();
    now_ = view.now();
    newest_ = view.position();
    return {};
  }

  // What one row of one column says; nothing where it is null.
  Result<std::optional<std::uint64_t>> read_number(const std::string& sql) {
    std::optional<std::uint64_t> number;
    TRY(analytics_.read(sql, [&](table::Rows& rows) -> Status {
      TRY_ASSIGN(const bool any, rows.next_chunk());
      if (any && !rows.is_null(0, 0)) number = rows.unsigned_integer(0, 0);
      return {};
    }));
    return number;
  }

  // Sources' events are taken in as they are received; what Tessera tells is of its own time.
  Result<Offset> find_position() {
    if (question_.position) return *question_.position;
    const std::string ms = std::to_string(question_.at->ms);
    TRY_ASSIGN(const auto newest,
               read_number("SELECT max(\"offset\") FROM events_stored WHERE source_id <> 0 AND received_at <= "
                           "make_timestamp(" +
                           ms + "000)"));
    return Offset{newest.value_or(0)};
  }

  Result<Timestamp> find_time() {
    if (question_.at) return *question_.at;
    TRY_ASSIGN(const auto at,
               read_number("SELECT epoch_ms(max(received_at))::UBIGINT FROM events_stored WHERE source_id "
                           "<> 0 AND \"offset\" <= " +
                           std::to_string(question_.position->value)));
    return Timestamp{static_cast<std::int64_t>(at.value_or(0))};
  }

  // What was due by then may have been looked at a little later.
  std::string until() const {
    const std::string up_to = "\"offset\" <= " + std::to_string(answer_.position.value);
    if (question_.position) return up_to;
    return "(" + up_to + " OR (source_id = 0 AND occurred_at <= make_timestamp(" + std::to_string(answer_.at.ms) +
           "000)))";
  }

  Status read_person() {
    std::string list;
    for (const auto& [id, part] : parts_) list += (list.empty() ? "" : ", ") + std::to_string(id.value);
    return analytics_.read(
        "SELECT \"offset\", index, part_id, source_id, type, event, occurred_at, properties, context, traits, group_id "
        "FROM events_stored WHERE part_id IN (" +
            list + ") AND type <> 'system' AND " + until() + " ORDER BY \"offset\", index",
        [&](table::Rows& rows) { return take_rows(rows); });
  }

  Status take_rows(table::Rows& rows) {
    while (true) {
      TRY_ASSIGN(const bool more, rows.next_chunk());
      if (!more) return {};
      for (std::size_t row = 0; row < rows.chunk_rows(); ++row) TRY(take(rows, row));
    }
  }

  static std::string_view text(const table::Rows& rows, std::size_t column, std::size_t row) {
    return rows.is_null(column, row) ? std::string_view{} : rows.text(column, row);
  }

  Status take(const table::Rows& rows, std::size_t row) {
    event::Event event;
    if (!event::parse_type(rows.text(4, row), &event.type)) return {};
    const PartId id{rows.unsigned_integer(2, row)};
    const SourceId source{static_cast<std::uint32_t>(rows.unsigned_integer(3, row))};
    const Offset offset{rows.unsigned_integer(0, row)};
    event.name = text(rows, 5, row);
    event.occurred_at = rows.timestamp(6, row);
    event.properties = text(rows, 7, row);
    event.context = text(rows, 8, row);
    event.group_id = text(rows, 10, row);
    ingest::JsonTree traits;
    ingest::TextSpace space;
    TRY(read_traits(text(rows, 9, row), traits, space, event));
    const catalog::Source* const known = what_.sources->by_id(source);
    const bool is_own = source.value == 0;
    const catalog::Trust trust = is_own || (known != nullptr && known->trust == catalog::Trust::kServer)
                                     ? catalog::Trust::kServer
                                     : catalog::Trust::kPublic;
    profile::StoredPart& part = parts_.at(id);
    std::vector<std::string> changed;
    TRY(profile::fold(part, std::span(&event, 1), {offset, source, trust}, false, changed));
    const auto index = static_cast<std::uint32_t>(is_own ? rows.unsigned_integer(1, row) : 0);
    segment::Touched touched;
    evaluator_.folder().fold(event,
                             is_own             ? kOwnSource
                             : known == nullptr ? std::string_view{}
                                                : known->name,
                             {event.occurred_at, offset, index}, answer_.at, part, touched);
    if (is_own) return take_membership(id, event);
    if (event.type == event::EventType::kGroup && !event.group_id.empty()) {
      joined_[id][std::string(event.group_id)] = {event.occurred_at, offset};
    }
    return {};
  }

  static Status read_traits(std::string_view json, ingest::JsonTree& tree, ingest::TextSpace& space,
                            event::Event& event) {
    if (json.empty()) return {};
    TRY(tree.read(json));
    for (ingest::JsonValue one = tree.root().first(); one; one = one.next()) {
      event.traits.push_back({one.key(space), one.raw()});
    }
    return {};
  }

  // Whoever has a part that entered last, and did not leave since, is in it.
  Status take_membership(PartId part, const event::Event& event) {
    const bool entered = event.name == segment::kEnteredEvent;
    if (!entered && event.name != segment::kExitedEvent) return {};
    ingest::JsonTree tree;
    ingest::TextSpace space;
    TRY(tree.read(event.properties));
    const segment::PlannedSegment* const segment = plan_->find(tree.root().find("segment").text(space));
    if (segment != nullptr) entered_[{segment->id, part}] = entered;
    return {};
  }

  // The groups that a part is in now, if it had joined them then, with what was said of them until then.
  Status add_groups(PartId id, profile::StoredPart& stored) {
    if (plan_->group_need(false) == nullptr && plan_->group_need(true) == nullptr) return {};
    TRY_ASSIGN(profile::Part part, profile::decode_part(stored.part));
    for (const profile::Group& group : groups_[id]) {
      const auto joined = joined_[id].find(group.name);
      if (joined == joined_[id].end()) continue;
      const auto& [at, offset] = joined->second;
      TRY_ASSIGN(std::string traits, group_traits(group.name));
      profile::fold(part, {group.id, group.name, std::move(traits), at, offset, offset});
    }
    profile::keep(part, stored);
    return {};
  }

  Result<std::string> group_traits(const std::string& name) {
    profile::Part group;
    TRY(
        analytics_.read("SELECT \"offset\", source_id, occurred_at, traits FROM events_stored WHERE type = 'group' AND "
                        "traits IS NOT NULL AND group_id = " +
                            table::quoted(name) + " AND " + until() + " ORDER BY \"offset\"",
                        [&](table::Rows& rows) -> Status {
                          while (true) {
                            TRY_ASSIGN(const bool more, rows.next_chunk());
                            if (!more) return {};
                            for (std::size_t row = 0; row < rows.chunk_rows(); ++row) TRY(take_group(rows, row, group));
                          }
                        }));
    return profile::traits_json(group, {});
  }

  Status take_group(const table::Rows& rows, std::size_t row, profile::Part& group) const {
    event::Event event;
    event.type = event::EventType::kGroup;
    event.occurred_at = rows.timestamp(2, row);
    ingest::JsonTree tree;
    ingest::TextSpace space;
    TRY(read_traits(rows.text(3, row), tree, space, event));
    const SourceId source{static_cast<std::uint32_t>(rows.unsigned_integer(1, row))};
    const catalog::Source* const known = what_.sources->by_id(source);
    std::vector<std::string> changed;
    profile::fold(group, event,
                  {{rows.unsigned_integer(0, row)}, source, known == nullptr ? catalog::Trust::kPublic : known->trust},
                  true, changed);
    return {};
  }

  void explain(const segment::PlannedSegment& segment) {
    std::vector<std::uint32_t> memberships;
    for (const auto& [entered, is_in] : entered_) {
      if (is_in && (memberships.empty() || memberships.back() != entered.first)) memberships.push_back(entered.first);
    }
    std::vector<segment::PartView> views;
    for (const auto& [id, part] : parts_) views.push_back(segment::view_of(id, part));
    answer_.member = std::ranges::binary_search(memberships, segment.id);
    answer_.explanation =
        segment::explain(evaluator_, segment.condition, views, memberships, *what_.sources, answer_.at);
  }

  engine::Engine& engine_;
  Analytics& analytics_;
  const PastQuestion& question_;
  PastAnswer answer_;
  engine::BackfillSnapshot what_;
  Timestamp now_;
  Offset newest_;
  std::shared_ptr<const segment::Plan> plan_;
  segment::Evaluator evaluator_;
  std::map<PartId, profile::StoredPart> parts_;
  std::map<PartId, std::vector<profile::Group>> groups_;                          // now
  std::map<PartId, std::map<std::string, std::pair<Timestamp, Offset>>> joined_;  // then, last
  std::map<std::pair<std::uint32_t, PartId>, bool> entered_;  // by segment and part: it entered last, or left
};

}  // namespace

Result<PastAnswer> explain_past(engine::Engine& engine, Analytics& analytics, const PastQuestion& question) {
  TESSERA_ASSERT(question.at.has_value() != question.position.has_value());
  return PastReader(engine, analytics, question).run();
}

}  // namespace tessera::analytics

#include "http/handlers/list_change.h"

#include <algorithm>
#include <span>

#include "engine/list.h"
#include "http/handlers/applied.h"
#include "identity/directory.h"
#include "ingest/json_tree.h"
#include "log/log.h"

namespace tessera::http {

namespace {

constexpr std::size_t kStepsAtOnce = 20;  // records in one go: 10,000 people

// A change while it is in work.
struct Pending {
  ListChange change;
  ThenChanged then;
  std::size_t removed = 0;  // so many of `remove` and of `add` are in records
  std::size_t added = 0;
  Offset position;

  bool is_done() const { return removed == change.remove.size() && added == change.add.size(); }
};

// The next ids of `numbers`, as many as a record has room for.
std::vector<ProfileId> take(const std::vector<std::uint32_t>& numbers, std::size_t& taken, std::size_t room) {
  std::vector<ProfileId> ids;
  for (; ids.size() < room && taken < numbers.size(); ++taken) {
    ids.push_back(identity::profile_of_number(numbers[taken]));
  }
  return ids;
}

std::vector<log::Draft> next_drafts(Pending& pending) {
  std::vector<log::Draft> drafts;
  while (drafts.size() < kStepsAtOnce && !pending.is_done()) {
    engine::ListStep step{.segment = pending.change.segment, .add = {}, .remove = {}};
    step.remove = take(pending.change.remove, pending.removed, engine::kListedAtOnce);
    step.add = take(pending.change.add, pending.added, engine::kListedAtOnce - step.remove.size());
    drafts.push_back({log::RecordKind::kList, {}, {}});
    encode(step, drafts.back().body);
  }
  return drafts;
}

std::uint64_t members_of(engine::View& view, std::string_view segment) {
  for (const engine::SegmentSnapshot& one : view.segments()) {
    if (one.name == segment) return one.members;
  }
  return 0;
}

void go_on(Services& services, const std::shared_ptr<Pending>& pending, engine::View* view);

// Takes the next records to the log, and goes on once they are applied.
void submit(Services& services, const std::shared_ptr<Pending>& pending) {
  const Status submitted = services.engine.submit(next_drafts(*pending), [&services, pending](Result<Offset> synced) {
    if (!synced) return pending->then(std::unexpected(synced.error()));
    pending->position = *synced;
    when_applied(services, *synced, [&services, pending](engine::View* view) { go_on(services, pending, view); });
  });
  if (!submitted) pending->then(std::unexpected(submitted.error()));
}

void go_on(Services& services, const std::shared_ptr<Pending>& pending, engine::View* view) {
  if (view == nullptr) return pending->then(std::unexpected(not_applied_yet(pending->position)));
  if (const auto why = view->refusal(pending->position)) return pending->then(error(Code::kFailedPrecondition, *why));
  if (!pending->is_done()) return submit(services, pending);
  if (pending->position.value == 0) pending->position = view->position();
  pending->then(ListChanged{members_of(*view, pending->change.segment), pending->position});
}

}  // namespace

Status check_list(const Services& services, const std::string& segment) {
  const auto definitions = services.engine.definitions();
  const catalog::DefinitionVersion* const version = definitions->in_force({"segment", segment});
  if (version == nullptr) {
    return error(Code::kNotFound, "there is no published segment \"" + segment + "\": GET /v1/segments lists them");
  }
  ingest::JsonTree tree;
  if (tree.read(version->document) && tree.root().find("list")) return {};
  return error(Code::kFailedPrecondition, "segment \"" + segment +
                                              "\" has a condition, and no list: publish one with \"list\": true, under "
                                              "another name");
}

void change_list(Services& services, ListChange change, ThenChanged then) {
  const auto pending = std::make_shared<Pending>(Pending{.change = std::move(change), .then = std::move(then)});
  if (!pending->is_done()) return submit(services, pending);
  when_applied(services, {}, [&services, pending](engine::View* view) { go_on(services, pending, view); });
}

}  // namespace tessera::http

#include "http/handlers/definitions.h"

#include "http/problem.h"

namespace tessera::http {

bool ChangesInWork::begin(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return names_.insert(name).second;
}

void ChangesInWork::end(const std::string& name) {
  const std::lock_guard lock(mutex_);
  names_.erase(name);
}

namespace {

struct Pending {
  Publication publication;
  Respond respond;

  void answer(Response response) {
    publication.after();
    respond(std::move(response));
  }
  void answer_in_force(Offset position) {
    Response response = publication.render();
    response.position = position;
    answer(std::move(response));
  }
};

constexpr int kLooks = 200;  // of at most 50 ms each: ten seconds behind a backlog

// Answers once `position` has been applied, so that a key works when its owner learns it; or after kLooks.
void answer_when_in_force(Services& services, const std::shared_ptr<Pending>& pending, Offset position, int looks) {
  const Status asked =
      services.engine.query(position, [&services, pending, position, looks](engine::View& view, bool stale) {
        if (stale && looks > 1) return answer_when_in_force(services, pending, position, looks - 1);
        if (const auto why = view.refusal(position)) {
          return pending->answer(problem(Code::kFailedPrecondition, *why));
        }
        pending->answer_in_force(position);
      });
  if (!asked) pending->answer_in_force(position);
}

}  // namespace

log::Draft publish_draft(catalog::DefinitionKey key, std::string document, std::string attachment) {
  catalog::ChangeSet set;
  set.changes.push_back(
      {catalog::ChangeAction::kPublish, std::move(key), std::move(document), std::nullopt, std::move(attachment)});
  log::Draft draft{log::RecordKind::kDefinitions, {}, {}};
  catalog::encode(set, draft.body);
  return draft;
}

void publish(Services& services, Publication publication, Respond respond) {
  std::vector<log::Draft> drafts;
  drafts.push_back(std::move(publication.draft));
  auto pending = std::make_shared<Pending>(std::move(publication), std::move(respond));
  const Status submitted = services.engine.submit(std::move(drafts), [&services, pending](Result<Offset> synced) {
    if (!synced) return pending->answer(problem(synced.error()));
    answer_when_in_force(services, pending, *synced, kLooks);
  });
  if (!submitted) pending->answer(problem(submitted.error()));
}

}  // namespace tessera::http

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

}  // namespace

void publish(Services& services, Publication publication, Respond respond) {
  std::vector<log::Draft> drafts;
  drafts.push_back(std::move(publication.draft));
  auto pending = std::make_shared<Pending>(std::move(publication), std::move(respond));
  const Status submitted = services.engine.submit(std::move(drafts), [&services, pending](Result<Offset> synced) {
    if (!synced) return pending->answer(problem(synced.error()));
    const Offset position = *synced;
    const Status asked = services.engine.query(
        position, [pending, position](engine::View&, bool) { pending->answer_in_force(position); });
    if (!asked) pending->answer_in_force(position);
  });
  if (!submitted) pending->answer(problem(submitted.error()));
}

}  // namespace tessera::http

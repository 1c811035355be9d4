#include "http/handlers/sender.h"

#include <array>

#include "base/hash.h"
#include "http/cors.h"
#include "http/problem.h"
#include "http/text.h"

namespace tessera::http {

namespace {

// Remembers whom an Authorization header stands for, so that neither is it decoded nor its key digested each time.
// An entry holds for one set of sources: any change of them makes another.
class CredentialCache {
 public:
  const catalog::Source* find(const std::shared_ptr<const catalog::Sources>& sources, std::string_view header) {
    Entry& entry = entries_[hash64(header) % entries_.size()];
    if (entry.sources == sources && entry.header == header) return entry.source;
    const auto credentials = parse_authorization(header);
    const catalog::Source* source = credentials ? sources->by_write_key(credentials->user) : nullptr;
    if (source != nullptr) entry = {sources, std::string(header), source};
    return source;
  }

 private:
  struct Entry {
    std::shared_ptr<const catalog::Sources> sources;
    std::string header;
    const catalog::Source* source = nullptr;
  };
  std::array<Entry, 16> entries_;
};

void answer(Response response, const std::optional<std::string>& origin, Respond& respond) {
  if (origin) expose_to(response, *origin);
  respond(std::move(response));
}

}  // namespace

const catalog::Source* sender_of(const std::shared_ptr<const catalog::Sources>& sources,
                                 std::string_view authorization) {
  thread_local CredentialCache cache;
  return cache.find(sources, authorization);
}

Status check_origin(const catalog::Source& source, std::optional<std::string_view> foreign_origin) {
  if (!foreign_origin || allows(source, *foreign_origin)) return {};
  return error(Code::kPermissionDenied, "source " + source.name + " takes no events from pages of " +
                                            std::string(*foreign_origin, 0, 200) +
                                            ": add the origin to its \"origins\"");
}

void submit_and_answer(Services& services, std::vector<log::Draft> drafts, Response response,
                       std::optional<std::string> origin, Respond respond) {
  if (drafts.empty()) return answer(std::move(response), origin, respond);
  // Either `done` answers or, if the drafts are refused, this function does.
  struct Pending {
    Respond respond;
    Response response;
    std::optional<std::string> origin;
  };
  auto pending = std::make_shared<Pending>(std::move(respond), std::move(response), std::move(origin));
  const Status submitted = services.engine.submit(std::move(drafts), [pending](Result<Offset> synced) {
    if (!synced) return answer(problem(synced.error()), pending->origin, pending->respond);
    pending->response.position = *synced;
    answer(std::move(pending->response), pending->origin, pending->respond);
  });
  if (!submitted) answer(problem(submitted.error()), pending->origin, pending->respond);
}

}  // namespace tessera::http

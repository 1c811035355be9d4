// Putting definitions (sources, identity rules) into the log, and answering once they are in force.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "http/message.h"
#include "http/services.h"

namespace tessera::http {

// Only one change of a definition may be in work at a time: each is made from the one before. Thread-safe.
class ChangesInWork {
 public:
  // False if there is one already.
  bool begin(const std::string& name);
  void end(const std::string& name);

 private:
  std::mutex mutex_;
  std::set<std::string> names_;  // guarded by mutex_
};

// Submits `draft`; when it is synced and has taken effect calls `render` and answers with what it returns. Calls
// `after` exactly once, before answering. Any thread.
struct Publication {
  log::Draft draft;
  std::move_only_function<Response()> render;
  std::move_only_function<void()> after;
};
void publish(Services& services, Publication publication, Respond respond);

// A record that publishes one document.
log::Draft publish_draft(catalog::DefinitionKey key, std::string document, std::string attachment = {});

}  // namespace tessera::http

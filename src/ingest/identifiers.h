// Gathers whom an event is about: identifiers in standard form, known to the rules, not blocked, each once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/identity_rules.h"
#include "event/event.h"

namespace tessera::ingest {

// Used for one event after another; its identifiers live until the next `begin`. Not thread-safe.
class IdentifierList {
 public:
  IdentifierList();

  void begin(const catalog::IdentityRules& rules, std::vector<event::Identifier>& out);

  // `type` and `value` must outlive the identifiers.
  void add(std::string_view type, std::string_view value);

  // What became of the values given since `begin`.
  bool any_blocked() const { return any_blocked_; }
  bool any_too_long() const { return any_too_long_; }
  bool too_many() const { return too_many_; }

 private:
  const catalog::IdentityRules* rules_ = nullptr;
  std::vector<event::Identifier>* out_ = nullptr;
  std::string space_;  // never grows: identifiers point into it
  bool any_blocked_ = false;
  bool any_too_long_ = false;
  bool too_many_ = false;
};

}  // namespace tessera::ingest

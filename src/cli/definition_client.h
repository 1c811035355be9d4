// The definitions of a running server, as the commands see them. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/document.h"
#include "cli/server.h"

namespace tessera::cli {

struct RemoteDefinition {
  std::string kind;
  std::string name;
  std::uint32_t newest = 0;                // its newest version, in whatever state
  std::optional<std::uint32_t> published;  // the version in force
};

struct PlannedChange {
  bool archive = false;
  std::string kind;
  std::string name;
  std::string document;        // JSON; empty when archived
  std::uint32_t replaces = 0;  // refused unless this is its newest version
};

struct ChangeProblem {
  std::string kind;
  std::string name;
  std::string pointer;
  std::string message;
};

// A definition in force that names another, and how it does.
struct RemoteUse {
  std::string kind;
  std::string name;
  std::string how;
};

// What came of a set of changes: all of it, or problems and nothing.
struct Applied {
  std::vector<ChangeProblem> problems;
  std::vector<std::pair<std::string, std::string>> write_keys;  // of sources that got one, by name; shown this once
};

class DefinitionClient {
 public:
  static Result<DefinitionClient> open(const ServerOptions& options);

  using All = std::map<std::pair<std::string, std::string>, RemoteDefinition>;  // by kind and name
  Result<All> list();
  Result<DocumentNode> document(const RemoteDefinition& definition, std::uint32_t version);
  Result<std::vector<RemoteUse>> uses(const std::string& kind, const std::string& name);
  Result<Applied> apply(const std::vector<PlannedChange>& changes, bool dry_run);

 private:
  explicit DefinitionClient(http_client::Client client) : client_(std::move(client)) {}
  Result<DocumentNode> get(const std::string& path);
  std::unexpected<Error> no_tessera() const;

  http_client::Client client_;
};

}  // namespace tessera::cli

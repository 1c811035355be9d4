// `tessera apply`, `diff` and `export`: a server's definitions as a folder of files; `tessera uses`: what names one of them
// (docs/definitions.md).
#pragma once

#include <ostream>
#include <string>

#include "base/result.h"
#include "cli/server.h"

namespace tessera::cli {

struct FolderOptions {
  ServerOptions server;
  std::string folder;
  bool dry_run = false;  // apply: check and tell, change nothing
  bool prune = false;    // apply: archive what is in force and not in the folder
};

struct UsesOptions {
  ServerOptions server;
  std::string kind;
  std::string name;
};

// The first three tell on `out` what they do or find, and on `problems` what is wrong with files, as "file:line: …".

// Publishes what differs, in one set: whole or not at all. False if something is wrong with it.
Result<bool> run_apply(const FolderOptions& options, std::ostream& out, std::ostream& problems);

// False if the folder and what is in force differ, or something is wrong with a file.
Result<bool> run_diff(const FolderOptions& options, std::ostream& out, std::ostream& problems);

// Writes what is in force to FOLDER/<kind>/<name>.yaml; other files stay as they are.
Status run_export(const FolderOptions& options, std::ostream& out);

// Which definitions in force name the one of `kind` and `name`, as a table.
Status run_uses(const UsesOptions& options, std::ostream& out);

}  // namespace tessera::cli

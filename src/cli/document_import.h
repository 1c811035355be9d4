// `tessera import` with a mapping that is written in CEL (docs/mapping.md): every row of the file is a document, and
// the mapping makes none, one or many events of it.
#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "base/result.h"
#include "cli/import_command.h"
#include "cli/mapping.h"
#include "ingest/mapping.h"

namespace tessera::cli {

struct DocumentMapping {
  std::shared_ptr<const ingest::Mapping> mapping;
  FileFormat format;
};

// Of a file with a definition of kind "mapping". Nullopt if it has no definition: then it has rules (cli/mapping.h).
// kInvalidArgument, as "file:line: /pointer: …", if the mapping is wrong or there are several.
Result<std::optional<DocumentMapping>> load_document_mapping(const std::string& path);

// The rest of `run_import`. `write_key` is not used in a dry run.
Result<ImportSummary> import_documents(const ImportOptions& options, const DocumentMapping& mapping,
                                       const std::string& write_key, std::ostream& out);

}  // namespace tessera::cli

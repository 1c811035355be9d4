// A file's rows as JSON documents, for mappings written in CEL. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/import_report.h"
#include "cli/mapping.h"

namespace tessera::cli {

struct RowDocument {
  std::uint64_t line = 0;  // of the file, from 1, where the row begins; in Parquet the row's number
  // CSV and Parquet: an object with a text for each column, or null. NDJSON: the line, which may be no JSON.
  std::string json;
  std::string problem;  // why the row cannot be read; empty if it can
};

class DocumentRows {
 public:
  virtual ~DocumentRows() = default;
  // The next row; false at the end. An error means that the file cannot be read on.
  virtual Result<bool> next(RowDocument& row) = 0;
  // How much of the file was read, from 0 to 1.
  virtual double done() const = 0;

  // Keeps the row that was read last in a file, in the form of the one it came from.
  virtual Status reject(std::string_view reason) = 0;
  // No row is rejected after it.
  virtual Status finish() = 0;
  virtual std::uint64_t rejected() const = 0;
  virtual Refused refused() const = 0;
};

// `rejects`: where rejected rows go; empty: FILE.rejects.csv, or FILE.rejects.ndjson.
Result<std::unique_ptr<DocumentRows>> open_document_rows(const std::string& path, const FileFormat& format,
                                                         const std::string& rejects);

}  // namespace tessera::cli

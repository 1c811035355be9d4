// Where what an import could not take is kept, so that it can be repaired and imported again.
#pragma once

#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/mapping.h"
#include "cli/row_reader.h"

namespace tessera::cli {

// Rows of the file, as CSV in the mapping's own delimiter and encoding: its columns, the line each row was in, and why
// it was refused. The file is made with the first row. One thread at a time.
class RejectedRows {
 public:
  RejectedRows(std::string path, const Mapping& mapping);

  Status add(std::uint64_t line, const RawValues& values, std::string_view reason);
  // All rows so far are in the file.
  Status finish();

  const std::string& path() const { return path_; }
  std::uint64_t count() const { return count_; }
  // The first few, as "line 17: why".
  const std::vector<std::string>& examples() const { return examples_; }

 private:
  Status open();
  void write(std::vector<std::string> fields);

  std::string path_;
  const Mapping& mapping_;
  std::ofstream file_;
  std::uint64_t count_ = 0;
  std::vector<std::string> examples_;
};

// JSON documents of a file, one a line: objects with "rejected_line" and "rejected_reason" added, so that the file can
// be imported as it is once it is repaired; what is no object as it came. The file is made with the first. One thread
// at a time.
class RejectedDocuments {
 public:
  explicit RejectedDocuments(std::string path) : path_(std::move(path)) {}

  Status add(std::uint64_t line, std::string_view document, std::string_view reason);
  // All documents so far are in the file.
  Status finish();

  const std::string& path() const { return path_; }
  std::uint64_t count() const { return count_; }
  const std::vector<std::string>& examples() const { return examples_; }

 private:
  std::string path_;
  std::ofstream file_;
  std::uint64_t count_ = 0;
  std::vector<std::string> examples_;
};

// Events that the server refused, as NDJSON: {"line":…,"code":…,"reason":…,"event":{…}}. Any thread.
class RejectedEvents {
 public:
  explicit RejectedEvents(std::string path) : path_(std::move(path)) {}

  Status add(std::uint64_t line, std::string_view code, std::string_view reason, std::string_view event_json);

  const std::string& path() const { return path_; }
  std::uint64_t count() const;
  std::vector<std::string> examples() const;

 private:
  std::string path_;
  mutable std::mutex mutex_;
  std::ofstream file_;  // under mutex_, as all below
  std::uint64_t count_ = 0;
  std::vector<std::string> examples_;
};

}  // namespace tessera::cli

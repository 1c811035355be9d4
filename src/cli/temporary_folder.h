// A new folder with a name of its own, removed at the end with all that it holds.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace tessera::cli {

class TemporaryFolder {
 public:
  // In `parent`, or where the system keeps such if that is empty. kUnavailable if it cannot be made, with `hint`.
  static Result<std::unique_ptr<TemporaryFolder>> make(const std::string& parent, const std::string& hint);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace tessera::cli

// The file system as the log needs it: a seam, so that crashes and torn writes can be played in tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::log {

// One open file. Not thread-safe.
class File {
 public:
  virtual ~File() = default;
  // Appends all of `bytes` (a torn append is possible only by a crash).
  virtual Status append(std::string_view bytes) = 0;
  // Returns when everything appended so far will survive a power cut.
  virtual Status sync() = 0;
  // Reads up to `size` bytes at `position`; shorter only at the end of the file.
  virtual Result<std::string> read(std::uint64_t position, std::size_t size) = 0;
  virtual Result<std::uint64_t> size() = 0;
  // Cuts the file off at `size` bytes, durably.
  virtual Status truncate(std::uint64_t size) = 0;
};

// One folder of files. Thread-safe.
class Files {
 public:
  virtual ~Files() = default;
  // Creates the file durably (its name survives a crash); it must not exist.
  virtual Result<std::unique_ptr<File>> create(const std::string& name) = 0;
  virtual Result<std::unique_ptr<File>> open(const std::string& name) = 0;
  virtual Result<std::vector<std::string>> list() = 0;  // sorted
  virtual Status remove(const std::string& name) = 0;
  // Free share of the disk, 0 to 1.
  virtual Result<double> free_share() = 0;
};

// The real one, on folder `path`, which is made if it is not there.
Result<std::unique_ptr<Files>> open_folder(const std::string& path);

}  // namespace tessera::log

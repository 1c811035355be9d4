// A file's bytes, gunzipped where it is gzip, read piece by piece. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tessera::cli {

class TextInput {
 public:
  // kNotFound or kInvalidArgument if it cannot be read.
  static Result<std::unique_ptr<TextInput>> open(const std::string& path);
  // Of bytes in memory, as they are.
  static std::unique_ptr<TextInput> of(std::string bytes);
  ~TextInput();
  TextInput(const TextInput&) = delete;
  TextInput& operator=(const TextInput&) = delete;

  // The next piece, at most 256 KB, valid until the next call; empty at the end. kDataLoss where a gzip file is damaged
  // or cut off.
  Result<std::string_view> read();

  // How much of the file (as stored) was read, from 0 to 1.
  double done() const;

 private:
  TextInput(void* file, std::string path, std::uint64_t size);

  void* file_;  // gzFile; null for bytes in memory
  std::string path_;
  std::uint64_t size_;
  std::string piece_;  // or the bytes in memory
};

}  // namespace tessera::cli

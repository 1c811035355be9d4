// Bearer tokens: who may administer and read. Kept as SHA-256 digests in one file, readable by its owner only, so that
// neither the file nor a backup of it lets anyone in.
//
// Thread-safe. `tessera token new` may add to the file while a server runs: an unknown token makes the server look at
// the file again, at most once a second. docs/formats/tokens.md describes the file.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tessera::access {

class Tokens {
 public:
  // Reads `folder`/tokens.json; `folder` is made if it is not there, the file when the first token is. kDataLoss if the
  // file is damaged.
  static Result<std::unique_ptr<Tokens>> open(const std::string& folder, Clock& clock);
  Tokens(const Tokens&) = delete;
  Tokens& operator=(const Tokens&) = delete;

  // Whether there is none yet: then the caller makes one and shows it.
  bool empty() const;

  // A new token, for its only showing: "tsr_" and 40 letters and digits. It holds once this returns.
  // kFailedPrecondition past 1,000 tokens.
  Result<std::string> make();

  // Takes the same time whichever token it is.
  bool verify(std::string_view token);

 private:
  struct Digest {
    std::array<unsigned char, 32> bytes;
    Timestamp created_at;
  };
  Tokens(std::string path, Clock& clock) : path_(std::move(path)), clock_(clock) {}
  static Result<std::vector<Digest>> read(const std::string& path);
  Status write(const std::vector<Digest>& digests) const;
  bool known(const std::array<unsigned char, 32>& digest) const;

  const std::string path_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<Digest> digests_;        // guarded by mutex_
  std::int64_t read_again_at_ms_ = 0;  // monotonic; guarded by mutex_
};

}  // namespace tessera::access

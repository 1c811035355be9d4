// JSON documents as values of the expression language.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "cel/arena.h"
#include "cel/value.h"

namespace tessera::cel {

inline constexpr int kMaxJsonDepth = 64;

// Reads JSON text into an arena. Keeps buffers between calls; one thread.
//
// Numbers become `double`, as CEL has it for JSON, except integers beyond ±2^53, which become `int` so that no digit of
// a long id is lost. Where a name comes twice the last one counts.
class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  // The result points into `arena` alone: `text` may go. kInvalidArgument says what is wrong and where; also past
  // kMaxJsonDepth or the arena's limit.
  Result<Value> read(std::string_view text, Arena& arena);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace tessera::cel

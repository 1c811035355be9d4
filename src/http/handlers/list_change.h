// Changes of a segment's list on their way into effect: written some people at a time, each time until it is applied.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/services.h"

namespace tessera::http {

// People by their profiles' numbers.
struct ListChange {
  std::string segment;
  std::vector<std::uint32_t> add;
  std::vector<std::uint32_t> remove;
};

// What a change came to.
struct ListChanged {
  std::uint64_t members = 0;  // of the segment, after it
  Offset position;            // of its last record; the position of the view where there was nothing to do
};

// kFailedPrecondition if what is in force of the segment is a condition, kNotFound if nothing is. Any thread.
Status check_list(const Services& services, const std::string& segment);

// Takes off the list first, then puts on it, and calls `then` once all of it is applied: on the engine's thread. With
// an error, on any thread: some of it may have taken effect, and the same change may be made again. `services` outlives
// the call.
using ThenChanged = std::function<void(Result<ListChanged>)>;
void change_list(Services& services, ListChange change, ThenChanged then);

}  // namespace tessera::http

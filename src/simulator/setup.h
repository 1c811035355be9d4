// Puts an example's definitions into a server: `sources/*.json` and `identity.json` of a folder.
#pragma once

#include <array>
#include <string>

#include "base/result.h"
#include "http_client/client.h"
#include "simulator/item.h"

namespace tessera::simulator {

using WriteKeys = std::array<std::string, kOriginCount>;  // by Origin

// Puts everything and returns the write keys of the simulator's sources. A server source that was there before gets a
// new key, because keys are shown only once. kInvalidArgument if the folder lacks one of the sources.
Result<WriteKeys> set_up(http_client::Client& server, const std::string& folder);

// What a refusal says: the problem's detail, or the start of the body.
std::string refusal(const http_client::Response& response);

// One counter of /v1/status.
Result<std::uint64_t> read_status(http_client::Client& server, const char* counter);

}  // namespace tessera::simulator

// What the simulator needs of a server before it plays: the write keys of its sources.
#pragma once

#include <array>
#include <string>

#include "base/result.h"
#include "http_client/client.h"
#include "simulator/item.h"

namespace tessera::simulator {

using WriteKeys = std::array<std::string, kOriginCount>;  // by Origin

// The keys of the simulator's sources, which have been published. A server source gets a new one, because keys are
// shown only once.
Result<WriteKeys> find_keys(http_client::Client& server);

// What a refusal says: the problem's detail, or the start of the body.
std::string refusal(const http_client::Response& response);

// One counter of /v1/status.
Result<std::uint64_t> read_status(http_client::Client& server, const char* counter);

}  // namespace tessera::simulator

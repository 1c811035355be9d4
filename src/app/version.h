// The build's name, as `tessera --version` and the log's Epoch records give it.
#pragma once

#include <string_view>

namespace tessera::app {

inline constexpr std::string_view kVersion = TESSERA_VERSION;

}  // namespace tessera::app

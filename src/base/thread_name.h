// Names for threads, as `top -H`, debuggers and profiles show them.
#pragma once

namespace tessera {

// Names the calling thread; at most 15 characters are kept.
void name_thread(const char* name);

}  // namespace tessera

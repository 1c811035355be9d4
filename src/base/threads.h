// Threads: their names, as `top -H`, debuggers and profiles show them, and who goes first.
#pragma once

namespace tessera {

// Names the calling thread; at most 15 characters are kept.
void name_thread(const char* name);

// Lets threads that somebody waits for go before the calling one (a nice value of 5): for work in the background.
void yield_to_other_threads();

}  // namespace tessera

#include "base/threads.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

namespace tessera {

void name_thread(const char* name) {
  char kept[16];
  std::snprintf(kept, sizeof(kept), "%s", name);
  pthread_setname_np(pthread_self(), kept);
}

// On Linux a nice value belongs to a thread.
void yield_to_other_threads() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 5);
}

}  // namespace tessera

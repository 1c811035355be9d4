#include "base/thread_name.h"

#include <pthread.h>

#include <cstdio>

namespace tessera {

void name_thread(const char* name) {
  char kept[16];
  std::snprintf(kept, sizeof(kept), "%s", name);
  pthread_setname_np(pthread_self(), kept);
}

}  // namespace tessera

// A log folder with one segment of any bytes: opening and reading it must end well or with a clear error.
#include "log/log.h"
#include "testing/memory_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera;
  if (size == 0) return 0;
  testing::MemoryFiles files;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  // Half of the inputs get a good beginning, so that frames are reached.
  files.set_contents("00000000000000000001.log", (data[0] & 1) != 0 ? "TESSLOG1" + bytes : bytes);
  if ((data[0] & 2) != 0) files.set_contents("00000000000000000002.log", "TESSLOG1" + bytes);
  auto log = log::open_log(files, {});
  if (!log) return 0;
  auto reader = (*log)->read((*log)->first());
  if (!reader) return 0;
  for (int i = 0; i < 1000; ++i) {
    auto group = (*reader)->next();
    if (!group || !*group) break;
  }
  return 0;
}

#include "cli/temporary_folder.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace tessera::cli {

Result<std::unique_ptr<TemporaryFolder>> TemporaryFolder::make(const std::string& parent, const std::string& hint) {
  std::error_code failed;
  const std::filesystem::path base =
      parent.empty() ? std::filesystem::temp_directory_path(failed) : std::filesystem::path(parent);
  std::string path = (base / "tessera-XXXXXX").string();
  if (failed || mkdtemp(path.data()) == nullptr) {
    return error(Code::kUnavailable, base.string() + ": cannot be written; " + hint);
  }
  return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(std::move(path)));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // what cannot be removed is left to the system's own clean-up
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tessera::cli

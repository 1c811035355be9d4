#include "log/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace tessera::log {

namespace {

std::unexpected<Error> system_error(const std::string& what, const std::string& path) {
  const int number = errno;
  const Code code = number == ENOENT ? Code::kNotFound : number == ENOSPC ? Code::kUnavailable : Code::kInternal;
  return error(code, "cannot " + what + " " + path + ": " + std::strerror(number));
}

class PosixFile : public File {
 public:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { ::close(descriptor_); }

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return system_error("write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Status sync() override {
    if (::fdatasync(descriptor_) != 0) return system_error("sync", path_);
    return {};
  }

  Result<std::string> read(std::uint64_t position, std::size_t size) override {
    std::string bytes(size, '\0');
    std::size_t got = 0;
    while (got < size) {
      const ssize_t n = ::pread(descriptor_, bytes.data() + got, size - got, static_cast<off_t>(position + got));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error("read", path_);
      if (n == 0) break;
      got += static_cast<std::size_t>(n);
    }
    bytes.resize(got);
    return bytes;
  }

  Result<std::uint64_t> size() override {
    struct stat info;
    if (::fstat(descriptor_, &info) != 0) return system_error("look at", path_);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Status truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return system_error("truncate", path_);
    return sync();
  }

 private:
  int descriptor_;
  std::string path_;
};

class PosixFiles : public Files {
 public:
  explicit PosixFiles(std::string folder) : folder_(std::move(folder)) {}

  Result<std::unique_ptr<File>> create(const std::string& name) override {
    TRY_ASSIGN(auto file, open_with(name, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, "create"));
    TRY(sync_folder());
    return file;
  }

  Result<std::unique_ptr<File>> open(const std::string& name) override {
    return open_with(name, O_RDWR | O_APPEND | O_CLOEXEC, "open");
  }

  Result<std::vector<std::string>> list() override {
    std::error_code failed;
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, failed)) {
      names.push_back(entry.path().filename().string());
    }
    if (failed) return error(Code::kInternal, "cannot list " + folder_ + ": " + failed.message());
    std::sort(names.begin(), names.end());
    return names;
  }

  Status remove(const std::string& name) override {
    const std::string path = folder_ + "/" + name;
    if (::unlink(path.c_str()) != 0) return system_error("remove", path);
    return sync_folder();
  }

  Result<double> free_share() override {
    struct statvfs info;
    if (::statvfs(folder_.c_str(), &info) != 0) return system_error("look at", folder_);
    return info.f_blocks == 0 ? 1.0 : static_cast<double>(info.f_bavail) / static_cast<double>(info.f_blocks);
  }

 private:
  Result<std::unique_ptr<File>> open_with(const std::string& name, int flags, const std::string& what) {
    const std::string path = folder_ + "/" + name;
    const int descriptor = ::open(path.c_str(), flags, 0640);
    if (descriptor < 0) return system_error(what, path);
    return std::make_unique<PosixFile>(descriptor, path);
  }

  // A file's name is durable only when its folder is synced.
  Status sync_folder() {
    const int descriptor = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return system_error("open", folder_);
    const int synced = ::fsync(descriptor);
    ::close(descriptor);
    if (synced != 0) return system_error("sync", folder_);
    return {};
  }

  std::string folder_;
};

}  // namespace

Result<std::unique_ptr<Files>> open_folder(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) return error(Code::kInternal, "cannot make the folder " + path + ": " + failed.message());
  return std::make_unique<PosixFiles>(path);
}

}  // namespace tessera::log

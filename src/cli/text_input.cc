#include "cli/text_input.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/result.h"

namespace tessera::cli {

namespace {
constexpr std::size_t kPieceBytes = 256 << 10;
gzFile handle(void* file) {
  return static_cast<gzFile>(file);
}
}  // namespace

Result<std::unique_ptr<TextInput>> TextInput::open(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return error(Code::kNotFound, path + ": there is no such file");
  if (std::filesystem::is_directory(path, failed)) {
    return error(Code::kInvalidArgument, path + " is a folder: name one file");
  }
  const gzFile file = gzopen(path.c_str(), "rb");  // reads files that are not gzip as they are
  if (file == nullptr) return error(Code::kInvalidArgument, path + ": cannot be read: " + std::strerror(errno));
  gzbuffer(file, kPieceBytes);
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  return std::unique_ptr<TextInput>(new TextInput(file, path, failed ? 0 : size));
}

TextInput::TextInput(void* file, std::string path, std::uint64_t size)
    : file_(file), path_(std::move(path)), size_(size), piece_(kPieceBytes, '\0') {}

std::unique_ptr<TextInput> TextInput::of(std::string bytes) {
  auto input = std::unique_ptr<TextInput>(new TextInput(nullptr, "", bytes.size()));
  input->piece_ = std::move(bytes);
  return input;
}

TextInput::~TextInput() {
  if (file_ != nullptr) gzclose(handle(file_));
}

Result<std::string_view> TextInput::read() {
  if (file_ == nullptr) return std::string_view(piece_).substr(piece_.size() - std::exchange(size_, 0));
  const int got = gzread(handle(file_), piece_.data(), static_cast<unsigned>(piece_.size()));
  int code = Z_OK;
  const char* message = gzerror(handle(file_), &code);
  // A file that ends within a gzip stream gives what there is first, and the error beside it.
  if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
    return error(Code::kDataLoss, path_ + ": the gzip file is damaged or incomplete: " + message);
  }
  return std::string_view(piece_).substr(0, static_cast<std::size_t>(got));
}

double TextInput::done() const {
  if (size_ == 0 || file_ == nullptr) return 1.0;
  const auto at = gzoffset(handle(file_));
  return at < 0 ? 1.0 : std::min(1.0, static_cast<double>(at) / static_cast<double>(size_));
}

}  // namespace tessera::cli

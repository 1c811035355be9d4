#include "access/tokens.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.h"

namespace tessera::access {

namespace {

using Sha256 = std::array<unsigned char, 32>;

constexpr std::size_t kLetters = 40;
constexpr std::size_t kMaxTokens = 1'000;
constexpr std::size_t kMaxTokenBytes = 200;  // longer ones are not even hashed
constexpr std::string_view kPrefix = "tsr_";
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kHex = "0123456789abcdef";

Sha256 sha256(std::string_view text) {
  Sha256 digest{};
  const bool done = EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1;
  TESSERA_ASSERT(done);
  return digest;
}

std::string to_hex(const Sha256& digest) {
  std::string text;
  for (const unsigned char byte : digest) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

std::optional<Sha256> from_hex(std::string_view text) {
  Sha256 digest{};
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t digit = kHex.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    digest[i / 2] = static_cast<unsigned char>(digest[i / 2] * 16 + digit);
  }
  return digest;
}

Result<std::string> random_letters() {
  std::string letters;
  while (letters.size() < kLetters) {
    unsigned char byte = 0;
    if (getrandom(&byte, 1, 0) != 1) {
      if (errno == EINTR) continue;
      return error(Code::kInternal, "the system's random source cannot be read");
    }
    // What is past the largest multiple of the alphabet's size would make its first letters likelier.
    if (byte < 256 / kAlphabet.size() * kAlphabet.size()) letters += kAlphabet[byte % kAlphabet.size()];
  }
  return letters;
}

// Replaces the file at `path` by `text`, durably, readable by its owner only.
Status replace_file(const std::string& path, std::string_view text) {
  const std::string draft = path + ".new";
  const auto failed = [&](const char* what) {
    return error(Code::kInternal, std::string(what) + " " + draft + ": " + std::strerror(errno));
  };
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return failed("cannot make");
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fchmod(file, S_IRUSR | S_IWUSR) == 0 && ::fsync(file) == 0;
  if (::close(file) != 0 || !written) return failed("cannot write");
  if (::rename(draft.c_str(), path.c_str()) != 0) return failed("cannot put in place");
  const int folder = ::open(std::filesystem::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return failed("cannot open the folder of");
  const bool synced = ::fsync(folder) == 0;
  ::close(folder);
  if (!synced) return failed("cannot sync the folder of");
  return {};
}

}  // namespace

Result<std::unique_ptr<Tokens>> Tokens::open(const std::string& folder, Clock& clock) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return error(Code::kInternal, "cannot make the folder " + folder + ": " + failed.message());
  std::unique_ptr<Tokens> tokens(new Tokens(folder + "/tokens.json", clock));
  TRY_ASSIGN(tokens->digests_, read(tokens->path_));
  return Result<std::unique_ptr<Tokens>>(std::move(tokens));
}

Result<std::vector<Tokens::Digest>> Tokens::read(const std::string& path) {
  std::vector<Digest> digests;
  std::ifstream file(path, std::ios::binary);
  if (!file) return digests;
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto damaged = [&] {
    return error(Code::kDataLoss, path + " is damaged: restore it from a backup, or remove it and make new tokens");
  };
  boost::system::error_code failed;
  const auto document = boost::json::parse(text, failed);
  if (failed || !document.is_object()) return damaged();
  const auto* list = document.as_object().if_contains("tokens");
  if (list == nullptr || !list->is_array() || list->as_array().size() > kMaxTokens) return damaged();
  for (const auto& entry : list->as_array()) {
    const auto* object = entry.if_object();
    const auto* digest = object == nullptr ? nullptr : object->if_contains("sha256");
    const auto* created = object == nullptr ? nullptr : object->if_contains("created_at");
    if (digest == nullptr || !digest->is_string() || created == nullptr || !created->is_string()) return damaged();
    const auto bytes = from_hex({digest->as_string().data(), digest->as_string().size()});
    const auto at = parse_timestamp({created->as_string().data(), created->as_string().size()});
    if (!bytes || !at) return damaged();
    digests.push_back({*bytes, *at});
  }
  return digests;
}

Status Tokens::write(const std::vector<Digest>& digests) const {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("tokens").begin_array();
  for (const Digest& digest : digests) {
    json.begin_object().key("sha256").string(to_hex(digest.bytes)).key("created_at").string(to_text(digest.created_at));
    json.end_object();
  }
  json.end_array().end_object();
  text += '\n';
  return replace_file(path_, text);
}

bool Tokens::empty() const {
  const std::lock_guard lock(mutex_);
  return digests_.empty();
}

Result<std::string> Tokens::make() {
  TRY_ASSIGN(const std::string letters, random_letters());
  std::string token = std::string(kPrefix) + letters;
  const std::lock_guard lock(mutex_);
  // Another process may have added to the file.
  TRY_ASSIGN(std::vector<Digest> digests, read(path_));
  if (digests.size() >= kMaxTokens) {
    return error(Code::kFailedPrecondition,
                 path_ + " has " + std::to_string(kMaxTokens) + " tokens already: remove some");
  }
  digests.push_back({sha256(token), clock_.wall()});
  TRY(write(digests));
  digests_ = std::move(digests);
  return token;
}

bool Tokens::known(const Sha256& digest) const {
  bool found = false;
  for (const Digest& each : digests_) found |= CRYPTO_memcmp(each.bytes.data(), digest.data(), digest.size()) == 0;
  return found;
}

bool Tokens::verify(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return false;
  const Sha256 digest = sha256(token);
  const std::lock_guard lock(mutex_);
  if (known(digest)) return true;
  const std::int64_t now = clock_.monotonic_ms();
  if (now < read_again_at_ms_) return false;
  read_again_at_ms_ = now + kSecondMs;
  auto digests = read(path_);
  if (!digests) return false;
  digests_ = std::move(*digests);
  return known(digest);
}

}  // namespace tessera::access

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "catalog/source.h"

namespace tessera::catalog {

namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kKeyLetters = 32;
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

using Digest = std::array<unsigned char, kDigestBytes>;

// OpenSSL looks an algorithm up by name at some cost: once is enough.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  TESSERA_ASSERT(algorithm != nullptr);
  return algorithm;
}

Digest sha256(std::string_view text) {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  Digest digest;
  const bool done = context != nullptr && EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1;
  TESSERA_ASSERT(done);
  return digest;
}

std::uint64_t first_bytes(const void* digest) {
  std::uint64_t result = 0;
  std::memcpy(&result, digest, sizeof result);
  return result;
}

void fill_random(std::array<unsigned char, 64>& bytes) {
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    TESSERA_ASSERT(got > 0 || errno == EINTR);
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
}

}  // namespace

std::string make_write_key() {
  // Bytes at or above the largest multiple of the alphabet's size would make its first letters likelier: they are drawn
  // again.
  constexpr unsigned kFair = 256 / kAlphabet.size() * kAlphabet.size();
  std::string key = "wk_";
  std::array<unsigned char, 64> bytes;
  while (key.size() < 3 + kKeyLetters) {
    fill_random(bytes);
    for (const unsigned char byte : bytes) {
      if (byte < kFair && key.size() < 3 + kKeyLetters) key += kAlphabet[byte % kAlphabet.size()];
    }
  }
  return key;
}

std::string write_key_sha256(std::string_view write_key) {
  const Digest digest = sha256(write_key);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Sources::Sources(std::vector<Source> sources) : sources_(std::move(sources)) {
  std::ranges::sort(sources_, {}, &Source::id);
  for (Place place = 0; place < sources_.size(); ++place) {
    const Source& source = sources_[place];
    by_name_.push_back(place);
    if (source.enabled && source.write_key_sha256.size() == kDigestBytes) {
      by_key_.emplace_back(first_bytes(source.write_key_sha256.data()), place);
    }
  }
  std::ranges::sort(by_key_);
  std::ranges::sort(by_name_, {}, [this](Place place) -> const std::string& { return sources_[place].name; });
}

const Source* Sources::by_write_key(std::string_view write_key) const {
  const Digest digest = sha256(write_key);
  const std::uint64_t wanted = first_bytes(digest.data());
  const auto start = std::ranges::lower_bound(by_key_, wanted, {}, [](const auto& entry) { return entry.first; });
  for (auto entry = start; entry != by_key_.end() && entry->first == wanted; ++entry) {
    const Source& source = sources_[entry->second];
    if (CRYPTO_memcmp(source.write_key_sha256.data(), digest.data(), kDigestBytes) == 0) return &source;
  }
  return nullptr;
}

const Source* Sources::by_name(std::string_view name) const {
  const auto place =
      std::ranges::lower_bound(by_name_, name, {}, [this](Place p) { return std::string_view(sources_[p].name); });
  return place != by_name_.end() && sources_[*place].name == name ? &sources_[*place] : nullptr;
}

const Source* Sources::by_id(SourceId id) const {
  const auto source = std::ranges::lower_bound(sources_, id, {}, &Source::id);
  return source != sources_.end() && source->id == id ? &*source : nullptr;
}

}  // namespace tessera::catalog

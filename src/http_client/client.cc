#include "http_client/client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http_client/gzip.h"

namespace tessera::http_client {

namespace {

constexpr std::size_t kGzipFrom = 1024;
constexpr std::size_t kMaxHeaders = 200;  // of an answer

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

bool has(const std::vector<Header>& headers, std::string_view name) {
  return std::ranges::any_of(headers, [&](const Header& header) { return same_name(header.name, name); });
}

// "127.0.0.1:8080" of "http://127.0.0.1:8080/x"; empty if it is no http(s) URL.
std::string_view authority_of(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme)) return url.substr(scheme.size(), url.find('/', scheme.size()) - scheme.size());
  }
  return {};
}

bool is_loopback(std::string_view authority) {
  return authority.starts_with("127.") || authority.starts_with("localhost") || authority.starts_with("[::1]");
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

bool has_controls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_ALL); });
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void add_header(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  TESSERA_ASSERT(longer != nullptr);
  list.release();
  list.reset(longer);
}

}  // namespace

std::string_view Response::header(std::string_view name) const {
  for (const Header& one : headers) {
    if (same_name(one.name, name)) return one.value;
  }
  return {};
}

std::string url_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte < 0x80 && std::isalnum(byte)) || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

// One easy handle, which keeps its connections, and the exchange it is in.
class Client::Session {
 public:
  explicit Session(Options options) : options_(std::move(options)) {
    start_curl();
    curl_ = curl_easy_init();
    while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
  }
  ~Session() { curl_easy_cleanup(curl_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const Options& options() const { return options_; }
  Result<Response> exchange(std::string_view method, std::string_view path, const std::vector<Header>& headers,
                            std::string_view body, const OnBytes* on_bytes);

 private:
  Status check(std::string_view method, std::string_view path, const std::vector<Header>& headers) const;
  HeaderList header_list(const std::vector<Header>& headers, bool has_body, bool compressed) const;
  void set_options(const std::string& method, const std::string& url, std::string_view body, const HeaderList& headers);
  std::unexpected<Error> explain(CURLcode code, const std::string& method, std::string_view path) const;

  static std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* session);
  static std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* session);
  static int take_progress(void* session, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

  Options options_;
  CURL* curl_ = nullptr;
  char error_[CURL_ERROR_SIZE] = "";
  Response response_;
  const OnBytes* on_bytes_ = nullptr;
  bool stopped_ = false;  // by on_bytes
  bool too_large_ = false;
};

std::size_t Client::Session::take_header(char* bytes, std::size_t size, std::size_t count, void* session) {
  auto& self = *static_cast<Session*>(session);
  std::string_view line(bytes, size * count);
  if (line.starts_with("HTTP/")) {  // a new status line: after 100 Continue, headers start anew
    self.response_.headers.clear();
    return size * count;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || self.response_.headers.size() == kMaxHeaders) return size * count;
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front()))) value.remove_prefix(1);
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back()))) value.remove_suffix(1);
  self.response_.headers.push_back({std::string(line.substr(0, colon)), std::string(value)});
  return size * count;
}

std::size_t Client::Session::take_body(char* bytes, std::size_t size, std::size_t count, void* session) {
  auto& self = *static_cast<Session*>(session);
  const std::string_view piece(bytes, size * count);
  if (self.on_bytes_ != nullptr) {
    long status = 0;
    curl_easy_getinfo(self.curl_, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) {
      self.stopped_ = !(*self.on_bytes_)(piece);
      return self.stopped_ ? 0 : piece.size();
    }
  }
  self.too_large_ = self.response_.body.size() + piece.size() > self.options_.max_response_bytes;
  if (self.too_large_) return 0;
  self.response_.body += piece;
  return piece.size();
}

int Client::Session::take_progress(void* session, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& self = *static_cast<Session*>(session);
  if (!self.stopped_) self.stopped_ = !(*self.on_bytes_)({});
  return self.stopped_ ? 1 : 0;
}

Status Client::Session::check(std::string_view method, std::string_view path,
                              const std::vector<Header>& headers) const {
  const auto refuse = [](std::string message) { return error(Code::kInvalidArgument, std::move(message)); };
  if (curl_ == nullptr) return error(Code::kInternal, "libcurl could not start");
  if (authority_of(options_.base_url).empty() || has_controls(options_.base_url)) {
    return refuse("\"" + options_.base_url + "\" is no server's URL: give one such as http://127.0.0.1:8080");
  }
  if (!is_token(method)) return refuse("\"" + std::string(method) + "\" is no HTTP method");
  if (!path.starts_with('/') || has_controls(path) || path.contains(' ')) {
    return refuse("\"" + std::string(path) + "\" is no path: it starts with / and is percent-encoded");
  }
  if (has_controls(options_.bearer_token)) return refuse("the token has a line break or control character in it");
  for (const Header& header : headers) {
    if (!is_token(header.name) || has_controls(header.value)) {
      return refuse("the header \"" + header.name + "\" has characters that headers may not have");
    }
  }
  return {};
}

HeaderList Client::Session::header_list(const std::vector<Header>& headers, bool has_body, bool compressed) const {
  HeaderList list;
  add_header(list, "Expect:");  // no 100-continue round trip before larger bodies
  if (has_body && !has(headers, "Content-Type")) add_header(list, "Content-Type: application/json");
  if (compressed) add_header(list, "Content-Encoding: gzip");
  if (!options_.bearer_token.empty() && !has(headers, "Authorization")) {
    add_header(list, "Authorization: Bearer " + options_.bearer_token);
  }
  // libcurl takes "Name:" as "do not send" and "Name;" as "send it empty".
  for (const Header& header : headers) {
    add_header(list, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  return list;
}

void Client::Session::set_options(const std::string& method, const std::string& url, std::string_view body,
                                  const HeaderList& headers) {
  curl_easy_reset(curl_);  // options only: connections stay
  error_[0] = '\0';
  const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(curl_, option, value); };
  set(CURLOPT_ERRORBUFFER, error_);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_URL, url.c_str());
  if (is_loopback(authority_of(url))) set(CURLOPT_PROXY, "");
  set(CURLOPT_HTTPHEADER, headers.get());
  if (options_.bearer_token.empty() && !options_.basic_user.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, options_.basic_user.c_str());
    set(CURLOPT_PASSWORD, "");
  }
  const bool sends_body = !body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (sends_body) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
  }
  if (method == "HEAD") set(CURLOPT_NOBODY, 1L);
  set(CURLOPT_CUSTOMREQUEST, method.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout_ms));
  if (on_bytes_ == nullptr) set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout_ms));
  set(CURLOPT_SSL_VERIFYPEER, options_.verify_tls ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, options_.verify_tls ? 2L : 0L);
  if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
  set(CURLOPT_HEADERFUNCTION, &Session::take_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Session::take_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_NOPROGRESS, on_bytes_ == nullptr ? 1L : 0L);
  set(CURLOPT_XFERINFOFUNCTION, &Session::take_progress);
  set(CURLOPT_XFERINFODATA, this);
}

std::unexpected<Error> Client::Session::explain(CURLcode code, const std::string& method, std::string_view path) const {
  const std::string& server = options_.base_url;
  const std::string detail = error_[0] != '\0' ? error_ : curl_easy_strerror(code);
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      if (is_loopback(authority_of(server))) {
        return error(Code::kUnavailable,
                     "no Tessera answers at " + server + ": start one with `./dev serve`, or name another with --url");
      }
      return error(Code::kUnavailable,
                   "no server answers at " + server + " (" + detail + "): check the address and that it runs");
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return error(Code::kUnavailable, "the host of " + server + " is unknown (" + detail + "): check its name");
    case CURLE_URL_MALFORMAT:
      return error(Code::kInvalidArgument,
                   "\"" + server + "\" is no server's URL: give one such as http://127.0.0.1:8080");
    case CURLE_OPERATION_TIMEDOUT:
      return error(Code::kDeadlineExceeded,
                   server + " did not finish " + method + " " + std::string(path) + " in time (" + detail + ")");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return error(Code::kUnavailable,
                   "the certificate of " + server + " is not trusted (" + detail + "): name its authority's file");
    default:
      return error(Code::kUnavailable, method + " " + server + std::string(path) + " failed: " + detail);
  }
}

Result<Response> Client::Session::exchange(std::string_view method, std::string_view path,
                                           const std::vector<Header>& headers, std::string_view body,
                                           const OnBytes* on_bytes) {
  TRY(check(method, path, headers));
  const bool compress = options_.gzip_bodies && body.size() >= kGzipFrom && !has(headers, "Content-Encoding");
  std::string compressed;
  if (compress) {
    TRY_ASSIGN(compressed, gzip(body));
    body = compressed;
  }
  response_ = {};
  on_bytes_ = on_bytes;
  stopped_ = too_large_ = false;
  const std::string method_text(method);
  const std::string url = options_.base_url + std::string(path);
  const HeaderList list = header_list(headers, !body.empty(), compress);
  set_options(method_text, url, body, list);
  const CURLcode code = curl_easy_perform(curl_);
  on_bytes_ = nullptr;
  if (too_large_) {
    return error(Code::kTooLarge, "the answer of " + options_.base_url + std::string(path) + " is over the limit of " +
                                      std::to_string(options_.max_response_bytes) + " bytes");
  }
  if (code != CURLE_OK && !stopped_) return explain(code, method_text, path);
  long status = 0;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  return std::move(response_);
}

Client::Client(Options options) : session_(std::make_unique<Session>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

const Options& Client::options() const {
  return session_->options();
}

Result<Response> Client::request(std::string_view method, std::string_view path, const std::vector<Header>& headers,
                                 std::string_view body) {
  return session_->exchange(method, path, headers, body, nullptr);
}

Result<Response> Client::stream(std::string_view method, std::string_view path, const std::vector<Header>& headers,
                                std::string_view body, const OnBytes& on_bytes) {
  return session_->exchange(method, path, headers, body, &on_bytes);
}

}  // namespace tessera::http_client

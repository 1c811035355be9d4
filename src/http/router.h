// Which handler answers a request: exact paths by hash, patterns ("/v1/sources/{name}") by their segments.
//
// Add all routes first, then share it: finding is const and thread-safe. A path with a slash at its end is the path
// without.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http/message.h"
#include "http/metrics.h"

namespace tessera::http {

// Called on an IO thread: be quick, and answer through `respond`, now or later.
using Handler = std::function<void(Request request, Respond respond)>;
// Puts a check in front of a handler: of the bearer token.
using Guard = std::function<Handler(Handler)>;

inline constexpr std::size_t kMaxBody = 500u << 10;       // 500 KB, of most routes
inline constexpr std::size_t kMaxImportBody = 10u << 20;  // 10 MB

struct RouteOptions {
  std::size_t max_body = kMaxBody;  // as sent, and again as unpacked
};

struct Route {
  Method method;
  std::string pattern;
  Handler handler;
  RouteOptions options;
  mutable RouteMetrics metrics;  // counting does not change the route
};

class Router {
 public:
  Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // `pattern` is not there yet for `method`. A GET route answers HEAD too.
  void add(Method method, std::string pattern, Handler handler, RouteOptions options = {});

  struct Match {
    const Route* route = nullptr;  // never null once found: what does not match is answered by a route of its own
    std::vector<Parameter> parameters;
  };
  // The route for a request. There is always one: it may be the one that answers 404, 405, 400 or a bare OPTIONS.
  Match find(Method method, std::string_view path) const;

  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Methods {
    std::array<const Route*, 6> by_method{};
  };
  struct Pattern {
    std::vector<std::string> segments;  // one that starts with '{' matches any
    Methods methods;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  Methods& methods_at(const std::string& pattern);
  const Methods* find_methods(std::string_view path, Match& match, bool& undecodable) const;
  Match refuse(const Methods* methods, Method method) const;

  std::vector<std::unique_ptr<Route>> routes_;
  std::unordered_map<std::string, Methods, Hash, std::equal_to<>> exact_;
  std::vector<Pattern> patterns_;
  std::array<std::unique_ptr<Route>, 64> refusals_;  // by the set of allowed methods; [0] is 404
  std::unique_ptr<Route> undecodable_;
  std::array<std::unique_ptr<Route>, 64> options_;  // bare OPTIONS, by the set of allowed methods
};

}  // namespace tessera::http

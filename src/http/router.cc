#include "http/router.h"

#include "http/problem.h"
#include "http/text.h"

namespace tessera::http {

namespace {

constexpr std::size_t kMaxSegments = 16;
constexpr std::size_t kMaxUnmatchedBody = 64u << 10;  // read and thrown away, so that the connection can go on

std::size_t index_of(Method method) {
  return static_cast<std::size_t>(method);
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty() && segments.size() <= kMaxSegments) {
    path.remove_prefix(1);  // the slash
    const std::string_view segment = path.substr(0, path.find('/'));
    segments.push_back(segment);
    path.remove_prefix(segment.size());
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}

// "GET, HEAD, PUT" for a set of methods as bits.
std::string allow_text(std::size_t allowed) {
  std::string text = "OPTIONS";
  for (std::size_t i = 0; i < 5; ++i) {
    if ((allowed >> i & 1U) == 0) continue;
    text += ", ";
    text += method_name(static_cast<Method>(i));
  }
  return text;
}

std::unique_ptr<Route> make_route(Method method, std::string pattern, Handler handler) {
  return std::unique_ptr<Route>(new Route{method, std::move(pattern), std::move(handler), {kMaxUnmatchedBody}, {}});
}

void answer_not_found(Request request, Respond respond) {
  std::string detail = "there is nothing at ";
  detail.append(request.path, 0, 200);
  respond(problem(404, "not_found", detail + ": see api/openapi.yaml for what there is"));
}

void answer_not_allowed(const std::string& allow, const Request& request, Respond respond) {
  Response response = problem(405, "method_not_allowed",
                              "this path takes " + allow + ", not " + std::string(method_name(request.method)));
  response.headers.emplace_back("Allow", allow);
  respond(std::move(response));
}

void answer_undecodable(Request, Respond respond) {
  respond(problem(Code::kInvalidArgument, "the path has a '%' that two hexadecimal digits do not follow"));
}

}  // namespace

Router::Router() {
  undecodable_ = make_route(Method::kOther, "(undecodable)", answer_undecodable);
  refusals_[0] = make_route(Method::kOther, "(not found)", answer_not_found);
}

Router::Methods& Router::methods_at(const std::string& pattern) {
  if (pattern.find('{') == std::string::npos) return exact_[pattern];
  const std::vector<std::string_view> views = split(pattern);
  std::vector<std::string> segments(views.begin(), views.end());
  for (Pattern& known : patterns_) {
    if (known.segments == segments) return known.methods;
  }
  return patterns_.emplace_back(Pattern{std::move(segments), {}}).methods;
}

void Router::add(Method method, std::string pattern, Handler handler, RouteOptions options) {
  TESSERA_ASSERT(method != Method::kOther && pattern.starts_with('/'));
  Methods& methods = methods_at(pattern);
  TESSERA_ASSERT(methods.by_method[index_of(method)] == nullptr);
  routes_.push_back(std::unique_ptr<Route>(new Route{method, std::move(pattern), std::move(handler), options, {}}));
  methods.by_method[index_of(method)] = routes_.back().get();
  if (method == Method::kGet) methods.by_method[index_of(Method::kHead)] = routes_.back().get();
  std::size_t allowed = 0;
  for (std::size_t i = 0; i < 5; ++i) allowed |= static_cast<std::size_t>(methods.by_method[i] != nullptr) << i;
  if (refusals_[allowed]) return;
  const std::string allow = allow_text(allowed);
  refusals_[allowed] = make_route(Method::kOther, "(not allowed)", [allow](const Request& request, Respond respond) {
    answer_not_allowed(allow, request, std::move(respond));
  });
  options_[allowed] = make_route(Method::kOptions, "(options)", [allow](const Request&, Respond respond) {
    Response response;
    response.status = 204;
    response.content_type = {};
    response.headers.emplace_back("Allow", allow);
    respond(std::move(response));
  });
}

const Router::Methods* Router::find_methods(std::string_view path, Match& match, bool& undecodable) const {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (const auto found = exact_.find(path); found != exact_.end()) return &found->second;
  const std::vector<std::string_view> segments = split(path);
  for (const Pattern& pattern : patterns_) {
    if (pattern.segments.size() != segments.size()) continue;
    bool matches = true;
    for (std::size_t i = 0; matches && i < segments.size(); ++i) {
      matches = is_parameter(pattern.segments[i]) ? !segments[i].empty() : pattern.segments[i] == segments[i];
    }
    if (!matches) continue;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (!is_parameter(pattern.segments[i])) continue;
      auto value = percent_decode(segments[i]);
      undecodable |= !value;
      const std::string& name = pattern.segments[i];
      match.parameters.push_back({name.substr(1, name.size() - 2), value ? std::move(*value) : std::string{}});
    }
    return &pattern.methods;
  }
  return nullptr;
}

Router::Match Router::refuse(const Methods* methods, Method method) const {
  if (methods == nullptr) return {refusals_[0].get(), {}};
  std::size_t allowed = 0;
  for (std::size_t i = 0; i < 5; ++i) allowed |= static_cast<std::size_t>(methods->by_method[i] != nullptr) << i;
  return {(method == Method::kOptions ? options_ : refusals_)[allowed].get(), {}};
}

Router::Match Router::find(Method method, std::string_view path) const {
  Match match;
  bool undecodable = false;
  const Methods* methods = find_methods(path, match, undecodable);
  if (undecodable) return {undecodable_.get(), {}};
  if (methods == nullptr || method == Method::kOther) return refuse(methods, method);
  match.route = methods->by_method[index_of(method)];
  return match.route == nullptr ? refuse(methods, method) : std::move(match);
}

}  // namespace tessera::http

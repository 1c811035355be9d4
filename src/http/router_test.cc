#include "http/router.h"

#include <gtest/gtest.h>

namespace tessera::http {
namespace {

Handler named(std::string name) {
  return [name](const Request&, Respond respond) { respond(json_response(name)); };
}

Response ask(const Router& router, Method method, std::string path) {
  auto match = router.find(method, path);
  Request request;
  request.method = method;
  request.path = std::move(path);
  request.path_parameters = std::move(match.parameters);
  Response answer;
  match.route->handler(std::move(request), [&](Response response) { answer = std::move(response); });
  return answer;
}

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    router_.add(Method::kGet, "/", named("page"));
    router_.add(Method::kGet, "/v1/sources", named("list"));
    router_.add(Method::kGet, "/v1/sources/{name}", named("get"));
    router_.add(Method::kPut, "/v1/sources/{name}", named("put"));
    router_.add(Method::kPost, "/v1/sources/{name}/rotate-key", named("rotate"));
    router_.add(Method::kPost, "/v1/track", named("track"));
    router_.add(Method::kOptions, "/v1/track", named("preflight"));
  }
  Router router_;
};

TEST_F(RouterTest, ExactPathsAndPatternsAreFound) {
  EXPECT_EQ(ask(router_, Method::kGet, "/").body, "page");
  EXPECT_EQ(ask(router_, Method::kGet, "/v1/sources").body, "list");
  EXPECT_EQ(ask(router_, Method::kGet, "/v1/sources/").body, "list");
  EXPECT_EQ(ask(router_, Method::kGet, "/v1/sources/web").body, "get");
  EXPECT_EQ(ask(router_, Method::kPut, "/v1/sources/web").body, "put");
  EXPECT_EQ(ask(router_, Method::kPost, "/v1/sources/web/rotate-key").body, "rotate");
  EXPECT_EQ(ask(router_, Method::kHead, "/v1/sources/web").body, "get");
}

TEST_F(RouterTest, ParametersAreDecodedBySegment) {
  const auto match = router_.find(Method::kGet, "/v1/sources/a%2Fb%20c");
  ASSERT_EQ(match.parameters.size(), 1U);
  EXPECT_EQ(match.parameters[0].name, "name");
  EXPECT_EQ(match.parameters[0].value, "a/b c");
  EXPECT_EQ(ask(router_, Method::kGet, "/v1/sources/%zz").status, 400);
}

TEST_F(RouterTest, OtherPathsAreNotFound) {
  for (const char* path : {"/v2", "/v1/sources/a/b", "/v1/sources//rotate-key", "/v1//track"}) {
    EXPECT_EQ(ask(router_, Method::kGet, path).status, 404) << path;
  }
  EXPECT_EQ(ask(router_, Method::kGet, "/" + std::string(10'000, '/')).status, 404);
}

TEST_F(RouterTest, OtherMethodsAreToldWhichThereAre) {
  const Response response = ask(router_, Method::kDelete, "/v1/sources/web");
  EXPECT_EQ(response.status, 405);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].second, "OPTIONS, GET, HEAD, PUT");
  EXPECT_EQ(ask(router_, Method::kOther, "/").status, 405);
}

TEST_F(RouterTest, OptionsIsAnsweredByItsRouteOrWithWhatIsAllowed) {
  EXPECT_EQ(ask(router_, Method::kOptions, "/v1/track").body, "preflight");
  const Response response = ask(router_, Method::kOptions, "/v1/sources");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers[0].second, "OPTIONS, GET, HEAD");
}

}  // namespace
}  // namespace tessera::http

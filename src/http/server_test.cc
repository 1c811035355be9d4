#include "http/server.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "http/loopback_client.h"
#include "http/problem.h"
#include "http/stream.h"

namespace tessera::http {
namespace {

std::string gzip(std::string_view bytes) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, bytes.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

// Echoes bodies at once (/echo) and from another thread (/later), and keeps streams (/stream) for the test to feed.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options_.port = 0;
    options_.threads = 2;
    router_.add(Method::kGet, "/hello", [](const Request&, Respond respond) { respond(json_response("\"hello\"")); });
    router_.add(Method::kPost, "/echo",
                [](Request request, Respond respond) { respond(json_response(std::move(request.body))); },
                {.max_body = 100'000});
    router_.add(
        Method::kPost, "/large",
        [](const Request& request, Respond respond) { respond(json_response(std::to_string(request.body.size()))); },
        {.max_body = 10u << 20});
    router_.add(Method::kPost, "/later", [this](Request request, Respond respond) {
      later_.emplace_back([body = std::move(request.body), respond = std::move(respond)]() mutable {
        Response response = json_response(std::move(body));
        response.position = Offset{42};
        respond(std::move(response));
      });
    });
    router_.add(Method::kGet, "/stream", [this](const Request&, Respond respond) {
      Response response;
      response.content_type = Response::kEventStream;
      response.stream = stream_;
      respond(std::move(response));
    });
    router_.add(Method::kGet, "/dropped", [](const Request&, Respond) {});
    router_.add(Method::kGet, "/throws", [](const Request&, Respond) { throw std::runtime_error("a bug"); });
    router_.add(Method::kGet, "/big",
                [](const Request&, Respond respond) { respond(json_response(std::string(8u << 20, 'x'))); });
    router_.add(Method::kGet, "/finish", [](const Request&, Respond respond) {
      Response response;
      response.finish = [](Response* to) { to->body = "rendered late"; };
      respond(std::move(response));
    });
  }
  ~ServerTest() override {
    if (server_) server_->stop();
    for (std::jthread& thread : later_) thread.join();
  }
  void start() {
    auto server = Server::start(options_, router_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  std::uint16_t port() const { return server_->port(); }

  ServerOptions options_;
  Router router_;
  std::shared_ptr<Stream> stream_ = std::make_shared<Stream>(1000);
  std::vector<std::jthread> later_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AConnectionServesManyRequests) {
  start();
  LoopbackClient client(port());
  for (int i = 0; i < 100; ++i) {
    client.send(post("/echo", std::to_string(i)));
    const auto answer = client.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, std::to_string(i));
    EXPECT_TRUE(answer->has("Content-Type: application/json"));
    EXPECT_TRUE(answer->has("Date: "));
  }
  EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  LoopbackClient client(port());
  std::string all;
  for (int i = 0; i < 200; ++i) all += post(i % 3 == 0 ? "/later" : "/echo", std::to_string(i));
  client.send(all);
  for (int i = 0; i < 200; ++i) {
    const auto answer = client.read();
    ASSERT_TRUE(answer) << i;
    EXPECT_EQ(answer->body, std::to_string(i));
  }
}

TEST_F(ServerTest, AnAnswerMayComeFromAnotherThreadAndCarriesItsPosition) {
  start();
  LoopbackClient client(port());
  client.send(post("/later", "x"));
  const auto answer = client.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "x");
  EXPECT_TRUE(answer->has("Tessera-Position: 42\r\n"));
}

TEST_F(ServerTest, BytesMayComeOneByOne) {
  start();
  LoopbackClient client(port());
  const std::string request = post("/echo", "slow but steady");
  for (const char c : request) client.send({&c, 1});
  EXPECT_EQ(client.read()->body, "slow but steady");
}

TEST_F(ServerTest, ChunksMayComeByteByByte) {
  start();
  LoopbackClient client(port());
  const std::string_view request =
      "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
  for (const char c : request) {
    client.send({&c, 1});
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(client.read()->body, "abc");
}

TEST_F(ServerTest, ChunkedBodiesAreJoined) {
  start();
  LoopbackClient client(port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n");
  EXPECT_EQ(client.read()->body, "hello world");
  client.send(get("/hello"));
  EXPECT_EQ(client.read()->status, 200);
}

TEST_F(ServerTest, GzippedBodiesAreUnpackedAndBombsRefused) {
  start();
  LoopbackClient client(port());
  client.send(post("/echo", gzip("unpacked"), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(client.read()->body, "unpacked");
  client.send(post("/echo", gzip(std::string(50'000'000, 'x')), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(client.read()->status, 413);
  client.send(post("/echo", "not gzip", "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(client.read()->status, 400);
  client.send(post("/echo", "x", "Content-Encoding: br\r\n"));
  EXPECT_EQ(client.read()->status, 415);
  client.send(post("/echo", "x", "Content-Encoding: identity\r\n"));
  EXPECT_EQ(client.read()->body, "x");
}

TEST_F(ServerTest, HeadHasNoBodyButItsLength) {
  start();
  LoopbackClient client(port());
  client.send("HEAD /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto answer = client.read(true);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_TRUE(answer->has("Content-Length: 7\r\n"));
  client.send(get("/hello"));
  EXPECT_EQ(client.read()->body, "\"hello\"");
}

TEST_F(ServerTest, ContinueIsSaidToWhoWaitsForIt) {
  start();
  LoopbackClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read()->status, 100);
  client.send("ok");
  EXPECT_EQ(client.read()->body, "ok");
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read()->status, 413);
}

TEST_F(ServerTest, BodiesOverTheRoutesLimitAreRefused) {
  start();
  LoopbackClient by_length(port());
  by_length.send(post("/echo", std::string(100'001, 'x')));
  const auto answer = by_length.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
  EXPECT_TRUE(answer->has("application/problem+json"));
  EXPECT_TRUE(by_length.closed());
  LoopbackClient by_chunks(port());
  by_chunks.send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 11; ++i) by_chunks.send("2710\r\n" + std::string(10'000, 'x') + "\r\n");
  EXPECT_EQ(by_chunks.read()->status, 413);
  LoopbackClient exact(port());
  exact.send(post("/echo", std::string(100'000, 'x')));
  EXPECT_EQ(exact.read()->status, 200);
}

TEST_F(ServerTest, LargeBodiesTogetherAreBounded) {
  options_.body_memory = 1u << 20;
  start();
  LoopbackClient client(port());
  client.send(post("/large", std::string(2u << 20, 'x')));
  const auto answer = client.read();
  EXPECT_EQ(answer->status, 503);
  EXPECT_TRUE(answer->has("Retry-After: 1"));
  LoopbackClient other(port());
  other.send(post("/large", std::string(1u << 19, 'x')));
  EXPECT_EQ(other.read()->body, std::to_string(1u << 19));
}

TEST_F(ServerTest, HeadsOverTheLimitAreRefused) {
  start();
  LoopbackClient field(port());
  field.send("GET /hello HTTP/1.1\r\nHost: t\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(field.read()->status, 431);
  LoopbackClient line(port());
  line.send("GET /" + std::string(40'000, 'x') + " HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(line.read()->status, 431);
  LoopbackClient many(port());
  std::string fields;
  for (int i = 0; i < 200; ++i) fields += "X-" + std::to_string(i) + ": y\r\n";
  many.send(get("/hello", fields));
  EXPECT_EQ(many.read()->status, 431);
  LoopbackClient sum(port());
  fields.clear();
  for (int i = 0; i < 100; ++i) fields += "X-" + std::to_string(i) + ": " + std::string(300, 'y') + "\r\n";
  sum.send(get("/hello", fields));
  EXPECT_EQ(sum.read()->status, 431);
}

TEST_F(ServerTest, NonsenseIsRefusedAndClosed) {
  start();
  for (const std::string_view nonsense : {
           std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),  // a TLS handshake
           std::string_view("nonsense\r\n\r\n"),
           std::string_view("GET / HTTP/2.0\r\n\r\n"),
           std::string_view("GET /hello HTTP/1.1\r\n\r\n"),  // no Host
           std::string_view("GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
           std::string_view("GET hello HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string_view("GET /hello HTTP/1.1\r\nHost: a\r\nbad field\r\n\r\n"),
           std::string_view("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"),
           std::string_view("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
           std::string_view(
               "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx"),
           std::string_view("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\nx"),
           std::string_view("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
           std::string_view("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxxx\r\n"),
       }) {
    LoopbackClient client(port());
    client.send(nonsense);
    client.half_close();
    const auto answer = client.read();
    ASSERT_TRUE(answer) << nonsense;
    EXPECT_EQ(answer->status, 400) << nonsense;
    EXPECT_TRUE(answer->has("application/problem+json"));
    EXPECT_TRUE(client.closed());
  }
  LoopbackClient after(port());
  after.send(get("/hello"));
  EXPECT_EQ(after.read()->status, 200);
}

TEST_F(ServerTest, SlowHeadsAndBodiesTimeOut) {
  options_.header_ms = options_.body_ms = 200;
  start();
  LoopbackClient head(port());
  head.send("GET /hello HT");
  EXPECT_EQ(head.read()->status, 408);
  EXPECT_TRUE(head.closed());
  LoopbackClient body(port());
  body.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nxx");
  EXPECT_EQ(body.read()->status, 408);
  EXPECT_TRUE(body.closed());
}

TEST_F(ServerTest, IdleConnectionsAreClosedInSilence) {
  options_.idle_ms = 200;
  start();
  LoopbackClient client(port());
  client.send(get("/hello"));
  EXPECT_EQ(client.read()->status, 200);
  EXPECT_FALSE(client.read());
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, ConnectionsOverTheLimitAreToldSo) {
  options_.max_connections = 2;
  start();
  LoopbackClient first(port());
  LoopbackClient second(port());
  first.send(get("/hello"));
  second.send(get("/hello"));
  EXPECT_EQ(first.read()->status, 200);
  EXPECT_EQ(second.read()->status, 200);
  LoopbackClient third(port());
  const auto answer = third.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_TRUE(answer->has("Retry-After"));
}

TEST_F(ServerTest, CloseAndOldVersionsAreKeptTo) {
  start();
  LoopbackClient client(port());
  client.send(get("/hello", "Connection: close\r\n"));
  EXPECT_TRUE(client.read()->has("Connection: close"));
  EXPECT_TRUE(client.closed());
  LoopbackClient old(port());
  old.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read()->body, "\"hello\"");
  EXPECT_TRUE(old.closed());
  LoopbackClient kept(port());
  kept.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(kept.read()->has("Connection: keep-alive"));
}

TEST_F(ServerTest, UnknownPathsAndMethodsKeepTheConnection) {
  start();
  LoopbackClient client(port());
  client.send(post("/nowhere", "a body that is read"));
  EXPECT_EQ(client.read()->status, 404);
  client.send(post("/hello", "{}"));
  EXPECT_EQ(client.read()->status, 405);
  client.send("PATCH /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.read()->status, 405);
  client.send("OPTIONS /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.read()->status, 204);
  client.send("\r\n\r\n" + get("http://test/hello?x=y"));
  EXPECT_EQ(client.read()->status, 200);
}

TEST_F(ServerTest, AHandlerThatDoesNotAnswerOrThrowsIsAnsweredFor) {
  start();
  LoopbackClient client(port());
  client.send(get("/dropped"));
  EXPECT_EQ(client.read()->status, 503);
  client.send(get("/throws"));
  EXPECT_EQ(client.read()->status, 503);
  client.send(get("/finish"));
  EXPECT_EQ(client.read()->body, "rendered late");
}

TEST_F(ServerTest, LargeAnswersArriveWhole) {
  start();
  LoopbackClient client(port());
  client.send(get("/big") + get("/hello"));
  EXPECT_EQ(client.read()->body.size(), 8u << 20);
  EXPECT_EQ(client.read()->status, 200);
}

TEST_F(ServerTest, StreamsBringWhatIsPushedUntilTheyAreClosed) {
  start();
  LoopbackClient client(port());
  client.send(get("/stream"));
  EXPECT_TRUE(stream_->push("one "));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(stream_->push("two"));
  stream_->close();
  EXPECT_FALSE(stream_->push("three"));
  const auto answer = client.read();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->has("text/event-stream"));
  EXPECT_EQ(answer->body, "one two");
  client.send(get("/hello"));
  EXPECT_EQ(client.read()->status, 200);
}

TEST_F(ServerTest, ASlowReaderOfAStreamIsDropped) {
  Stream stream(10);
  EXPECT_TRUE(stream.push("12345"));
  EXPECT_FALSE(stream.push("678901"));
  EXPECT_FALSE(stream.open());
  std::string out;
  EXPECT_FALSE(stream.take(out));
}

TEST_F(ServerTest, AReaderWhoLeavesEndsItsStream) {
  start();
  {
    LoopbackClient client(port());
    client.send(get("/stream"));
    stream_->push("hello");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  bool open = true;
  for (int i = 0; open && i < 500; ++i) {
    open = stream_->push(".");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_FALSE(open);
}

TEST_F(ServerTest, StoppingAnswersWhatIsInWorkAndClosesTheRest) {
  start();
  LoopbackClient idle(port());
  LoopbackClient streaming(port());
  streaming.send(get("/stream"));
  idle.send(get("/hello"));
  EXPECT_EQ(idle.read()->status, 200);
  stream_->push("x");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  server_->stop();
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(server_->connections(), 0U);
  EXPECT_FALSE(stream_->open());
}

TEST_F(ServerTest, RequestsAreCountedByRoute) {
  start();
  LoopbackClient client(port());
  client.send(get("/hello") + get("/hello"));
  client.read();
  client.read();
  std::string counts;
  router_.routes()[0]->metrics.append_counts(counts, "route=\"/hello\"");
  EXPECT_EQ(counts, "tessera_http_requests_total{route=\"/hello\",status=\"2xx\"} 2\n");
}

TEST(ServerStart, TellsWhatCannotBeHad) {
  const Router router;
  ServerOptions options;
  options.address = "nowhere";
  EXPECT_EQ(Server::start(options, router).error().code, Code::kInvalidArgument);
  options.address = "127.0.0.1";
  options.port = 0;
  options.certificate_file = "/no/such/file";
  EXPECT_EQ(Server::start(options, router).error().code, Code::kInvalidArgument);
  options.certificate_file.clear();
  const auto first = Server::start(options, router);
  options.port = (*first)->port();
  EXPECT_EQ(Server::start(options, router).error().code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace tessera::http

// bench_load: see `usage` below. Prints one line of JSON.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>

#include "http_client/client.h"
#include "load.h"

namespace tessera::bench {
namespace {

constexpr const char* kUsage = R"(bench_load MODE [--port N] [--token-file F] [OPTIONS]

  create          make each of --profiles people once, in batches, then stop
  batch           events in batches, a mix of track, page and identify by people of skewed activity
  single          one track event a request
  read            GET /v1/profiles/user_id:… of people of the same skew
  null-server     a server that does nothing, to measure what HTTP and this program cost

  --rate N        requests a second (batch: batches), open loop; 0: as fast as answers come (default)
  --seconds S     how long (10)            --requests N  stop after so many instead
  --connections N (8)                      --depth N     requests in flight on each (1)
  --profiles N    (1000000)                --batch N     events in a batch (100)
  --source NAME   made for this run; must not be there yet
  --write-key K   instead of --token-file and --source
)";

using Arguments = std::map<std::string, std::string>;

std::string get(const Arguments& arguments, const std::string& name, const std::string& otherwise) {
  const auto found = arguments.find(name);
  return found == arguments.end() ? otherwise : found->second;
}
std::uint64_t number(const Arguments& arguments, const std::string& name, std::uint64_t otherwise) {
  return std::stoull(get(arguments, name, std::to_string(otherwise)));
}

Result<std::string> make_source(const std::string& url, const std::string& token, const std::string& source) {
  http_client::Client client({.base_url = url, .bearer_token = token});
  TRY_ASSIGN(const auto answer, client.request("PUT", "/v1/sources/" + source, {}, R"({"trust":"server"})"));
  constexpr std::string_view kField = "\"write_key\":\"";
  const std::size_t start = answer.body.find(kField);
  if (!answer.ok() || start == std::string::npos) {
    return error(Code::kUnavailable,
                 "making source " + source + ": " + std::to_string(answer.status) + " " + answer.body);
  }
  const std::size_t key_start = start + kField.size();
  const std::string key = answer.body.substr(key_start, answer.body.find('"', key_start) - key_start);
  // The key is in force once the engine has come to it; so nothing that was sent before is measured here.
  http_client::Client sender({.base_url = url, .basic_user = key});
  for (int tries = 0; tries < 1200; ++tries) {
    TRY_ASSIGN(const auto probe, sender.request("POST", "/v1/batch", {}, R"({"batch":[]})"));
    if (probe.status != 401) return key;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return error(Code::kDeadlineExceeded, "the key of source " + source + " was not in force within a minute");
}

void print(const std::string& mode, const LoadResult& result) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  std::printf(
      "{\"mode\":\"%s\",\"seconds\":%.2f,\"requests\":%llu,\"requests_per_s\":%.0f,\"events\":%llu,\"events_per_s\":%."
      "0f,"
      "\"slowest_second\":%llu,\"refused\":%llu,\"failed\":%llu,\"bytes_per_request\":%.0f,\"generator_cpu_s\":%.2f,%s}"
      "\n",
      mode.c_str(), result.seconds, static_cast<unsigned long long>(result.requests),
      static_cast<double>(result.requests) / result.seconds, static_cast<unsigned long long>(result.events),
      static_cast<double>(result.events) / result.seconds, static_cast<unsigned long long>(result.slowest_second),
      static_cast<unsigned long long>(result.refused), static_cast<unsigned long long>(result.failed),
      static_cast<double>(result.bytes) / static_cast<double>(std::max<std::uint64_t>(result.latency.count(), 1)),
      seconds(usage.ru_utime) + seconds(usage.ru_stime), result.latency.json().c_str());
  if (result.failed > 0) {
    std::fprintf(stderr, "bench_load %s: %llu failed; the first: %s\n", mode.c_str(),
                 static_cast<unsigned long long>(result.failed), result.first_failure.c_str());
  }
}

Status run(const std::string& mode, const Arguments& arguments) {
  LoadOptions load;
  load.port = static_cast<int>(number(arguments, "port", 8080));
  if (mode == "null-server") return run_null_server(load.port);

  static const std::map<std::string, Mode> kModes = {
      {"create", Mode::kCreate}, {"batch", Mode::kBatch}, {"single", Mode::kSingle}, {"read", Mode::kRead}};
  const auto found = kModes.find(mode);
  if (found == kModes.end()) return error(Code::kInvalidArgument, "there is no mode '" + mode + "'\n" + kUsage);

  RequestOptions requests;
  requests.mode = found->second;
  requests.host = load.address + ":" + std::to_string(load.port);
  requests.profiles = number(arguments, "profiles", requests.profiles);
  requests.batch = number(arguments, "batch", requests.batch);
  requests.run =
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) >> 20 & 0xffffffffff;
  requests.write_key = get(arguments, "write-key", "");
  if (const std::string file = get(arguments, "token-file", ""); !file.empty()) {
    std::ifstream in(file);
    if (!(in >> requests.token)) return error(Code::kNotFound, "there is no token in " + file);
    if (requests.write_key.empty() && requests.mode != Mode::kRead) {
      const std::string source = get(arguments, "source", "bench-" + std::to_string(requests.run));
      TRY_ASSIGN(requests.write_key, make_source("http://" + requests.host, requests.token, source));
    }
  }

  load.connections = static_cast<int>(number(arguments, "connections", 8));
  load.depth = static_cast<int>(number(arguments, "depth", 1));
  load.rate = std::stod(get(arguments, "rate", "0"));
  load.seconds = std::stod(get(arguments, "seconds", "10"));
  load.requests = number(arguments, "requests", 0);
  if (requests.mode == Mode::kCreate) load.requests = (requests.profiles + requests.batch - 1) / requests.batch;
  TRY_ASSIGN(const LoadResult result, run_load(load, requests));
  print(mode, result);
  if (result.requests == 0) return error(Code::kUnavailable, "no request succeeded");
  return {};
}

}  // namespace
}  // namespace tessera::bench

int main(int argc, char** argv) {
  std::map<std::string, std::string> arguments;
  for (int i = 2; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]).starts_with("--")) arguments[argv[i] + 2] = argv[i + 1];
  }
  if (argc < 2 || argc % 2 != 0) {
    std::fputs(tessera::bench::kUsage, stderr);
    return 2;
  }
  const tessera::Status status = tessera::bench::run(argv[1], arguments);
  if (status) return 0;
  std::fprintf(stderr, "bench_load: %s\n", status.error().message.c_str());
  return 1;
}

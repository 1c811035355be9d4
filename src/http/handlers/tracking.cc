#include "http/handlers/tracking.h"

#include "base/json.h"
#include "http/cors.h"
#include "http/handlers/sender.h"
#include "http/problem.h"
#include "ingest/parser.h"

namespace tessera::http {

namespace {

constexpr std::string_view kSuccess = R"({"success":true})";

ingest::Parser& parser() {
  thread_local ingest::Parser parser;
  return parser;
}

struct Input {
  std::shared_ptr<const catalog::Sources> sources;  // keeps `source`
  const catalog::Source* source = nullptr;
  std::optional<std::string_view> origin;  // of a page elsewhere
};

// Who sends. Credentials in the header come before a key in the body.
Result<Input> read_input(const Request& request, std::shared_ptr<const catalog::Sources> sources) {
  Input input{std::move(sources), nullptr, foreign_origin(request)};
  if (const auto header = request.headers.get("Authorization")) {
    input.source = sender_of(input.sources, *header);
  } else if (const auto key = parser().write_key_in(request.body)) {
    input.source = input.sources->by_write_key(*key);
  }
  if (input.source == nullptr) {
    return error(Code::kUnauthenticated,
                 "the write key is missing, unknown or disabled: send it as the user of HTTP Basic with an empty "
                 "password, as a bearer token, or as \"writeKey\" in the body");
  }
  return input;
}

struct Output {
  std::vector<log::Draft> drafts;
  Response response;  // once they are synced
};

std::string render_accepted(const std::vector<ingest::Rejection>& rejected) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("success").boolean(true).key("rejected").begin_array();
  for (const ingest::Rejection& each : rejected) {
    json.begin_object().key("index").number(static_cast<std::uint64_t>(each.index));
    if (!each.message_id.empty()) json.key("messageId").string(each.message_id);
    json.key("code").string(each.code).key("reason").string(each.reason).end_object();
  }
  json.end_array().end_object();
  return body;
}

Output refused(const Input& input, const Error& why, ingest::Call call, const Request& request, Timestamp now) {
  Output output;
  output.drafts.push_back(ingest::quarantined(*input.source, why, call, request.body, now));
  output.response = problem(why);
  return output;
}

Output process(const Input& input, const catalog::IdentityRules& rules, ingest::Call call, const Request& request,
               Timestamp now) {
  if (const Status allowed = check_origin(*input.source, input.origin); !allowed) {
    return refused(input, allowed.error(), call, request, now);
  }
  Result<ingest::Parsed> parsed = parser().parse(*input.source, rules, call, request.body, now);
  if (!parsed) return refused(input, parsed.error(), call, request, now);
  Output output{std::move(parsed->drafts), {}};
  const bool single = call != ingest::Call::kBatch && call != ingest::Call::kImport;
  if (parsed->rejected.empty()) {
    output.response.body = kSuccess;
  } else if (single) {
    output.response = problem(400, parsed->rejected.front().code, parsed->rejected.front().reason);
  } else {
    output.response.body = render_accepted(parsed->rejected);
  }
  return output;
}

void handle(Services& services, ingest::Call call, const Request& request, Respond respond) {
  const Result<Input> input = read_input(request, services.engine.sources());
  if (!input) {
    std::optional<std::string> origin;
    if (const auto foreign = foreign_origin(request)) origin = *foreign;
    return submit_and_answer(services, {}, problem(input.error()), std::move(origin), std::move(respond));
  }
  Output output = process(*input, *services.engine.identity_rules(), call, request, services.clock.wall());
  std::optional<std::string> origin;
  if (input->origin && allows(*input->source, *input->origin)) origin = *input->origin;
  submit_and_answer(services, std::move(output.drafts), std::move(output.response), std::move(origin),
                    std::move(respond));
}

}  // namespace

void add_tracking_routes(Router& router, Services& services) {
  constexpr std::string_view kShort = "itpsgab";
  std::vector<std::string> paths;
  for (const char letter : kShort) paths.push_back(std::string("/v1/") + letter);
  for (const auto call : {ingest::Call::kIdentify, ingest::Call::kTrack, ingest::Call::kPage, ingest::Call::kScreen,
                          ingest::Call::kGroup, ingest::Call::kAlias, ingest::Call::kBatch, ingest::Call::kImport}) {
    paths.emplace_back(ingest::path_of(call));
  }
  for (const std::string& path : paths) {
    const auto call = ingest::call_of(path);
    TESSERA_ASSERT(call.has_value());
    const RouteOptions options{ingest::limits_of(*call).body_bytes};
    router.add(
        Method::kPost, path,
        [&services, call = *call](const Request& request, Respond respond) {
          handle(services, call, request, std::move(respond));
        },
        options);
    router.add(Method::kOptions, path, [&services](const Request& request, Respond respond) {
      respond(preflight(request, *services.engine.sources()));
    });
  }
}

}  // namespace tessera::http

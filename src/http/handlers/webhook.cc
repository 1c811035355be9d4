#include "http/handlers/webhook.h"

#include <algorithm>
#include <array>
#include <atomic>

#include "base/json.h"
#include "http/cors.h"
#include "http/handlers/sender.h"
#include "http/problem.h"
#include "http/text.h"
#include "ingest/webhook.h"

namespace tessera::http {

namespace {

// What lets a sender in is none of a mapping's business.
constexpr std::array<std::string_view, 3> kSecretHeaders = {"authorization", "cookie", "proxy-authorization"};
constexpr std::string_view kKeyParameter = "key";
constexpr std::size_t kMaxFormFields = 1'000;

// Whether the body is an HTML form's. Many clients say so of JSON too.
bool is_form(const Request& request) {
  const std::string_view type = request.headers.get("Content-Type").value_or("");
  if (!equals_ignoring_case(trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded")) return false;
  const std::size_t first = request.body.find_first_not_of(" \t\r\n");
  return first != std::string::npos && request.body[first] != '{' && request.body[first] != '[';
}

// A form as a JSON object of texts.
std::string form_json(std::string_view body) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const auto& [name, value] : query_pairs(body, kMaxFormFields)) json.key(name).string(value);
  json.end_object();
  return out;
}

// A document and what came with it; keeps the texts that `payload` points to.
class Document {
 public:
  Document(const Request& request, Timestamp received_at) {
    if (is_form(request)) form_ = form_json(request.body);
    payload_.body = form_.empty() ? std::string_view(request.body) : form_;
    payload_.received_at = received_at;
    names_.reserve(request.headers.size());
    for (std::size_t i = 0; i < request.headers.size(); ++i) {
      const auto [name, value] = request.headers.at(i);
      names_.push_back(lower_case(name));
      if (std::ranges::find(kSecretHeaders, names_.back()) != kSecretHeaders.end()) continue;
      payload_.headers.push_back({names_.back(), value});
    }
    query_ = query_pairs(request.raw_query);
    for (const auto& [name, value] : query_) {
      if (name != kKeyParameter) payload_.query.push_back({name, value});
    }
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  const ingest::PayloadText& payload() const { return payload_; }

 private:
  std::string form_;  // as JSON; empty if it is none
  std::vector<std::string> names_;
  std::vector<Parameter> query_;
  ingest::PayloadText payload_;
};

struct Input {
  std::shared_ptr<const catalog::Sources> sources;  // keeps `source`
  const catalog::Source* source = nullptr;
  std::optional<std::string_view> origin;  // of a page elsewhere
};

// Many systems can be told a URL and nothing else, so the key may stand in it.
Result<Input> read_input(const Request& request, std::shared_ptr<const catalog::Sources> sources) {
  Input input{std::move(sources), nullptr, foreign_origin(request)};
  if (const auto key = query_value(request.raw_query, kKeyParameter)) {
    input.source = input.sources->by_write_key(*key);
  } else if (const auto header = request.headers.get("Authorization")) {
    input.source = sender_of(input.sources, *header);
  }
  if (input.source == nullptr) {
    return error(Code::kUnauthenticated,
                 "the write key is missing, unknown or disabled: send it as the user of HTTP Basic with an empty "
                 "password, as a bearer token, or as \"key\" in the URL");
  }
  if (const std::string_view name = request.path_parameter("source"); input.source->name != name) {
    return error(Code::kPermissionDenied, "the write key is not that of a source \"" + std::string(name, 0, 100) +
                                              "\": send to /v1/webhook/" + input.source->name);
  }
  return input;
}

std::string render(const ingest::WebhookEvents& events) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("success").boolean(true).key("events").number(static_cast<std::uint64_t>(events.accepted));
  json.key("rejected").begin_array();
  for (const ingest::WebhookRejection& each : events.rejected) {
    json.begin_object().key("mapping").string(each.mapping);
    if (each.index) json.key("index").number(static_cast<std::uint64_t>(*each.index));
    if (!each.message_id.empty()) json.key("messageId").string(each.message_id);
    json.key("code").string(each.code).key("reason").string(each.reason).end_object();
  }
  json.end_array().end_object();
  return body;
}

struct Output {
  std::vector<log::Draft> drafts;
  Response response;  // once they are synced
};

class WebhookHandler {
 public:
  explicit WebhookHandler(Services& services) : services_(services) {}

  void handle(const Request& request, Respond respond) {
    const Result<Input> input = read_input(request, services_.engine.sources());
    if (!input) return respond(problem(input.error()));
    const auto mappings = in_force();
    const auto of_source = mappings->of_source(input->source->name);
    if (of_source.empty()) {
      return respond(problem(Code::kNotFound, "no mapping feeds source " + input->source->name +
                                                  ": publish a definition of kind \"mapping\" with \"source\": \"" +
                                                  input->source->name + "\""));
    }
    Output output = process(*input, of_source, request);
    std::optional<std::string> origin;
    if (input->origin && allows(*input->source, *input->origin)) origin = *input->origin;
    submit_and_answer(services_, std::move(output.drafts), std::move(output.response), std::move(origin),
                      std::move(respond));
  }

 private:
  struct InForce {
    std::shared_ptr<const catalog::Definitions> definitions;
    std::shared_ptr<const ingest::Mappings> mappings;
  };

  // Compiled when definitions have changed; two threads that find it at once both do it, and either result is right.
  std::shared_ptr<const ingest::Mappings> in_force() {
    auto definitions = services_.engine.definitions();
    const auto known = in_force_.load();
    if (known != nullptr && known->definitions == definitions) return known->mappings;
    auto mappings =
        std::make_shared<const ingest::Mappings>(*definitions, known == nullptr ? nullptr : known->mappings.get());
    in_force_.store(std::make_shared<const InForce>(InForce{std::move(definitions), mappings}));
    return mappings;
  }

  Output process(const Input& input, std::span<const ingest::MappingInForce> mappings, const Request& request) const {
    const Timestamp now = services_.clock.wall();
    if (const Status allowed = check_origin(*input.source, input.origin); !allowed) {
      return refused(input, allowed.error(), request, now);
    }
    thread_local ingest::WebhookReader reader;
    const Document document(request, now);
    auto events =
        reader.read(*input.source, *services_.engine.identity_rules(), mappings, document.payload(), request.path);
    if (!events) return refused(input, events.error(), request, now);
    std::string body = render(*events);
    return {std::move(events->drafts), json_response(std::move(body))};
  }

  static Output refused(const Input& input, const Error& why, const Request& request, Timestamp now) {
    Output output;
    output.drafts.push_back(ingest::rejected_draft(input.source->id, {.reason = why.message,
                                                                      .code = "bad_request",
                                                                      .message_id = {},
                                                                      .path = request.path,
                                                                      .index = 0,
                                                                      .received_at = now,
                                                                      .payload = request.body}));
    output.response = problem(why);
    return output;
  }

  Services& services_;
  std::atomic<std::shared_ptr<const InForce>> in_force_;
};

}  // namespace

void add_webhook_routes(Router& router, Services& services) {
  const auto handler = std::make_shared<WebhookHandler>(services);
  router.add(
      Method::kPost, "/v1/webhook/{source}",
      [handler](const Request& request, Respond respond) { handler->handle(request, std::move(respond)); },
      RouteOptions{ingest::kMaxPayloadBytes});
}

}  // namespace tessera::http

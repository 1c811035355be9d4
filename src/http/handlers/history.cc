#include "http/handlers/history.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/json.h"
#include "http/handlers/reading.h"
#include "http/problem.h"
#include "http/text.h"

namespace tessera::http {

namespace {

constexpr std::size_t kMaxQueryBytes = 100'000;
constexpr std::int64_t kMaxItems = 1'000;
constexpr std::int64_t kDefaultItems = 100;
constexpr std::size_t kMaxItemsBytes = 32u << 20;

Response answer_sql(Services& services, const SqlInput& input) {
  Result<analytics::QueryAnswer> answer = services.analytics.sql(input.query, input.format);
  if (!answer) return problem(answer.error());
  Response response;
  response.content_type = input.format == analytics::Format::kCsv ? Response::kCsv : Response::kJson;
  response.body = std::move(answer->text);
  response.position = answer->position;
  if (answer->truncated) response.headers.emplace_back("Tessera-Truncated", "true");
  return response;
}

struct QuarantineInput {
  std::int64_t limit = kDefaultItems;
  std::string source;  // empty: of all
};

Result<QuarantineInput> read_quarantine_input(const Request& request, const catalog::Sources& sources) {
  QuarantineInput input;
  TRY_ASSIGN(input.limit, query_number(request.raw_query, "limit", 1, kMaxItems, kDefaultItems));
  if (const auto source = query_value(request.raw_query, "source")) {
    // Only a known name goes into the statement, and names have no quotes.
    if (sources.by_name(*source) == nullptr) {
      return error(Code::kInvalidArgument, "query parameter \"source\": there is no source \"" + *source + "\"");
    }
    input.source = *source;
  }
  return input;
}

std::string quarantine_statement(const QuarantineInput& input) {
  std::string statement =
      "SELECT coalesce(json_group_array(item), '[]') FROM (SELECT json_object('position', \"offset\", 'received_at', "
      "strftime(received_at, '%Y-%m-%dT%H:%M:%S.%gZ'), 'source', source, 'path', path, 'index', item, "
      "'message_id', message_id, 'code', code, 'reason', reason, 'payload', payload) AS item FROM quarantine ";
  if (!input.source.empty()) statement += "WHERE source = '" + input.source + "' ";
  return statement + "ORDER BY \"offset\" DESC LIMIT " + std::to_string(input.limit) + ")";
}

// The one value of an answer with one row of one column.
Result<std::string> only_value(const std::string& answer) {
  boost::system::error_code failed;
  const boost::json::value document = boost::json::parse(answer, failed);
  const boost::json::value* value = failed ? nullptr : document.find_pointer("/rows/0/0", failed);
  if (failed || value == nullptr) return error(Code::kInternal, "the history's answer is not as expected");
  return boost::json::serialize(*value);
}

Response answer_quarantine(Services& services, const QuarantineInput& input) {
  analytics::QueryLimits limits;
  limits.max_bytes = kMaxItemsBytes;
  const Result<analytics::QueryAnswer> answer =
      services.analytics.sql(quarantine_statement(input), analytics::Format::kJson, limits);
  if (!answer) return problem(answer.error());
  if (answer->truncated)
    return problem(Code::kTooLarge, "the items are too large for one answer: ask with a smaller limit");
  const Result<std::string> items = only_value(answer->text);
  if (!items) return problem(items.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("items").raw(*items).end_object();
  Response response = json_response(std::move(body));
  response.position = answer->position;
  return response;
}

// Runs `work` on a worker, once what the request asked to be seen has taken effect.
template <class Input>
void on_worker(Services& services, const Request& request, Result<Input> input,
               Response (*work)(Services&, const Input&), Respond respond) {
  const Result<Offset> at_least = asked_position(request);
  if (!input || !at_least) return respond(problem(input ? at_least.error() : input.error()));
  auto shared = std::make_shared<Respond>(std::move(respond));
  const auto run = [&services, work, shared, input = std::move(*input)](engine::View&, bool stale) {
    const Status queued = services.workers.submit([&services, work, shared, input, stale] {
      Response response = work(services, input);
      if (stale) response.headers.emplace_back("Tessera-Stale", "true");
      (*shared)(std::move(response));
    });
    if (!queued) (*shared)(problem(queued.error()));
  };
  const Status asked = services.engine.query(*at_least, run);
  if (!asked) (*shared)(problem(asked.error()));
}

}  // namespace

Result<SqlInput> parse_sql_input(std::string_view body) {
  boost::system::error_code failed;
  const boost::json::value document = boost::json::parse(body, failed);
  const boost::json::object* object = failed ? nullptr : document.if_object();
  if (object == nullptr) {
    return error(Code::kInvalidArgument, R"(the body must be a JSON object: {"query":"SELECT …","format":"json"})");
  }
  SqlInput input;
  const boost::json::value* query = object->if_contains("query");
  if (query == nullptr || !query->is_string() || query->as_string().empty()) {
    return error(Code::kInvalidArgument, "the field \"query\" must be there and be SQL text");
  }
  input.query = query->as_string();
  if (input.query.size() > kMaxQueryBytes) {
    return error(Code::kInvalidArgument, "the field \"query\" is over " + std::to_string(kMaxQueryBytes) + " bytes");
  }
  if (const boost::json::value* format = object->if_contains("format")) {
    if (*format != "json" && *format != "csv") {
      return error(Code::kInvalidArgument, R"(the field "format" must be "json" or "csv")");
    }
    if (*format == "csv") input.format = analytics::Format::kCsv;
  }
  return input;
}

void add_history_routes(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kPost, "/v1/sql", guard([&services](const Request& request, Respond respond) {
               on_worker(services, request, parse_sql_input(request.body), answer_sql, std::move(respond));
             }));
  router.add(Method::kGet, "/v1/quarantine", guard([&services](const Request& request, Respond respond) {
               on_worker(services, request, read_quarantine_input(request, *services.engine.sources()),
                         answer_quarantine, std::move(respond));
             }));
}

}  // namespace tessera::http

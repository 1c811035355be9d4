#include "http/handlers/segment_history.h"

#include <algorithm>

#include "base/json.h"
#include "http/handlers/reading.h"
#include "http/problem.h"
#include "http/text.h"
#include "http/time_steps.h"

namespace tessera::http {

namespace {

constexpr std::int64_t kDefaultMs = 30 * kDayMs;

struct Input {
  std::string segment;
  std::string every;
  std::string zone;
  std::vector<Timestamp> begins;
  Timestamp end;
};

Result<Timestamp> query_time(std::string_view query, std::string_view name, std::string_view zone, Timestamp fallback) {
  const auto text = query_value(query, name);
  if (!text) return fallback;
  if (const auto at = parse_zoned(*text, zone)) return *at;
  return error(Code::kInvalidArgument,
               "query parameter \"" + std::string(name) +
                   "\" must be a date or a time such as 2026-11-01 or 2026-11-01T10:00:00Z (a + is written %2B)");
}

// What is after `now` has not happened: nothing is said of it.
Result<Input> read_input(std::string segment, std::string_view query, Timestamp now) {
  Input input{.segment = std::move(segment)};
  input.every = query_value(query, "every").value_or("day");
  const auto every = every_of(input.every);
  if (!every) return error(Code::kInvalidArgument, "query parameter \"every\" must be hour, day, week or month");
  input.zone = query_value(query, "zone").value_or("UTC");
  if (!is_zone(input.zone)) {
    return error(Code::kInvalidArgument, "query parameter \"zone\" must be a time zone such as Europe/Berlin or UTC");
  }
  const Timestamp soon = now + 1;
  TRY_ASSIGN(const Timestamp to, query_time(query, "to", input.zone, soon));
  input.end = std::min(to, soon);
  TRY_ASSIGN(const Timestamp from, query_time(query, "from", input.zone, input.end + -kDefaultMs));
  if (from >= to) return error(Code::kInvalidArgument, "query parameter \"from\" must be before \"to\"");
  if (from >= soon) return error(Code::kInvalidArgument, "query parameter \"from\" lies in the future");
  TRY_ASSIGN(input.begins, time_steps(from, input.end, *every, input.zone));
  return input;
}

std::string render(const Input& input, const analytics::MembershipHistory& history) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("segment").string(input.segment).key("every").string(input.every);
  json.key("zone").string(input.zone).key("position").number(history.position.value).key("steps").begin_array();
  for (std::size_t i = 0; i < history.steps.size(); ++i) {
    const analytics::MembershipStep& step = history.steps[i];
    json.begin_object().key("at").string(zoned_text(input.begins[i], input.zone)).key("size").number(step.members);
    json.key("entered").number(step.entered).key("exited").number(step.exited).end_object();
  }
  json.end_array().end_object();
  return body;
}

// What was asked, and what the engine says about the moment.
struct Question {
  std::string segment;
  std::string query;
  Offset at_least;
  Timestamp now{};  // a clock that was set back may be behind the newest record
  bool stale = false;
};

// May block: on a worker.
Response answer(Services& services, const Question& question) {
  if (services.engine.definitions()->in_force({"segment", question.segment}) == nullptr) {
    return problem(Code::kNotFound,
                   "there is no published segment \"" + question.segment + "\": GET /v1/segments lists them");
  }
  const auto input = read_input(question.segment, question.query, question.now);
  if (!input) return problem(input.error());
  const auto history = services.analytics.membership_history(input->segment, input->begins, input->end);
  if (!history) return problem(history.error());
  Response response = json_response(render(*input, *history));
  mark(response, history->position, question.stale || history->position < question.at_least);
  return response;
}

void read_history(Services& services, const Request& request, Respond respond) {
  const auto at_least = asked_position(request);
  if (!at_least) return respond(problem(at_least.error()));
  const auto shared = std::make_shared<Respond>(std::move(respond));
  Question question{
      .segment = std::string(request.path_parameter("name")), .query = request.raw_query, .at_least = *at_least};
  const auto ask = [&services, shared, question = std::move(question)](engine::View& view, bool stale) mutable {
    question.now = std::max(services.clock.wall(), view.time());
    question.stale = stale;
    const Status queued = services.workers.submit(
        [&services, shared, question = std::move(question)] { (*shared)(answer(services, question)); });
    if (!queued) (*shared)(problem(queued.error()));
  };
  const Status asked = services.engine.query(*at_least, ask);
  if (!asked) (*shared)(problem(asked.error()));
}

}  // namespace

void add_segment_history_route(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kGet, "/v1/segments/{name}/history", guard([&services](const Request& request, Respond respond) {
               read_history(services, request, std::move(respond));
             }));
}

}  // namespace tessera::http

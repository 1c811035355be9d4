#include "http/handlers/explain_past.h"

#include <limits>

#include "analytics/past.h"
#include "http/handlers/profile_key.h"
#include "http/handlers/profiles.h"
#include "http/handlers/reading.h"
#include "http/problem.h"
#include "http/text.h"
#include "http/time_steps.h"

namespace tessera::http {

namespace {

struct Input {
  ProfileKey key;
  Offset at_least;
  analytics::PastQuestion question;
};

Result<Input> read_input(const Request& request, const catalog::IdentityRules& rules) {
  Input input;
  TRY_ASSIGN(input.key, parse_profile_key(request.path_parameter("key")));
  TRY(check_type(input.key, rules));
  TRY_ASSIGN(input.at_least, asked_position(request));
  input.question.segment = request.path_parameter("name");
  if (const auto at = query_value(request.raw_query, "at")) {
    input.question.at = parse_zoned(*at, "UTC");
    if (!input.question.at) {
      return error(Code::kInvalidArgument, "query parameter \"at\" must be a time such as 2026-11-01T10:00:00Z");
    }
  }
  if (query_value(request.raw_query, "position")) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    TRY_ASSIGN(const std::int64_t position, query_number(request.raw_query, "position", 0, kMost, 0));
    input.question.position = Offset{static_cast<std::uint64_t>(position)};
  }
  if (input.question.at && input.question.position) {
    return error(Code::kInvalidArgument, "only one of the query parameters \"at\" and \"position\" may be given");
  }
  return input;
}

// May block: on a worker.
Response answer(Services& services, const analytics::PastQuestion& question) {
  auto found = analytics::explain_past(services.engine, services.analytics, question);
  if (!found) return problem(found.error());
  const auto* version = services.engine.definitions()->in_force({"segment", question.segment});
  return json_response(render_explanation({.id = question.profile,
                                           .segment = question.segment,
                                           .version = version == nullptr ? 0 : version->version,
                                           .member = found->member,
                                           .explanation = std::move(found->explanation),
                                           .at = found->at,
                                           .position = found->position}));
}

}  // namespace

void explain_past(Services& services, const Request& request, Respond respond) {
  Result<Input> input = read_input(request, *services.engine.identity_rules());
  if (!input) return respond(problem(input.error()));
  const auto shared = std::make_shared<Respond>(std::move(respond));
  const Offset at_least = input->at_least;
  const auto ask = [&services, shared, input = std::move(*input)](engine::View& view, bool stale) mutable {
    const Offset position = view.position();
    const auto found = find(view, input.key);
    if (!found) {
      Response response = problem(found.error());
      mark(response, position, stale);
      return (*shared)(std::move(response));
    }
    input.question.profile = *found;
    const Status queued =
        services.workers.submit([&services, shared, question = std::move(input.question), position, stale] {
          Response response = answer(services, question);
          mark(response, position, stale);
          (*shared)(std::move(response));
        });
    if (!queued) (*shared)(problem(queued.error()));
  };
  const Status asked = services.engine.query(at_least, ask);
  if (!asked) (*shared)(problem(asked.error()));
}

}  // namespace tessera::http

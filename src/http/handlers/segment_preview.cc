#include "http/handlers/segment_preview.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "analytics/preview.h"
#include "base/json.h"
#include "http/handlers/profile_key.h"
#include "http/handlers/proposal.h"
#include "http/handlers/reading.h"
#include "http/problem.h"
#include "http/text.h"

namespace tessera::http {

namespace {

constexpr std::int64_t kMaxExamples = 100;

struct Input {
  std::string condition;
  boost::json::array purposes;
  std::size_t examples = 20;
  std::optional<ProfileKey> profile;
  bool exact = false;
  Offset at_least;
};

std::unexpected<Error> wrong(const std::string& what) {
  return error(Code::kInvalidArgument, what);
}

Status read_member(std::string_view name, const boost::json::value& value, Input& input) {
  if (name == "condition") {
    if (!value.is_string()) return wrong("the field \"condition\" must be text");
    input.condition = value.as_string();
  } else if (name == "purposes") {
    if (!value.is_array()) return wrong("the field \"purposes\" must be a list of names");
    input.purposes = value.as_array();
  } else if (name == "sample") {
    if (!value.is_int64() || value.as_int64() < 0 || value.as_int64() > kMaxExamples) {
      return wrong("the field \"sample\" must be a whole number from 0 to " + std::to_string(kMaxExamples));
    }
    input.examples = static_cast<std::size_t>(value.as_int64());
  } else if (name == "profile") {
    if (!value.is_string()) return wrong("the field \"profile\" must be an id or type:value");
    TRY_ASSIGN(input.profile, parse_profile_key(std::string_view(value.as_string())));
  } else if (name == "exact") {
    if (!value.is_bool()) return wrong("the field \"exact\" must be true or false");
    input.exact = value.as_bool();
  } else {
    return wrong("there is no field \"" + std::string(name.substr(0, 100)) +
                 "\": there are condition, purposes, sample, profile and exact");
  }
  return {};
}

Result<Input> read_input(const Request& request, const catalog::IdentityRules& rules) {
  boost::system::error_code failed;
  const boost::json::value document = boost::json::parse(request.body, failed);
  const boost::json::object* object = failed ? nullptr : document.if_object();
  if (object == nullptr || !object->contains("condition")) {
    return wrong(R"(the body must be a JSON object: {"condition":"traits.country == \"DE\""})");
  }
  Input input;
  TRY_ASSIGN(input.at_least, asked_position(request));
  for (const auto& [name, value] : *object) TRY(read_member(name, value, input));
  if (input.profile) TRY(check_type(*input.profile, rules));
  return input;
}

// A name that no segment has, so that the condition may name all there are.
std::string free_name(const catalog::Definitions& definitions) {
  std::string name = "previewed";
  for (int i = 1; definitions.find({"segment", name}) != nullptr; ++i) name = "previewed-" + std::to_string(i);
  return name;
}

catalog::ChangeSet change_of(const Input& input, const std::string& name) {
  boost::json::object document{{"kind", "segment"}, {"name", name}, {"condition", input.condition}};
  if (!input.purposes.empty()) document["purposes"] = input.purposes;
  return {{{catalog::ChangeAction::kPublish, {"segment", name}, boost::json::serialize(document), {}, {}}}, ""};
}

std::string render(const analytics::Preview& found) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("position").number(found.position.value).key("people").number(found.people);
  json.key("count").begin_object().key("estimate").number(found.count.estimate);
  json.key("low").number(found.count.low).key("high").number(found.count.high);
  json.key("exact").boolean(found.count.exact).end_object();
  json.key("sample").begin_array();
  for (const ProfileId id : found.examples) json.string(to_text(id));
  json.end_array().key("cost").begin_object().key("questions").number(found.questions);
  json.key("new_questions").number(found.new_questions).key("events_a_day").number(found.events_a_day);
  json.key("entries").number(found.entries).end_object();
  if (found.why) {
    std::string why;
    segment::append_json(why, *found.why);
    json.key("why").raw(why);
  }
  json.end_object();
  return body;
}

// May block: on a worker.
Response answer(Services& services, const Input& input, std::optional<ProfileId> profile) {
  const auto definitions = services.engine.definitions();
  const std::string name = free_name(*definitions);
  const catalog::ChangeSet set = change_of(input, name);
  const auto problems = check_changes(services.engine.kinds(), *definitions, set);
  if (!problems.empty()) return invalid_definition(problems);
  auto after = definitions->with(set, services.clock.wall(), {}, nullptr);
  if (!after) return problem(after.error());
  const auto found = analytics::preview(services.engine, services.analytics,
                                        {.definitions = std::make_shared<catalog::Definitions>(*std::move(after)),
                                         .segment = name,
                                         .examples = input.examples,
                                         .profile = profile,
                                         .exact = input.exact});
  if (!found) return problem(found.error());
  Response response = json_response(render(*found));
  response.position = found->position;
  return response;
}

void preview(Services& services, const Request& request, Respond respond) {
  Result<Input> input = read_input(request, *services.engine.identity_rules());
  if (!input) return respond(problem(input.error()));
  const auto shared = std::make_shared<Respond>(std::move(respond));
  const Offset at_least = input->at_least;
  const auto ask = [&services, shared, input = std::move(*input)](engine::View& view, bool stale) {
    std::optional<ProfileId> profile;
    if (input.profile) {
      const auto found = find(view, *input.profile);
      if (!found) return (*shared)(problem(found.error()));
      profile = *found;
    }
    const Status queued = services.workers.submit([&services, shared, input, profile, stale] {
      Response response = answer(services, input, profile);
      if (stale) response.headers.emplace_back("Tessera-Stale", "true");
      (*shared)(std::move(response));
    });
    if (!queued) (*shared)(problem(queued.error()));
  };
  const Status asked = services.engine.query(at_least, ask);
  if (!asked) (*shared)(problem(asked.error()));
}

}  // namespace

void add_segment_preview_route(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kPost, "/v1/segments/preview", guard([&services](const Request& request, Respond respond) {
               preview(services, request, std::move(respond));
             }));
}

}  // namespace tessera::http

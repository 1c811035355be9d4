#include "http/handlers/segment_ranks.h"

#include <algorithm>

#include "base/json.h"
#include "http/handlers/reading.h"

namespace tessera::http {

namespace {

constexpr std::size_t kParts = 10;  // what is told of a table: the values at the tenths

void write_value(JsonWriter& json, double value, bool is_time) {
  if (!is_time) {
    json.decimal(value);
  } else {
    json.string(to_text(Timestamp{static_cast<std::int64_t>(value)}));
  }
}

void write_table(JsonWriter& json, const engine::RanksSnapshot& ranks) {
  const segment::RankTable& table = *ranks.table;
  json.key("people").number(table.people).key("at").string(to_text(table.at));
  json.key("tenths").begin_array();
  for (std::size_t k = 1; k <= kParts && !table.least.empty(); ++k) {
    write_value(json, table.least[k * segment::kRankSteps / kParts - 1], ranks.times);
  }
  json.end_array();
}

std::string render(std::vector<engine::RanksSnapshot> all) {
  std::ranges::sort(all, {}, &engine::RanksSnapshot::text);
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("ranks").begin_array();
  for (const engine::RanksSnapshot& ranks : all) {
    json.begin_object().key("text").string(ranks.text);
    if (!ranks.among.empty()) json.key("among").string(ranks.among);
    json.key("pending").boolean(ranks.pending || ranks.table == nullptr);
    if (ranks.table != nullptr) write_table(json, ranks);
    json.end_object();
  }
  json.end_array().end_object();
  return body;
}

void list(Services& services, const Request& request, Respond respond) {
  const auto at_least = asked_position(request);
  if (!at_least) return respond(problem(at_least.error()));
  const auto look = [](engine::View& view) -> Result<std::vector<engine::RanksSnapshot>> { return view.ranks(); };
  read(services, *at_least, std::move(respond), look, render);
}

}  // namespace

void add_segment_ranks_routes(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kGet, "/v1/segments/ranks", guard([&services](const Request& request, Respond respond) {
               list(services, request, std::move(respond));
             }));
  router.add(Method::kPost, "/v1/segments/ranks", guard([&services](const Request&, Respond respond) {
               services.engine.rank();
               Response response = json_response(R"({"status":"asked"})");
               response.status = 202;
               respond(std::move(response));
             }));
}

}  // namespace tessera::http

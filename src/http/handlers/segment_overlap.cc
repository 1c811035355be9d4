#include "http/handlers/segment_overlap.h"

#include <algorithm>

#include "base/json.h"
#include "http/filling.h"
#include "http/handlers/reading.h"
#include "http/problem.h"
#include "http/text.h"

namespace tessera::http {

namespace {

struct OverlapInput {
  std::vector<std::string> segments;
  Offset at_least;
};

Result<OverlapInput> read_input(const Request& request) {
  OverlapInput input;
  TRY_ASSIGN(input.at_least, asked_position(request));
  const std::string text = query_value(request.raw_query, "segments").value_or("");
  for (std::size_t at = 0; at <= text.size() && input.segments.size() <= engine::kMaxOverlapping;) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string name = text.substr(at, end - at);
    if (std::ranges::find(input.segments, name) != input.segments.end()) {
      return error(Code::kInvalidArgument, "query parameter \"segments\" names \"" + name + "\" twice");
    }
    input.segments.push_back(name);
    at = end + 1;
  }
  if (input.segments.size() < 2 || input.segments.size() > engine::kMaxOverlapping) {
    return error(Code::kInvalidArgument, "query parameter \"segments\" must name 2 to " +
                                             std::to_string(engine::kMaxOverlapping) +
                                             " segments, separated by commas");
  }
  return input;
}

// How much of `whole` a part is, from 0 to 1; of nothing 0.
double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void write_pair(JsonWriter& json, const engine::SegmentSnapshot& a, const engine::SegmentSnapshot& b,
                std::uint64_t in_both) {
  const std::uint64_t in_either = a.members + b.members - in_both;
  json.begin_object().key("segments").begin_array().string(a.name).string(b.name).end_array();
  json.key("intersection").number(in_both).key("union").number(in_either);
  json.key("share").decimal(share(in_both, in_either));
  json.key("shares").begin_array().decimal(share(in_both, a.members)).decimal(share(in_both, b.members)).end_array();
  json.end_object();
}

struct Found {
  engine::OverlapSnapshot overlap;
  Filling filling;
};

std::string render(const Found& found) {
  const auto& [segments, overlap] = found.overlap;
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("segments").begin_array();
  for (const engine::SegmentSnapshot& segment : segments) {
    json.begin_object().key("name").string(segment.name);
    json.key("members").number(segment.members).end_object();
  }
  json.end_array().key("intersection").number(overlap.in_all).key("union").number(overlap.in_any);
  json.key("share").decimal(share(overlap.in_all, overlap.in_any)).key("pairs").begin_array();
  std::size_t pair = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    for (std::size_t k = i + 1; k < segments.size(); ++k) {
      write_pair(json, segments[i], segments[k], overlap.pairs[pair++]);
    }
  }
  json.end_array();
  write_filling(json, found.filling);
  json.end_object();
  return body;
}

void read_overlap(Services& services, const Request& request, Respond respond) {
  Result<OverlapInput> input = read_input(request);
  if (!input) return respond(problem(input.error()));
  const auto look = [segments = std::move(input->segments)](engine::View& view) -> Result<Found> {
    Found found{.filling = filling_of(view)};
    TRY_ASSIGN(found.overlap, view.overlap(segments));
    return found;
  };
  read(services, input->at_least, std::move(respond), look, render);
}

}  // namespace

void add_segment_overlap_route(Router& router, Services& services, const Guard& guard) {
  router.add(Method::kGet, "/v1/segments/overlap", guard([&services](const Request& request, Respond respond) {
               read_overlap(services, request, std::move(respond));
             }));
}

}  // namespace tessera::http

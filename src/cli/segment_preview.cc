// `tessera segment preview`: what a condition would bring.
#include <fstream>

#include "base/json.h"
#include "cli/json_document.h"
#include "cli/segment_api.h"
#include "cli/segment_commands.h"
#include "cli/segment_explanation.h"

namespace tessera::cli {

namespace {

// The condition and purposes of a segment's document.
Result<DocumentNode> read_segment(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return error(Code::kNotFound, path + " cannot be read");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  TRY_ASSIGN(DocumentNode document, parse_document(text, path));
  if (document.find("condition") != nullptr) return document;
  return error(Code::kInvalidArgument, path + " has no \"condition\": it is to be one segment, as YAML or JSON");
}

Result<std::string> body_of(const SegmentOptions& options) {
  if (options.file.empty() == options.condition.empty()) {
    return error(Code::kInvalidArgument, "give a segment's file, or --condition with the text of one");
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  if (options.condition.empty()) {
    TRY_ASSIGN(const DocumentNode segment, read_segment(options.file));
    json.key("condition").string(text_of(segment, "condition"));
    if (const DocumentNode* purposes = segment.find("purposes")) json.key("purposes").raw(json_of(*purposes));
  } else {
    json.key("condition").string(options.condition);
  }
  if (!options.profile.empty()) json.key("profile").string(options.profile);
  if (options.exact) json.key("exact").boolean(true);
  json.end_object();
  return body;
}

void show_count(const DocumentNode& answer, std::ostream& out) {
  const DocumentNode* count = answer.find("count");
  if (count == nullptr) return;
  const bool exact = is_true(*count, "exact");
  out << (exact ? "" : "About ") << grouped(text_of(*count, "estimate")) << " of " << grouped(text_of(answer, "people"))
      << " people";
  if (!exact) {
    out << ", between " << grouped(text_of(*count, "low")) << " and " << grouped(text_of(*count, "high"))
        << " with 95 % certainty";
  }
  out << ".\n";
}

void show_cost(const DocumentNode& answer, std::ostream& out) {
  const DocumentNode* cost = answer.find("cost");
  if (cost == nullptr) return;
  out << "It asks " << grouped(text_of(*cost, "questions")) << " questions about history, "
      << grouped(text_of(*cost, "new_questions")) << " of them new, of " << grouped(text_of(*cost, "events_a_day"))
      << " events a day; " << grouped(text_of(*cost, "entries")) << " entries more would be kept.\n";
}

}  // namespace

Status run_segment_preview(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(const std::string body, body_of(options));
  TRY_ASSIGN(SegmentApi api, SegmentApi::open(options.server));
  TRY_ASSIGN(const DocumentNode answer, api.post("/v1/segments/preview", body));
  show_count(answer, out);
  show_cost(answer, out);
  const auto& sample = list_of(answer, "sample");
  if (!sample.empty()) out << "\nSome of them:\n";
  for (const DocumentNode& id : sample) out << id.scalar << '\n';
  const DocumentNode* why = answer.find("why");
  if (why == nullptr) return {};
  out << '\n' << options.profile << (is_true(*why, "holds") ? " would be in it\n\n" : " would not be in it\n\n");
  show_explanation(*why, "", out);
  return {};
}

}  // namespace tessera::cli

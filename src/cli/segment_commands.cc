#include "cli/segment_commands.h"

#include <algorithm>
#include <optional>

#include "cli/document.h"
#include "cli/json_document.h"
#include "cli/text.h"
#include "cli/text_table.h"

namespace tessera::cli {

namespace {

constexpr std::uint32_t kPage = 50;  // people of one request: each may have some hundred values
constexpr std::uint32_t kMaxPages = 10'000'000;
constexpr std::string_view kIndent = "  ";

class Api {
 public:
  static Result<Api> open(const ServerOptions& options) {
    TRY_ASSIGN(std::string token, find_token(options));
    return Api(connect(options, std::move(token)));
  }
  Result<DocumentNode> get(const std::string& path) {
    TRY_ASSIGN(const http_client::Response response, ask(client_, "GET", path));
    return parse_json_document(response.body, client_.options().base_url + path);
  }
  Result<DocumentNode> segment(const std::string& name) { return get(path_of(name)); }
  Result<DocumentNode> members(const std::string& name, std::uint32_t limit, const std::string& after) {
    const std::string from = after.empty() ? "" : "&after=" + http_client::url_encode(after);
    return get(path_of(name) + "/members?profiles=true&limit=" + std::to_string(limit) + from);
  }

 private:
  explicit Api(http_client::Client client) : client_(std::move(client)) {}
  static std::string path_of(const std::string& name) { return "/v1/segments/" + http_client::url_encode(name); }

  http_client::Client client_;
};

std::string text_of(const DocumentNode& node, std::string_view name) {
  const DocumentNode* member = node.find(name);
  return member == nullptr ? std::string() : member->scalar;
}

// The items of a list member; none if there is no such list.
const std::vector<DocumentNode>& list_of(const DocumentNode& node, std::string_view name) {
  static const std::vector<DocumentNode> none;
  const DocumentNode* member = node.find(name);
  return member == nullptr ? none : member->items;
}

bool is_true(const DocumentNode& node, std::string_view name) {
  return text_of(node, name) == "true";
}

std::string grouped(const std::string& number) {
  return number.find_first_not_of("0123456789") == std::string::npos && number.size() < 19 && !number.empty()
             ? with_separators(std::stoull(number))
             : number;
}

void tell_filling(const DocumentNode& answer, std::ostream& out) {
  const DocumentNode* filling = answer.find("filling");
  if (filling == nullptr) return;
  out << "Being filled: " << grouped(text_of(*filling, "done")) << " of " << grouped(text_of(*filling, "of"))
      << " profiles have been looked at.\n";
}

// The person's values of one identifier type.
std::string values_of(const DocumentNode& member, std::string_view type) {
  std::string values;
  for (const DocumentNode& identifier : list_of(member, "identifiers")) {
    if (text_of(identifier, "type") != type) continue;
    values += (values.empty() ? "" : " ") + text_of(identifier, "value");
  }
  return values;
}

// RFC 4180: quotes where a field needs them.
void write_field(std::string_view text, bool first, std::ostream& out) {
  if (!first) out << ',';
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out << text;
    return;
  }
  out << '"';
  for (const char c : text) {
    if (c == '"') out << '"';
    out << c;
  }
  out << '"';
}

std::string trait_text(const DocumentNode* traits, const std::string& name) {
  const DocumentNode* value = traits == nullptr ? nullptr : traits->find(name);
  if (value == nullptr || value->kind == DocumentNode::Kind::kNothing) return {};
  return value->kind == DocumentNode::Kind::kScalar ? value->scalar : json_of(*value);
}

struct CsvColumns {
  std::vector<std::string> identifiers;
  std::vector<std::string> traits;
};

void write_csv_header(const CsvColumns& columns, std::ostream& out) {
  write_field("profile", true, out);
  for (const std::string& type : columns.identifiers) write_field(type, false, out);
  for (const std::string& trait : columns.traits) write_field(trait, false, out);
  if (columns.traits.empty()) write_field("traits", false, out);
  out << "\r\n";
}

void write_csv_row(const DocumentNode& member, const CsvColumns& columns, std::ostream& out) {
  write_field(text_of(member, "id"), true, out);
  for (const std::string& type : columns.identifiers) write_field(values_of(member, type), false, out);
  const DocumentNode* traits = member.find("traits");
  for (const std::string& trait : columns.traits) write_field(trait_text(traits, trait), false, out);
  if (columns.traits.empty()) write_field(traits == nullptr ? "{}" : json_of(*traits), false, out);
  out << "\r\n";
}

std::string stated(const DocumentNode& part) {
  const std::string source = text_of(part, "source");
  if (source.empty()) return {};
  return ", said by " + source + " on " + text_of(part, "stated_at").substr(0, 10) +
         (is_true(part, "counts") ? "" : "; another word counts");
}

void show_reads(const DocumentNode& explanation, const std::string& indent, std::ostream& out) {
  for (const DocumentNode& read : list_of(explanation, "reads")) {
    const DocumentNode* value = read.find("value");
    out << indent << text_of(read, "text") << " is " << (value == nullptr ? "null" : json_of(*value)) << '\n';
    for (const DocumentNode& part : list_of(read, "parts")) {
      const DocumentNode* share = part.find("value");
      out << indent << kIndent << text_of(part, "part") << ": " << (share == nullptr ? "null" : json_of(*share))
          << stated(part) << '\n';
    }
  }
}

// One line of a condition of several, the others below it.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n' || (c == ' ' && line.ends_with(' '))) continue;
    line += c;
  }
  return line;
}

void show_explanation(const DocumentNode& explanation, const std::string& indent, std::ostream& out) {
  out << indent << (is_true(explanation, "holds") ? "✓ " : "✗ ") << on_one_line(text_of(explanation, "text")) << '\n';
  const DocumentNode* value = explanation.find("value");
  if (value != nullptr && value->find("error") != nullptr) {
    out << indent << kIndent << "ended with an error: " << text_of(*value, "error") << '\n';
  }
  for (const DocumentNode& operand : list_of(explanation, "operands")) {
    show_explanation(operand, indent + std::string(kIndent), out);
  }
  show_reads(explanation, indent + std::string(kIndent) + std::string(kIndent), out);
}

}  // namespace

Result<ExportFormat> parse_export_format(std::string_view name) {
  if (name == "csv") return ExportFormat::kCsv;
  if (name == "ndjson") return ExportFormat::kNdjson;
  return error(Code::kInvalidArgument, "\"" + std::string(name) + "\" is no format; allowed: csv, ndjson");
}

Status run_segment_list(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(Api api, Api::open(options.server));
  TRY_ASSIGN(const DocumentNode answer, api.get("/v1/segments"));
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (const DocumentNode& segment : list_of(answer, "segments")) {
    rows.push_back({text_of(segment, "name"), grouped(text_of(segment, "members")), text_of(segment, "description")});
  }
  write_text_table({{.name = "segment"}, {.name = "members", .right = true}, {.name = "whom it means"}}, rows, out);
  tell_filling(answer, out);
  return {};
}

Status run_segment_show(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(Api api, Api::open(options.server));
  TRY_ASSIGN(const DocumentNode segment, api.segment(options.name));
  out << text_of(segment, "name") << ", version " << text_of(segment, "version") << ", published "
      << text_of(segment, "published_at").substr(0, 10) << '\n';
  for (const char* name : {"description", "owner"}) {
    if (const std::string text = text_of(segment, name); !text.empty()) out << text << '\n';
  }
  out << "\n" << text_of(segment, "condition") << "\n\n" << grouped(text_of(segment, "members")) << " members\n";
  tell_filling(segment, out);
  return {};
}

Status run_segment_members(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(Api api, Api::open(options.server));
  std::vector<std::vector<std::optional<std::string>>> rows;
  std::string after;
  while (rows.size() < options.limit) {
    const auto wanted = std::min<std::uint32_t>(kPage, options.limit - static_cast<std::uint32_t>(rows.size()));
    TRY_ASSIGN(const DocumentNode page, api.members(options.name, wanted, after));
    for (const DocumentNode& member : list_of(page, "members")) {
      const DocumentNode* traits = member.find("traits");
      const std::string name =
          std::string(trimmed(trait_text(traits, "firstName") + " " + trait_text(traits, "lastName")));
      rows.push_back({text_of(member, "id"), name.empty() ? trait_text(traits, "name") : name,
                      values_of(member, "user_id"), values_of(member, "email")});
    }
    after = text_of(page, "next");
    if (after.empty()) break;
  }
  write_text_table({{.name = "profile"}, {.name = "name"}, {.name = "user_id"}, {.name = "email"}}, rows, out);
  if (!after.empty()) out << "There are more: --limit shows more of them, `tessera segment export` all.\n";
  return {};
}

Status run_segment_export(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(Api api, Api::open(options.server));
  CsvColumns columns{{}, options.traits};
  if (options.format == ExportFormat::kCsv) {
    TRY_ASSIGN(const DocumentNode rules, api.get("/v1/identity/rules"));
    for (const DocumentNode& type : list_of(rules, "types")) columns.identifiers.push_back(text_of(type, "name"));
  }
  std::string after;
  for (std::uint32_t pages = 0; pages < kMaxPages; ++pages) {
    TRY_ASSIGN(const DocumentNode page, api.members(options.name, kPage, after));
    if (pages == 0 && options.format == ExportFormat::kCsv) write_csv_header(columns, out);
    for (const DocumentNode& member : list_of(page, "members")) {
      if (options.format == ExportFormat::kCsv) {
        write_csv_row(member, columns, out);
      } else {
        out << json_of(member) << '\n';
      }
    }
    if (!out) return error(Code::kUnavailable, "the export cannot be written");
    after = text_of(page, "next");
    if (after.empty()) break;
  }
  out.flush();
  return out ? Status() : error(Code::kUnavailable, "the export cannot be written");
}

Status run_segment_why(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(Api api, Api::open(options.server));
  TRY_ASSIGN(const DocumentNode why, api.get("/v1/profiles/" + http_client::url_encode(options.profile) + "/segments/" +
                                             http_client::url_encode(options.name)));
  out << text_of(why, "id") << (is_true(why, "member") ? " is in " : " is not in ") << options.name << " (version "
      << text_of(why, "version") << ")\n\n";
  if (const DocumentNode* explanation = why.find("explanation")) show_explanation(*explanation, "", out);
  return {};
}

}  // namespace tessera::cli

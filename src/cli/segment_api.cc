#include "cli/segment_api.h"

#include "cli/json_document.h"
#include "cli/text.h"

namespace tessera::cli {

Result<SegmentApi> SegmentApi::open(const ServerOptions& options) {
  TRY_ASSIGN(std::string token, find_token(options));
  return SegmentApi(connect(options, std::move(token)));
}

Result<DocumentNode> SegmentApi::get(const std::string& path) {
  TRY_ASSIGN(const http_client::Response response, ask(client_, "GET", path));
  return parse_json_document(response.body, client_.options().base_url + path);
}

Result<DocumentNode> SegmentApi::post(const std::string& path, std::string_view body) {
  TRY_ASSIGN(const http_client::Response response, ask(client_, "POST", path, body));
  return parse_json_document(response.body, client_.options().base_url + path);
}

Result<DocumentNode> SegmentApi::members(const std::string& name, std::uint32_t limit, const std::string& after) {
  const std::string from = after.empty() ? "" : "&after=" + http_client::url_encode(after);
  return get(path_of(name) + "/members?profiles=true&limit=" + std::to_string(limit) + from);
}

std::string SegmentApi::path_of(const std::string& name) {
  return "/v1/segments/" + http_client::url_encode(name);
}

std::string text_of(const DocumentNode& node, std::string_view name) {
  const DocumentNode* member = node.find(name);
  return member == nullptr ? std::string() : member->scalar;
}

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
  const bool of_history = text_of(*filling, "stage") == "history";
  out << (of_history ? "Being filled from the history: " : "Being filled: ") << grouped(text_of(*filling, "done"))
      << " of " << grouped(text_of(*filling, "of")) << " profiles have been " << (of_history ? "read" : "looked at")
      << ".\n";
}

std::string values_of(const DocumentNode& member, std::string_view type) {
  std::string values;
  for (const DocumentNode& identifier : list_of(member, "identifiers")) {
    if (text_of(identifier, "type") != type) continue;
    values += (values.empty() ? "" : " ") + text_of(identifier, "value");
  }
  return values;
}

std::string trait_text(const DocumentNode* traits, const std::string& name) {
  const DocumentNode* value = traits == nullptr ? nullptr : traits->find(name);
  if (value == nullptr || value->kind == DocumentNode::Kind::kNothing) return {};
  return value->kind == DocumentNode::Kind::kScalar ? value->scalar : json_of(*value);
}

}  // namespace tessera::cli

#include "cli/definition_client.h"

#include <charconv>
#include <string_view>

#include "base/json.h"
#include "cli/json_document.h"

namespace tessera::cli {

namespace {

constexpr std::size_t kMaxPages = 1000;
constexpr int kUnprocessable = 422;

std::string text_of(const DocumentNode& node, std::string_view name) {
  const DocumentNode* member = node.find(name);
  return member != nullptr ? member->scalar : std::string{};
}

// Kinds and names become paths and files: from whatever answers, only those that can be are taken.
bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

std::optional<std::uint32_t> number_of(const DocumentNode& node, std::string_view name) {
  const std::string text = text_of(node, name);
  std::uint32_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || text.empty()) return std::nullopt;
  return number;
}

std::string set_json(const std::vector<PlannedChange>& changes, bool dry_run) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("dry_run").boolean(dry_run).key("changes").begin_array();
  for (const PlannedChange& change : changes) {
    json.begin_object().key("action").string(change.archive ? "archive" : "publish");
    json.key("kind").string(change.kind).key("name").string(change.name);
    if (!change.archive) json.key("document").raw(change.document);
    json.key("replaces").number(std::uint64_t{change.replaces}).end_object();
  }
  json.end_array().end_object();
  return body;
}

}  // namespace

Result<DefinitionClient> DefinitionClient::open(const ServerOptions& options) {
  TRY_ASSIGN(std::string token, find_token(options));
  return DefinitionClient(connect(options, std::move(token)));
}

Result<DocumentNode> DefinitionClient::get(const std::string& path) {
  TRY_ASSIGN(const http_client::Response response, ask(client_, "GET", path));
  return parse_json_document(response.body, client_.options().base_url + path);
}

Result<DefinitionClient::All> DefinitionClient::list() {
  All all;
  std::string after;
  for (std::size_t page = 0; page < kMaxPages; ++page) {
    const std::string from = after.empty() ? "" : "&after=" + http_client::url_encode(after);
    TRY_ASSIGN(const DocumentNode answer, get("/v1/definitions?limit=1000" + from));
    const DocumentNode* definitions = answer.find("definitions");
    if (definitions == nullptr) break;
    for (const DocumentNode& one : definitions->items) {
      const RemoteDefinition remote{text_of(one, "kind"), text_of(one, "name"), number_of(one, "version").value_or(0),
                                    number_of(one, "published")};
      if (!is_name(remote.kind) || !is_name(remote.name)) return no_tessera();
      all.emplace(std::pair(remote.kind, remote.name), remote);
    }
    after = text_of(answer, "next");
    if (after.empty()) return all;
  }
  return no_tessera();
}

std::unexpected<Error> DefinitionClient::no_tessera() const {
  return error(Code::kInternal, client_.options().base_url + " did not answer with its definitions: is it a Tessera?");
}

Result<DocumentNode> DefinitionClient::document(const RemoteDefinition& definition, std::uint32_t version) {
  const std::string path = "/v1/definitions/" + http_client::url_encode(definition.kind) + "/" +
                           http_client::url_encode(definition.name) + "?version=" + std::to_string(version);
  TRY_ASSIGN(const DocumentNode answer, get(path));
  const DocumentNode* document = answer.find("document");
  if (document == nullptr) return error(Code::kInternal, path + ": the answer has no document");
  return *document;
}

Result<std::vector<RemoteUse>> DefinitionClient::uses(const std::string& kind, const std::string& name) {
  TRY_ASSIGN(const DocumentNode answer,
             get("/v1/definitions/" + http_client::url_encode(kind) + "/" + http_client::url_encode(name) + "/uses"));
  const DocumentNode* uses = answer.find("uses");
  if (uses == nullptr) return no_tessera();
  std::vector<RemoteUse> all;
  for (const DocumentNode& one : uses->items) {
    all.push_back({text_of(one, "kind"), text_of(one, "name"), text_of(one, "how")});
  }
  return all;
}

Result<Applied> DefinitionClient::apply(const std::vector<PlannedChange>& changes, bool dry_run) {
  constexpr std::string_view kPath = "/v1/definitions/apply";
  TRY_ASSIGN(const http_client::Response response, client_.request("POST", kPath, {}, set_json(changes, dry_run)));
  if (!response.ok() && response.status != kUnprocessable) return std::unexpected(refusal(response, "refused"));
  TRY_ASSIGN(const DocumentNode answer, parse_json_document(response.body, kPath));
  Applied applied;
  if (const DocumentNode* problems = answer.find("problems")) {
    for (const DocumentNode& one : problems->items) {
      applied.problems.push_back(
          {text_of(one, "kind"), text_of(one, "name"), text_of(one, "pointer"), text_of(one, "message")});
    }
  }
  if (!response.ok() && applied.problems.empty()) return std::unexpected(refusal(response, "refused"));
  if (const DocumentNode* made = answer.find("changes")) {
    for (const DocumentNode& one : made->items) {
      if (one.find("write_key") == nullptr) continue;
      applied.write_keys.emplace_back(text_of(one, "name"), text_of(one, "write_key"));
    }
  }
  return applied;
}

}  // namespace tessera::cli

#include "cli/correction_commands.h"

#include "base/json.h"
#include "cli/document.h"
#include "cli/json_document.h"

namespace tessera::cli {

namespace {

Status correct(const CorrectionOptions& options, const std::string& what, const std::string& body, std::ostream& out) {
  TRY_ASSIGN(std::string token, find_token(options.server));
  http_client::Client client = connect(options.server, std::move(token));
  const std::string path = "/v1/profiles/" + http_client::url_encode(options.profile) + "/" + what;
  TRY_ASSIGN(const http_client::Response response, ask(client, "POST", path, body));
  TRY_ASSIGN(const DocumentNode answer, parse_json_document(response.body, options.server.url + path));
  const DocumentNode* profiles = answer.find("profiles");
  if (profiles == nullptr) return error(Code::kInternal, path + ": the answer has no profiles: is it a Tessera?");
  for (const DocumentNode& profile : profiles->items) {
    const DocumentNode* id = profile.find("id");
    const DocumentNode* parts = profile.find("parts");
    if (id == nullptr || parts == nullptr) continue;
    out << id->scalar << " has the parts";
    for (const DocumentNode& part : parts->items) out << ' ' << part.scalar;
    out << '\n';
  }
  return {};
}

}  // namespace

Status run_unmerge(const CorrectionOptions& options, std::ostream& out) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("parts").begin_array();
  for (const std::string& part : options.parts) json.string(part);
  json.end_array().key("keep_apart").boolean(options.keep_apart).end_object();
  return correct(options, "unmerge", body, out);
}

Status run_detach(const CorrectionOptions& options, std::ostream& out) {
  const std::size_t colon = options.identifier.find(':');
  if (colon == std::string::npos) {
    return error(Code::kInvalidArgument,
                 "\"" + options.identifier + "\" is no identifier: write type:value, as in phone:+441632960123");
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("type").string(std::string_view(options.identifier).substr(0, colon));
  json.key("value").string(std::string_view(options.identifier).substr(colon + 1)).end_object();
  return correct(options, "detach", body, out);
}

}  // namespace tessera::cli

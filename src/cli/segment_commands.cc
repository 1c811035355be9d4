#include "cli/segment_commands.h"

#include <algorithm>
#include <optional>

#include "cli/json_document.h"
#include "cli/segment_api.h"
#include "cli/segment_explanation.h"
#include "cli/text.h"
#include "cli/text_table.h"

namespace tessera::cli {

Status run_segment_list(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(SegmentApi api, SegmentApi::open(options.server));
  TRY_ASSIGN(const DocumentNode answer, api.get("/v1/segments"));
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (const DocumentNode& segment : list_of(answer, "segments")) {
    const std::string waits = is_true(segment, "pending") ? " (waits for the history)" : "";
    rows.push_back(
        {text_of(segment, "name"), grouped(text_of(segment, "members")), text_of(segment, "description") + waits});
  }
  write_text_table({{.name = "segment"}, {.name = "members", .right = true}, {.name = "whom it means"}}, rows, out);
  tell_filling(answer, out);
  return {};
}

Status run_segment_show(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(SegmentApi api, SegmentApi::open(options.server));
  TRY_ASSIGN(const DocumentNode segment, api.segment(options.name));
  out << text_of(segment, "name") << ", version " << text_of(segment, "version") << ", published "
      << text_of(segment, "published_at").substr(0, 10) << '\n';
  for (const char* name : {"description", "owner"}) {
    if (const std::string text = text_of(segment, name); !text.empty()) out << text << '\n';
  }
  const std::string condition = is_true(segment, "list") ? "Those on its list." : text_of(segment, "condition");
  out << "\n" << condition << "\n\n" << grouped(text_of(segment, "members")) << " members\n";
  if (is_true(segment, "pending"))
    out << "It waits for the history: nobody enters or leaves before all of it is taken in.\n";
  tell_filling(segment, out);
  return {};
}

Status run_segment_members(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(SegmentApi api, SegmentApi::open(options.server));
  std::vector<std::vector<std::optional<std::string>>> rows;
  std::string after;
  while (rows.size() < options.limit) {
    const auto wanted =
        std::min<std::uint32_t>(SegmentApi::kPage, options.limit - static_cast<std::uint32_t>(rows.size()));
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

Status run_segment_why(const SegmentOptions& options, std::ostream& out) {
  TRY_ASSIGN(SegmentApi api, SegmentApi::open(options.server));
  const std::string at = options.at.empty() ? "" : "?at=" + http_client::url_encode(options.at);
  TRY_ASSIGN(const DocumentNode why, api.get("/v1/profiles/" + http_client::url_encode(options.profile) + "/segments/" +
                                             http_client::url_encode(options.name) + at));
  const std::string is = at.empty() ? " is" : " was";
  out << text_of(why, "id") << is << (is_true(why, "member") ? " in " : " not in ") << options.name;
  if (!at.empty()) out << " at " << text_of(why, "at");
  out << " (version " << text_of(why, "version") << (at.empty() ? ")\n\n" : ", as it says now)\n\n");
  if (const DocumentNode* explanation = why.find("explanation")) show_explanation(*explanation, "", out);
  return {};
}

}  // namespace tessera::cli

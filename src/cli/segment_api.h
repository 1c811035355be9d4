// What the commands about segments ask the server, and how they read its answers. One thread.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/document.h"
#include "cli/server.h"
#include "http_client/client.h"

namespace tessera::cli {

class SegmentApi {
 public:
  static constexpr std::uint32_t kPage = 50;  // people of one request: each may have some hundred values

  static Result<SegmentApi> open(const ServerOptions& options);
  Result<DocumentNode> get(const std::string& path);
  Result<DocumentNode> post(const std::string& path, std::string_view body);
  Result<DocumentNode> segment(const std::string& name) { return get(path_of(name)); }
  // A page of members with what is known of each, from those behind `after`; empty: from the first.
  Result<DocumentNode> members(const std::string& name, std::uint32_t limit, const std::string& after);
  static std::string path_of(const std::string& name);

 private:
  explicit SegmentApi(http_client::Client client) : client_(std::move(client)) {}

  http_client::Client client_;
};

// A member's scalar; empty if there is none.
std::string text_of(const DocumentNode& node, std::string_view name);
// The items of a list member; none if there is no such list.
const std::vector<DocumentNode>& list_of(const DocumentNode& node, std::string_view name);
bool is_true(const DocumentNode& node, std::string_view name);
// A whole number with separators; anything else as it is.
std::string grouped(const std::string& number);
// A line if the answer says that segments are being filled.
void tell_filling(const DocumentNode& answer, std::ostream& out);

// A person's values of one identifier type, separated by spaces.
std::string values_of(const DocumentNode& member, std::string_view type);
// A trait as text, lists and maps as JSON; empty if it is not there.
std::string trait_text(const DocumentNode* traits, const std::string& name);

}  // namespace tessera::cli

#include "cli/document.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tessera::cli {

namespace {

constexpr std::size_t kMaxKeyBytes = 100;  // bounds the places of a deep document's parts

std::unexpected<Error> refuse_at(std::string_view where, std::size_t line, std::string_view place,
                                 std::string_view message) {
  std::string text = std::string(where) + ":" + std::to_string(line) + ": ";
  if (!place.empty()) text += std::string(place) + ": ";
  return error(Code::kInvalidArgument, text + std::string(message));
}

// Copies the library's tree, which shares what aliases name, into one of our own.
class Copier {
 public:
  explicit Copier(std::string_view where) : where_(where) {}

  Result<DocumentNode> copy(const YAML::Node& from, const std::string& place, int depth) {
    DocumentNode out;
    out.line = static_cast<std::size_t>(std::max(0, from.Mark().line)) + 1;
    out.place = place;
    if (++nodes_ > kMaxDocumentNodes)
      return refuse_at(where_, out.line, place, "the document has more than 50,000 parts");
    if (depth > kMaxDocumentDepth) return refuse_at(where_, out.line, place, "nested deeper than 100 levels");
    if (from.IsScalar()) {
      out.kind = DocumentNode::Kind::kScalar;
      out.scalar = from.Scalar();
      out.quoted = from.Tag() == "!" || from.Tag() == "tag:yaml.org,2002:str";
    } else if (from.IsSequence()) {
      out.kind = DocumentNode::Kind::kList;
      for (const YAML::Node& item : from) {
        TRY_ASSIGN(DocumentNode copied, copy(item, place + "[" + std::to_string(out.items.size()) + "]", depth + 1));
        out.items.push_back(std::move(copied));
      }
    } else if (from.IsMap()) {
      out.kind = DocumentNode::Kind::kMap;
      TRY(copy_members(from, place, depth, out));
    }
    return out;
  }

 private:
  Status copy_members(const YAML::Node& from, const std::string& place, int depth, DocumentNode& out) {
    for (const auto& member : from) {
      if (!member.first.IsScalar()) return refuse_at(where_, out.line, place, "a key must be a text");
      const std::string key = member.first.Scalar();
      if (key.size() > kMaxKeyBytes) return refuse_at(where_, out.line, place, "a key has at most 100 characters");
      const std::string at = place.empty() ? key : place + "." + key;
      TRY_ASSIGN(DocumentNode copied, copy(member.second, at, depth + 1));
      copied.line = static_cast<std::size_t>(std::max(0, member.first.Mark().line)) + 1;
      if (out.find(key) != nullptr) return refuse_at(where_, copied.line, at, "this key is there twice");
      out.members.push_back({key, std::move(copied)});
    }
    return {};
  }

  std::string_view where_;
  std::size_t nodes_ = 0;
};

}  // namespace

const DocumentNode* DocumentNode::find(std::string_view key) const {
  for (const auto& [name, node] : members) {
    if (name == key) return &node;
  }
  return nullptr;
}

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

namespace {

// What `load` makes of YAML; the library's exceptions end here.
template <class Load>
auto loaded(std::string_view where, Load load) -> decltype(load()) {
  try {
    return load();
  } catch (const YAML::Exception& failed) {
    const int line = std::max(0, failed.mark.line) + 1;
    return refuse_at(where, static_cast<std::size_t>(line), "", "no valid YAML: " + failed.msg);
  } catch (const std::exception& failed) {
    return error(Code::kInvalidArgument, std::string(where) + ": no valid YAML: " + failed.what());
  }
}

}  // namespace

Result<DocumentNode> parse_document(std::string_view yaml, std::string_view where) {
  return loaded(where, [&] { return Copier(where).copy(YAML::Load(std::string(yaml)), "", 0); });
}

Result<std::vector<DocumentNode>> parse_documents(std::string_view yaml, std::string_view where) {
  return loaded(where, [&]() -> Result<std::vector<DocumentNode>> {
    std::vector<DocumentNode> documents;
    Copier copier(where);
    for (const YAML::Node& root : YAML::LoadAll(std::string(yaml))) {
      TRY_ASSIGN(DocumentNode document, copier.copy(root, "", 0));
      documents.push_back(std::move(document));
    }
    return documents;
  });
}

std::unexpected<Error> DocumentReader::refuse(const DocumentNode& node, std::string_view message) const {
  return refuse_at(where_, node.line, node.place, message);
}

Status DocumentReader::check_keys(const DocumentNode& node, std::initializer_list<std::string_view> allowed) const {
  const std::vector<std::string> words(allowed.begin(), allowed.end());
  if (node.kind != DocumentNode::Kind::kMap) return refuse(node, "must be a map with the keys " + listed(words));
  for (const auto& [name, member] : node.members) {
    if (std::ranges::find(words, name) == words.end()) {
      return refuse(member, "unknown key \"" + name + "\"; allowed: " + listed(words));
    }
  }
  return {};
}

Result<std::string> DocumentReader::text(const DocumentNode& node) const {
  if (node.kind != DocumentNode::Kind::kScalar) return refuse(node, "must be a text");
  return node.scalar;
}

Result<bool> DocumentReader::boolean(const DocumentNode& node) const {
  if (node.kind == DocumentNode::Kind::kScalar && node.scalar == "true") return true;
  if (node.kind == DocumentNode::Kind::kScalar && node.scalar == "false") return false;
  return refuse(node, "must be true or false");
}

Result<std::int64_t> DocumentReader::integer(const DocumentNode& node, std::int64_t least, std::int64_t most) const {
  std::int64_t value = 0;
  const char* end = node.scalar.data() + node.scalar.size();
  const auto read = std::from_chars(node.scalar.data(), end, value);
  if (node.kind == DocumentNode::Kind::kScalar && read.ec == std::errc() && read.ptr == end && value >= least &&
      value <= most) {
    return value;
  }
  return refuse(node, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

Result<std::vector<std::string>> DocumentReader::texts(const DocumentNode& node) const {
  std::vector<std::string> out;
  if (node.kind == DocumentNode::Kind::kScalar) return std::vector<std::string>{node.scalar};
  if (node.kind != DocumentNode::Kind::kList) return refuse(node, "must be a text or a list of texts");
  for (const DocumentNode& item : node.items) {
    TRY_ASSIGN(std::string one, text(item));
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::size_t> DocumentReader::word(const DocumentNode& node,
                                         std::initializer_list<std::string_view> words) const {
  const auto found = std::ranges::find(words, std::string_view(node.scalar));
  if (node.kind == DocumentNode::Kind::kScalar && found != words.end())
    return static_cast<std::size_t>(found - words.begin());
  const std::string given =
      node.kind == DocumentNode::Kind::kScalar ? "\"" + node.scalar + "\" is not known" : "must be a word";
  return refuse(node, given + "; allowed: " + listed(std::vector<std::string>(words.begin(), words.end())));
}

}  // namespace tessera::cli

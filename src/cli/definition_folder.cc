#include "cli/definition_folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

#include "cli/json_document.h"

namespace tessera::cli {

namespace {

namespace files = std::filesystem;

Result<std::vector<std::string>> list_files(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code failed;
  files::recursive_directory_iterator at(folder, failed);
  for (const files::recursive_directory_iterator end; !failed && at != end; at.increment(failed)) {
    const files::path& path = at->path();
    if (path.filename().native().starts_with('.')) {
      if (at->is_directory(failed)) at.disable_recursion_pending();
      continue;
    }
    const std::string ending = path.extension().string();
    const bool known = ending == ".yaml" || ending == ".yml" || ending == ".json";
    if (!known || !at->is_regular_file(failed)) continue;
    if (paths.size() == kMaxDefinitionFiles) {
      return error(Code::kTooLarge, folder + " has more than 20,000 files");
    }
    paths.push_back(path.string());
  }
  if (failed) return error(Code::kNotFound, folder + " cannot be listed: " + failed.message());
  std::ranges::sort(paths);
  return paths;
}

Result<std::string> read_file(const std::string& path) {
  std::error_code failed;
  const auto size = files::file_size(path, failed);
  if (!failed && size > kMaxDefinitionFileBytes) return error(Code::kTooLarge, path + ": has more than 8 MB");
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (failed || !in) return error(Code::kNotFound, path + ": cannot be read");
  return text;
}

Result<std::vector<DocumentNode>> read_documents(const std::string& path) {
  TRY_ASSIGN(const std::string text, read_file(path));
  if (!path.ends_with(".json")) return parse_documents(text, path);
  TRY_ASSIGN(DocumentNode root, parse_json_document(text, path));
  if (root.kind == DocumentNode::Kind::kList) return std::move(root.items);
  std::vector<DocumentNode> documents;
  documents.push_back(std::move(root));
  return documents;
}

// The text under `name`, or what is wrong with it in `problem`.
std::string text_of(const DocumentNode& document, std::string_view name, std::string& problem) {
  const DocumentNode* node = document.find(name);
  if (node == nullptr) {
    problem = "is missing \"" + std::string(name) + "\"";
  } else if (node->kind != DocumentNode::Kind::kScalar) {
    problem = "\"" + std::string(name) + "\" must be a text";
  } else {
    return node->scalar;
  }
  return {};
}

class Reader {
 public:
  void read(const std::string& path) {
    auto documents = read_documents(path);
    if (!documents) return folder_.problems.push_back(documents.error().message);
    for (DocumentNode& document : *documents) {
      if (document.kind != DocumentNode::Kind::kNothing) take(path, std::move(document));
    }
  }

  DefinitionFolder take() && { return std::move(folder_); }

 private:
  void take(const std::string& path, DocumentNode document) {
    LocalDefinition local{{}, {}, path, std::move(document)};
    std::string problem;
    if (local.document.kind == DocumentNode::Kind::kMap) {
      local.kind = text_of(local.document, "kind", problem);
      if (problem.empty()) local.name = text_of(local.document, "name", problem);
    } else {
      problem = "must be a map with kind and name";
    }
    const auto [first, is_new] = seen_.emplace(std::pair(local.kind, local.name), local.place(""));
    if (problem.empty() && !is_new) {
      problem = local.kind + " " + local.name + " is defined in " + first->second + " already";
    }
    if (!problem.empty()) return folder_.problems.push_back(local.place("") + ": " + problem);
    folder_.definitions.push_back(std::move(local));
  }

  DefinitionFolder folder_;
  std::map<std::pair<std::string, std::string>, std::string> seen_;  // where
};

}  // namespace

std::string LocalDefinition::place(std::string_view pointer) const {
  return file + ":" + std::to_string(node_at(document, pointer).line);
}

Result<DefinitionFolder> read_definition_folder(const std::string& folder) {
  TRY_ASSIGN(const std::vector<std::string> paths, list_files(folder));
  Reader reader;
  for (const std::string& path : paths) reader.read(path);
  return std::move(reader).take();
}

Result<DefinitionFolder> read_definition_file(const std::string& path) {
  std::error_code failed;
  if (!files::is_regular_file(path, failed)) return error(Code::kNotFound, path + ": cannot be read");
  Reader reader;
  reader.read(path);
  return std::move(reader).take();
}

}  // namespace tessera::cli

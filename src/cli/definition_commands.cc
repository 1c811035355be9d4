#include "cli/definition_commands.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>
#include <vector>

#include "cli/definition_client.h"
#include "cli/definition_folder.h"
#include "cli/json_document.h"
#include "cli/line_diff.h"
#include "cli/text_table.h"
#include "cli/yaml_writer.h"

namespace tessera::cli {

namespace {

namespace files = std::filesystem;

constexpr std::string_view kMargin = "    ";

// How the folder and the server differ.
struct Plan {
  std::vector<PlannedChange> changes;
  std::string shown;  // a line for each difference, changed ones with their lines
  std::size_t created = 0;
  std::size_t changed = 0;
  std::size_t unchanged = 0;
  std::vector<RemoteDefinition> only_there;  // in force, and not in the folder
};

// A line such as "+ segment buyers (segments/buyers.yaml:1)".
std::string headline(char mark, const std::string& kind, const std::string& name, const std::string& rest) {
  return std::string(1, mark) + " " + kind + " " + name + " (" + rest + ")\n";
}

Status compare(const LocalDefinition& local, const RemoteDefinition* remote, DefinitionClient& client, Plan& plan) {
  PlannedChange change{.kind = local.kind, .name = local.name, .document = json_of(local.document)};
  if (remote != nullptr) change.replaces = remote->newest;
  if (remote == nullptr || !remote->published) {
    ++plan.created;
    plan.shown += headline('+', local.kind, local.name, local.place(""));
  } else {
    TRY_ASSIGN(const DocumentNode there, client.document(*remote, *remote->published));
    const std::string lines = line_diff(yaml_of(there), yaml_of(local.document), kMargin);
    if (lines.empty()) {
      ++plan.unchanged;
      return {};
    }
    ++plan.changed;
    plan.shown += headline('~', local.kind, local.name, local.place("")) + lines;
  }
  plan.changes.push_back(std::move(change));
  return {};
}

Result<Plan> make_plan(const DefinitionFolder& folder, DefinitionClient& client) {
  TRY_ASSIGN(const DefinitionClient::All remote, client.list());
  Plan plan;
  std::set<std::pair<std::string, std::string>> here;
  for (const LocalDefinition& local : folder.definitions) {
    const auto there = remote.find({local.kind, local.name});
    TRY(compare(local, there != remote.end() ? &there->second : nullptr, client, plan));
    here.emplace(local.kind, local.name);
  }
  for (const auto& [key, definition] : remote) {
    if (definition.published && !here.contains(key)) plan.only_there.push_back(definition);
  }
  return plan;
}

void show_only_there(Plan& plan) {
  for (const RemoteDefinition& definition : plan.only_there) {
    plan.shown += headline('-', definition.kind, definition.name, "not in the folder");
  }
}

void archive_only_there(Plan& plan) {
  show_only_there(plan);
  for (const RemoteDefinition& definition : plan.only_there) {
    plan.changes.push_back(
        {.archive = true, .kind = definition.kind, .name = definition.name, .replaces = definition.newest});
  }
}

// Tells what is wrong with files; true if something is.
bool tell_file_problems(const DefinitionFolder& folder, std::ostream& problems) {
  for (const std::string& problem : folder.problems) problems << problem << '\n';
  return !folder.problems.empty();
}

void tell_problem(const DefinitionFolder& folder, const ChangeProblem& problem, std::ostream& out) {
  std::string where = problem.kind + " " + problem.name;
  for (const LocalDefinition& local : folder.definitions) {
    if (local.kind == problem.kind && local.name == problem.name) where = local.place(problem.pointer);
  }
  out << where << ": " << (problem.pointer.empty() ? "" : problem.pointer + ": ") << problem.message << '\n';
}

std::string counted(const Plan& plan, bool archive) {
  std::string out = std::to_string(plan.created) + " to create, " + std::to_string(plan.changed) + " to change, ";
  if (archive) out += std::to_string(plan.only_there.size()) + " to archive, ";
  return out + std::to_string(plan.unchanged) + " as they are";
}

Status write_file(const files::path& path, const std::string& text) {
  std::error_code failed;
  files::create_directories(path.parent_path(), failed);
  if (failed) return error(Code::kUnavailable, path.parent_path().string() + ": " + failed.message());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return error(Code::kUnavailable, path.string() + ": cannot be written");
  return {};
}

}  // namespace

Result<bool> run_apply(const FolderOptions& options, std::ostream& out, std::ostream& problems) {
  TRY_ASSIGN(const DefinitionFolder folder, read_definition_folder(options.folder));
  if (tell_file_problems(folder, problems)) return false;
  TRY_ASSIGN(DefinitionClient client, DefinitionClient::open(options.server));
  TRY_ASSIGN(Plan plan, make_plan(folder, client));
  if (options.prune) archive_only_there(plan);
  out << plan.shown << counted(plan, options.prune) << '\n';
  if (plan.changes.empty()) return true;
  TRY_ASSIGN(const Applied applied, client.apply(plan.changes, options.dry_run));
  for (const ChangeProblem& problem : applied.problems) tell_problem(folder, problem, problems);
  if (!applied.problems.empty()) {
    problems << "refused: " << applied.problems.size() << (applied.problems.size() == 1 ? " problem" : " problems")
             << "; nothing was changed\n";
    return false;
  }
  for (const auto& [source, key] : applied.write_keys) {
    out << "source " << source << " has the write key " << key << " (keep it: a server source's is not shown again)\n";
  }
  out << (options.dry_run ? "nothing was changed: this was a dry run\n" : "done: all of it is in force\n");
  return true;
}

Result<bool> run_diff(const FolderOptions& options, std::ostream& out, std::ostream& problems) {
  TRY_ASSIGN(const DefinitionFolder folder, read_definition_folder(options.folder));
  if (tell_file_problems(folder, problems)) return false;
  TRY_ASSIGN(DefinitionClient client, DefinitionClient::open(options.server));
  TRY_ASSIGN(Plan plan, make_plan(folder, client));
  show_only_there(plan);
  out << plan.shown;
  return plan.shown.empty();
}

Status run_export(const FolderOptions& options, std::ostream& out) {
  TRY_ASSIGN(DefinitionClient client, DefinitionClient::open(options.server));
  TRY_ASSIGN(const DefinitionClient::All remote, client.list());
  std::size_t written = 0;
  for (const auto& [key, definition] : remote) {
    if (!definition.published) continue;
    TRY_ASSIGN(const DocumentNode document, client.document(definition, *definition.published));
    const files::path path = files::path(options.folder) / definition.kind / (definition.name + ".yaml");
    TRY(write_file(path, yaml_of(document)));
    ++written;
  }
  out << written << " definitions written to " << options.folder << '\n';
  return {};
}

Status run_uses(const UsesOptions& options, std::ostream& out) {
  TRY_ASSIGN(DefinitionClient client, DefinitionClient::open(options.server));
  TRY_ASSIGN(const auto uses, client.uses(options.kind, options.name));
  if (uses.empty()) {
    out << "Nothing in force names " << options.kind << ' ' << options.name << ".\n";
    return {};
  }
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (const RemoteUse& use : uses) rows.push_back({use.kind, use.name, use.how});
  write_text_table({{"kind"}, {"name"}, {"how"}}, rows, out);
  return {};
}

}  // namespace tessera::cli

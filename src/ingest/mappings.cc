#include "ingest/mappings.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "ingest/schemas.h"
#include "json_schema/schema.h"

namespace tessera::ingest {

namespace {

constexpr std::string_view kKind = "mapping";

MappingInForce compiled(std::shared_ptr<const catalog::Definition> definition) {
  MappingInForce made{.definition = std::move(definition), .name = {}, .source = {}, .mapping = {}, .problem = {}};
  made.name = made.definition->key.name;
  boost::system::error_code failed;
  const auto document = boost::json::parse(made.definition->in_force()->document, failed);
  if (failed || !document.is_object()) {
    made.problem = "it is not a JSON object";
    return made;
  }
  const MappingDocument mapping = read_mapping(document.get_object());
  made.source = mapping.source;
  std::vector<MappingProblem> problems;
  made.mapping = Mapping::compile(mapping, problems);
  if (!problems.empty()) made.problem = problems[0].pointer + ": " + problems[0].message;
  return made;
}

// The references of all in force; documents that cannot be read are told elsewhere.
void check_sources(const catalog::Definitions& after, const std::function<void(catalog::Problem)>& report) {
  std::map<std::string, std::size_t> of_source;
  std::size_t count = 0;
  for (const auto& definition : after.in_force(kKind)) {
    boost::system::error_code failed;
    const auto document = boost::json::parse(definition->in_force()->document, failed);
    if (failed || !document.is_object()) continue;
    const std::string source = read_mapping(document.get_object()).source;
    if (after.in_force({"source", source}) == nullptr) {
      report({definition->key, "/source", "there is no published source \"" + source + "\""});
    } else if (++of_source[source] == kMaxMappingsOfSource + 1) {
      report({definition->key, "/source",
              "a source may have at most " + std::to_string(kMaxMappingsOfSource) + " published mappings, and " +
                  source + " has more"});
    }
    if (++count == kMaxMappings + 1) {
      report({definition->key, "", "there may be at most " + std::to_string(kMaxMappings) + " published mappings"});
    }
  }
}

}  // namespace

catalog::Kind mapping_kind() {
  return {.name = kKind,
          .title = "A mapping: how a foreign JSON document becomes events",
          .schema = kMappingSchema,
          .check =
              [](const catalog::DefinitionKey&, const boost::json::value& document, const catalog::Definitions&,
                 const catalog::Report& report) {
                std::vector<MappingProblem> problems;
                Mapping::compile(read_mapping(document.get_object()), problems);
                for (MappingProblem& problem : problems) report(std::move(problem.pointer), std::move(problem.message));
              },
          .check_all = check_sources};
}

std::shared_ptr<const Mapping> compile_mapping(std::string_view json, std::vector<MappingProblem>& problems) {
  static const auto schema = json_schema::Schema::compile(kMappingSchema);
  TESSERA_ASSERT(schema);
  boost::system::error_code failed;
  const auto document = boost::json::parse(json, failed);
  if (failed) {
    problems.push_back({"", "it is not JSON: " + failed.message()});
    return nullptr;
  }
  const auto violations = schema->validate(document);
  for (const auto& [pointer, message] : violations) problems.push_back({pointer, message});
  return violations.empty() ? Mapping::compile(read_mapping(document.get_object()), problems) : nullptr;
}

Mappings::Mappings(const catalog::Definitions& definitions, const Mappings* before) {
  for (auto& definition : definitions.in_force(kKind)) {
    const MappingInForce* same = nullptr;
    if (before != nullptr) {
      for (const auto& [source, mappings] : before->by_source_) {
        const auto found = std::ranges::find(mappings, definition, &MappingInForce::definition);
        if (found != mappings.end()) same = &*found;
      }
    }
    MappingInForce mapping = same != nullptr ? *same : compiled(definition);
    by_source_[mapping.source].push_back(std::move(mapping));
  }
}

std::span<const MappingInForce> Mappings::of_source(std::string_view source) const {
  const auto found = by_source_.find(source);
  if (found == by_source_.end()) return {};
  return found->second;
}

}  // namespace tessera::ingest

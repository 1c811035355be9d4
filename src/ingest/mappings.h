// Mappings as definitions: their kind, and those in force, compiled.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/definition.h"
#include "catalog/kind.h"
#include "ingest/mapping.h"

namespace tessera::ingest {

inline constexpr std::size_t kMaxMappings = 1'000;  // published, in all
inline constexpr std::size_t kMaxMappingsOfSource = 20;

// Definitions of kind "mapping" (schemas/mapping.json). Checked are the expressions, and that the source is published.
catalog::Kind mapping_kind();

// A mapping's document, checked and compiled by itself: by its schema and its expressions. Null, and problems, if it is
// wrong. For using it without a server.
std::shared_ptr<const Mapping> compile_mapping(std::string_view json, std::vector<MappingProblem>& problems);

// A mapping in force. `mapping` is null if it does not compile, which publishing keeps from happening; `problem` says
// why then.
struct MappingInForce {
  std::shared_ptr<const catalog::Definition> definition;
  std::string name;
  std::string source;
  std::shared_ptr<const Mapping> mapping;
  std::string problem;
};

// Those of one moment's definitions. Immutable; any thread.
class Mappings {
 public:
  // What did not change since `before` (null: there was nothing) is not compiled again.
  Mappings(const catalog::Definitions& definitions, const Mappings* before);

  // By name.
  std::span<const MappingInForce> of_source(std::string_view source) const;

 private:
  std::map<std::string, std::vector<MappingInForce>, std::less<>> by_source_;
};

}  // namespace tessera::ingest

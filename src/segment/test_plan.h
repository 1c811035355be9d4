// Definitions and plans for this module's tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "catalog/definition.h"
#include "segment/plan.h"

namespace tessera::segment {

// Definitions in force, one document after another.
class TestDefinitions {
 public:
  TestDefinitions& segment(const std::string& name, const std::string& condition) {
    return put("segment", name, "condition", quoted(condition));
  }
  TestDefinitions& trait(const std::string& name, const std::string& expression) {
    return put("trait", name, "expression", quoted(expression));
  }
  TestDefinitions& precedence(const std::string& name, const std::string& sources) {
    return put("trait", name, "precedence", sources);
  }
  TestDefinitions& source(const std::string& name) { return put("source", name, "trust", "\"server\""); }
  TestDefinitions& put(const std::string& kind, const std::string& name, const std::string& member,
                       const std::string& json) {
    catalog::DefinitionVersion version;
    version.version = ++versions_;
    version.state = catalog::DefinitionState::kPublished;
    version.document = R"({"kind":")" + kind + R"(","name":")" + name + R"(",")" + member + "\":" + json + "}";
    stored_.push_back({{kind, name}, version});
    return *this;
  }
  TestDefinitions& archive(const std::string& kind, const std::string& name) {
    catalog::DefinitionVersion version;
    version.version = ++versions_;
    version.state = catalog::DefinitionState::kArchived;
    stored_.push_back({{kind, name}, version});
    return *this;
  }
  catalog::Definitions definitions() const { return catalog::Definitions(stored_); }

 private:
  static std::string quoted(const std::string& text) {
    std::string out;
    append_json_string(out, text);
    return out;
  }

  std::vector<catalog::StoredVersion> stored_;
  std::uint32_t versions_ = 0;
};

// Sources "web" (1) and "till" (2).
inline catalog::Sources test_sources() {
  catalog::Source web;
  web.id = {1};
  web.name = "web";
  catalog::Source till;
  till.id = {2};
  till.name = "till";
  till.trust = catalog::Trust::kServer;
  return catalog::Sources({web, till});
}

// `has_history`: new features wait for it; else they are whole at once.
inline std::shared_ptr<const Plan> build_plan(const TestDefinitions& definitions, Registry& registry, Offset now = {},
                                              bool has_history = false) {
  return Plan::build(definitions.definitions(), test_sources(), registry, now, has_history);
}

}  // namespace tessera::segment

#include "http/handlers/render_definition.h"

#include "ingest/json_tree.h"

namespace tessera::http {

namespace {

void write_state(const catalog::Definition& definition, const catalog::DefinitionVersion& version, JsonWriter& json) {
  json.key("version").number(std::uint64_t{version.version}).key("state").string(state_name(version.state));
  json.key("in_force").boolean(definition.in_force() == &version);
  json.key("by").string(version.by).key("at").string(to_text(version.at)).key("position").number(version.offset.value);
}

}  // namespace

void write_summary(const catalog::Definition& definition, JsonWriter& json) {
  const catalog::DefinitionVersion* in_force = definition.in_force();
  json.begin_object().key("kind").string(definition.key.kind).key("name").string(definition.key.name);
  write_state(definition, definition.newest(), json);
  if (in_force != nullptr) json.key("published").number(std::uint64_t{in_force->version});
  ingest::JsonTree tree;
  if (tree.read(in_force != nullptr ? in_force->document : definition.newest().document)) {
    for (const std::string_view name : {"owner", "description"}) {
      const ingest::JsonValue value = tree.root().find(name);
      if (value.is_string()) json.key(name).raw(value.raw());
    }
  }
  json.end_object();
}

void write_version(const catalog::Definition& definition, const catalog::DefinitionVersion& version, JsonWriter& json) {
  json.begin_object();
  write_state(definition, version, json);
  json.end_object();
}

std::string definition_json(const catalog::Definition& definition, const catalog::DefinitionVersion& version) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("kind").string(definition.key.kind).key("name").string(definition.key.name);
  write_state(definition, version, json);
  json.key("newest").number(std::uint64_t{definition.newest().version});
  if (const auto* in_force = definition.in_force()) json.key("published").number(std::uint64_t{in_force->version});
  json.key("document").raw(version.document).end_object();
  return body;
}

}  // namespace tessera::http

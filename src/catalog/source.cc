#include "catalog/source.h"

#include <boost/json/array.hpp>
#include <cmath>
#include <protozero/pbf_message.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/json.h"
#include "catalog/document.h"
#include "catalog/kind.h"
#include "catalog/schemas.h"

namespace tessera::catalog {

namespace {

// Field numbers, as docs/formats/definitions.md has them.
enum class SourceField : protozero::pbf_tag_type {
  kId = 1,
  kName = 2,
  kTrust = 3,
  kWriteKey = 4,
  kWriteKeySha256 = 5,
  kOrigins = 6,
  kLatenessMs = 7,
  kIdentifierTraits = 8,
  kDisabled = 9,
};
enum class IdentifierTraitField : protozero::pbf_tag_type { kTrait = 1, kType = 2 };

// `document` is valid against the schema.
Source read(const boost::json::object& document) {
  Source source;
  source.name = text_member(document, "name");
  source.trust = text_member(document, "trust") == "server" ? Trust::kServer : Trust::kPublic;
  if (const auto* origins = list_member(document, "origins")) {
    for (const auto& origin : *origins) source.origins.emplace_back(view(origin.get_string()));
  }
  const double default_hours = static_cast<double>(source.lateness_ms) / static_cast<double>(kHourMs);
  source.lateness_ms =
      std::llround(number_member(document, "lateness_hours", default_hours) * static_cast<double>(kHourMs));
  if (const auto* traits = list_member(document, "identifier_traits")) {
    for (const auto& trait : *traits) {
      const auto& pair = trait.get_object();
      source.identifier_traits.push_back({text_member(pair, "trait"), text_member(pair, "type")});
    }
  } else {
    source.identifier_traits = default_identifier_traits();
  }
  source.enabled = flag_member(document, "enabled", true);
  return source;
}

constexpr std::uint32_t text_of(auto field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::length_delimited);
}

constexpr std::uint32_t number_of(auto field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::varint);
}

IdentifierTrait take_identifier_trait(protozero::pbf_message<SourceField>& message) {
  IdentifierTrait trait;
  protozero::pbf_message<IdentifierTraitField> pair(message.get_view());
  while (pair.next()) {
    switch (pair.tag_and_type()) {
      case text_of(IdentifierTraitField::kTrait):
        trait.trait = pair.get_string();
        break;
      case text_of(IdentifierTraitField::kType):
        trait.type = pair.get_string();
        break;
      default:
        pair.skip();
    }
  }
  return trait;
}

void take_field(protozero::pbf_message<SourceField>& message, Source& source) {
  switch (message.tag_and_type()) {
    case number_of(SourceField::kId):
      source.id.value = static_cast<std::uint32_t>(message.get_uint64());
      break;
    case text_of(SourceField::kName):
      source.name = message.get_string();
      break;
    case number_of(SourceField::kTrust):
      source.trust = message.get_uint64() == 2 ? Trust::kServer : Trust::kPublic;
      break;
    case text_of(SourceField::kWriteKey):
      source.write_key = message.get_string();
      break;
    case text_of(SourceField::kWriteKeySha256):
      source.write_key_sha256 = message.get_string();
      break;
    case text_of(SourceField::kOrigins):
      source.origins.push_back(message.get_string());
      break;
    case number_of(SourceField::kLatenessMs):
      source.lateness_ms = static_cast<std::int64_t>(message.get_uint64());
      break;
    case text_of(SourceField::kIdentifierTraits):
      source.identifier_traits.push_back(take_identifier_trait(message));
      break;
    case number_of(SourceField::kDisabled):
      source.enabled = message.get_uint64() == 0;
      break;
    default:
      message.skip();
  }
}

}  // namespace

const std::vector<IdentifierTrait>& default_identifier_traits() {
  static const std::vector<IdentifierTrait> traits = {{"email", "email"}, {"phone", "phone"}, {"card", "card"}};
  return traits;
}

Kind source_kind() {
  return {.name = "source", .title = "A source: where events come from", .schema = kSourceSchema};
}

Result<Source> parse_source(std::string_view json) {
  static const json_schema::Schema schema = own_schema(kSourceSchema);
  auto document = parse_document(json);
  if (!document) return annotate(std::move(document).error(), "source");
  document->get_object().emplace("kind", "source");
  if (Status right = check_document(schema, *document); !right) return annotate(std::move(right).error(), "source");
  return read(document->get_object());
}

std::string source_json(const Source& source) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").number(static_cast<std::int64_t>(source.id.value)).key("name").string(source.name);
  json.key("trust").string(source.trust == Trust::kServer ? "server" : "public");
  if (source.trust == Trust::kPublic) json.key("write_key").string(source.write_key);
  json.key("origins").begin_array();
  for (const auto& origin : source.origins) json.string(origin);
  json.end_array()
      .key("lateness_hours")
      .decimal(static_cast<double>(source.lateness_ms) / static_cast<double>(kHourMs));
  json.key("identifier_traits").begin_array();
  for (const auto& [trait, type] : source.identifier_traits) {
    json.begin_object().key("trait").string(trait).key("type").string(type).end_object();
  }
  json.end_array().key("enabled").boolean(source.enabled).end_object();
  return out;
}

void encode(const Source& source, std::string& out) {
  protozero::pbf_writer writer(out);
  writer.add_uint32(std::to_underlying(SourceField::kId), source.id.value);
  writer.add_string(std::to_underlying(SourceField::kName), source.name);
  writer.add_uint32(std::to_underlying(SourceField::kTrust), std::to_underlying(source.trust));
  writer.add_string(std::to_underlying(SourceField::kWriteKey), source.write_key);
  writer.add_bytes(std::to_underlying(SourceField::kWriteKeySha256), source.write_key_sha256);
  for (const auto& origin : source.origins) writer.add_string(std::to_underlying(SourceField::kOrigins), origin);
  writer.add_int64(std::to_underlying(SourceField::kLatenessMs), source.lateness_ms);
  for (const auto& [trait, type] : source.identifier_traits) {
    protozero::pbf_writer pair(writer, std::to_underlying(SourceField::kIdentifierTraits));
    pair.add_string(std::to_underlying(IdentifierTraitField::kTrait), trait);
    pair.add_string(std::to_underlying(IdentifierTraitField::kType), type);
  }
  writer.add_bool(std::to_underlying(SourceField::kDisabled), !source.enabled);
}

Result<Source> decode_source(std::string_view bytes) {
  Source source;
  source.lateness_ms = 0;
  try {
    protozero::pbf_message<SourceField> message(bytes.data(), bytes.size());
    while (message.next()) take_field(message, source);
  } catch (const protozero::exception& e) {
    return error(Code::kDataLoss, std::string("stored source is damaged: ") + e.what());
  }
  if (source.name.empty()) return error(Code::kDataLoss, "stored source has no name");
  return source;
}

}  // namespace tessera::catalog

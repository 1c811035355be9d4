#include "catalog/source.h"

#include <algorithm>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <protozero/pbf_message.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/json.h"
#include "catalog/document.h"

namespace tessera::catalog {

namespace {

constexpr std::size_t kMaxOrigins = 100;
constexpr std::size_t kMaxIdentifierTraits = 32;
constexpr double kMaxLatenessHours = 10 * 366 * 24;

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

// "https://shop.example:8443": a scheme and a host, no path.
bool is_origin(std::string_view text) {
  if (text == "*") return true;
  std::string_view host = text;
  if (host.starts_with("https://")) {
    host.remove_prefix(8);
  } else if (host.starts_with("http://")) {
    host.remove_prefix(7);
  } else {
    return false;
  }
  return !host.empty() && text.size() <= 300 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view(".-:[]").find(c) != std::string_view::npos;
  });
}

Result<Trust> parse_trust(const Fields& fields) {
  if (!fields.has("trust")) return Trust::kPublic;
  TRY_ASSIGN(const std::string trust, fields.text("trust"));
  if (trust == "public") return Trust::kPublic;
  if (trust == "server") return Trust::kServer;
  return fields.wrong("trust", "must be \"public\" or \"server\"");
}

Result<std::vector<std::string>> parse_origins(const Fields& fields) {
  std::vector<std::string> origins;
  TRY_ASSIGN(const boost::json::array* list, fields.list("origins", kMaxOrigins));
  if (list == nullptr) return origins;
  for (const auto& value : *list) {
    const std::string place = "origins[" + std::to_string(origins.size()) + "]";
    if (!value.is_string()) return fields.wrong(place, "must be a text");
    std::string origin(value.get_string().data(), value.get_string().size());
    if (!is_origin(origin)) {
      return fields.wrong(place,
                          "must be \"*\" or a scheme and a host in lower case without a path, as in "
                          "\"https://shop.example\"");
    }
    origins.push_back(std::move(origin));
  }
  return origins;
}

Result<std::int64_t> parse_lateness_ms(const Fields& fields) {
  if (!fields.has("lateness_hours")) return Source().lateness_ms;
  TRY_ASSIGN(const double hours, fields.number("lateness_hours", 0, kMaxLatenessHours));
  return std::llround(hours * static_cast<double>(kHourMs));
}

Result<std::vector<IdentifierTrait>> parse_identifier_traits(const Fields& fields) {
  TRY_ASSIGN(const boost::json::array* list, fields.list("identifier_traits", kMaxIdentifierTraits));
  if (list == nullptr) return default_identifier_traits();
  std::vector<IdentifierTrait> traits;
  for (const auto& value : *list) {
    const std::string place = "identifier_traits[" + std::to_string(traits.size()) + "]";
    if (!value.is_object()) return fields.wrong(place, "must be an object with trait and type");
    const Fields element(value.get_object(), place);
    TRY(element.only({"trait", "type"}));
    IdentifierTrait trait;
    TRY_ASSIGN(trait.trait, element.text("trait"));
    if (trait.trait.empty() || trait.trait.size() > 256) return element.wrong("trait", "must have 1 to 256 bytes");
    TRY_ASSIGN(trait.type, element.text("type"));
    if (!is_name(trait.type, 32, "_")) return element.wrong("type", "must be 1 to 32 of a-z, 0-9 and _");
    traits.push_back(std::move(trait));
  }
  return traits;
}

Result<Source> parse(std::string_view text) {
  TRY_ASSIGN(const boost::json::object document, parse_document(text, "source"));
  const Fields fields(document, "");
  TRY(fields.only({"name", "trust", "origins", "lateness_hours", "identifier_traits", "enabled"}));
  Source source;
  TRY_ASSIGN(source.name, fields.text("name"));
  if (!is_name(source.name, 64, "_-")) return fields.wrong("name", "must be 1 to 64 of a-z, 0-9, _ and -");
  TRY_ASSIGN(source.trust, parse_trust(fields));
  TRY_ASSIGN(source.origins, parse_origins(fields));
  TRY_ASSIGN(source.lateness_ms, parse_lateness_ms(fields));
  TRY_ASSIGN(source.identifier_traits, parse_identifier_traits(fields));
  TRY_ASSIGN(source.enabled, fields.flag("enabled", true));
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

Result<Source> parse_source(std::string_view json) {
  auto source = parse(json);
  if (!source) return annotate(std::move(source).error(), "source");
  return source;
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

#include "cli/mapping_try.h"

#include <fstream>
#include <istream>
#include <ostream>

#include "catalog/source.h"
#include "cli/definition_folder.h"
#include "cli/json_document.h"
#include "cli/named_values.h"
#include "ingest/webhook.h"

namespace tessera::cli {

namespace {

Result<std::string> read_input(const std::string& path, std::istream& in) {
  std::string text(ingest::kMaxPayloadBytes + 1, '\0');
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return error(Code::kNotFound, path + ": cannot be read");
  }
  std::istream& from = path == "-" ? in : file;
  from.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(from.gcount()));
  return text;
}

std::string place_of(const LocalDefinition& local, std::string_view pointer) {
  return local.place(pointer) + ": " + (pointer.empty() ? "" : std::string(pointer) + ": ");
}

// The mappings of a file, and what is wrong with them.
class Trial {
 public:
  Trial(const DefinitionFolder& definitions, std::ostream& problems) : definitions_(definitions), problems_(problems) {
    for (const std::string& problem : definitions_.problems) tell(problem);
  }

  // Compiles the mapping of that name, or all. kNotFound if there is none.
  Status compile(const std::string& name) {
    bool any = false;
    for (const LocalDefinition& local : definitions_.definitions) {
      if (local.kind != "mapping" || (!name.empty() && local.name != name)) continue;
      any = true;
      std::vector<ingest::MappingProblem> wrong;
      auto mapping = ingest::compile_mapping(json_of(local.document), wrong);
      for (const auto& [pointer, message] : wrong) tell(place_of(local, pointer) + message);
      if (mapping != nullptr) mappings_.emplace_back(&local, std::move(mapping));
    }
    if (any || !good_) return {};
    return error(Code::kNotFound, "the file has no mapping" + (name.empty() ? "" : " \"" + name + "\""));
  }

  // The events that all make of it, as a JSON list.
  std::string events_of(const ingest::PayloadText& text, const std::string& input) {
    std::string json = "[";
    if (const Status read = payload_.read(text); !read) {
      tell(input + ": " + read.error().message);
      return json + "]";
    }
    for (const auto& [local, mapping] : mappings_) {
      const auto events = mapping->events(payload_, context_);
      for (std::size_t i = 0; events && i < events->size(); ++i) {
        if (json.size() > 1) json += ',';
        json += (*events)[i].json;
      }
      check(*local, mapping, text);
    }
    return json + "]";
  }

  bool good() const { return good_; }

 private:
  void tell(const std::string& problem) {
    good_ = false;
    problems_ << problem << '\n';
  }

  // Whether a server would take the events.
  void check(const LocalDefinition& local, const std::shared_ptr<const ingest::Mapping>& mapping,
             const ingest::PayloadText& text) {
    const ingest::MappingInForce in_force{
        .definition = {}, .name = mapping->name(), .source = mapping->source(), .mapping = mapping, .problem = {}};
    const auto read =
        reader_.read(source_named(mapping->source()), catalog::default_identity_rules(), {&in_force, 1}, text, "");
    if (!read) return tell(place_of(local, "/events") + read.error().message);
    for (const ingest::WebhookRejection& each : read->rejected) {
      const std::string event = each.index ? "event " + std::to_string(*each.index) + ": " : "";
      tell(place_of(local, "/events") + event + each.code + ": " + each.reason);
    }
  }

  // As the file has it, or else an ordinary one.
  catalog::Source source_named(const std::string& name) {
    for (const LocalDefinition& local : definitions_.definitions) {
      if (local.kind != "source" || local.name != name) continue;
      auto source = catalog::parse_source(json_of(local.document));
      if (source) return std::move(*source);
      tell(place_of(local, "") + source.error().message);
    }
    catalog::Source source;
    source.name = name;
    source.identifier_traits = catalog::default_identifier_traits();
    return source;
  }

  const DefinitionFolder& definitions_;
  std::ostream& problems_;
  std::vector<std::pair<const LocalDefinition*, std::shared_ptr<const ingest::Mapping>>> mappings_;
  ingest::Payload payload_;
  ingest::MappingContext context_;
  ingest::WebhookReader reader_;
  bool good_ = true;
};

}  // namespace

Result<bool> run_mapping_try(const MappingTryOptions& options, std::istream& in, std::ostream& out,
                             std::ostream& problems) {
  TRY_ASSIGN(const DefinitionFolder definitions, read_definition_file(options.file));
  Trial trial(definitions, problems);
  TRY(trial.compile(options.name));
  if (options.input.empty()) {
    if (trial.good()) out << options.file << " is good\n";
    return trial.good();
  }
  if (!trial.good()) return false;
  TRY_ASSIGN(const std::string body, read_input(options.input, in));
  ingest::PayloadText text{.body = body, .received_at = options.received_at};
  TRY_ASSIGN(const NamedValues headers, NamedValues::parse(options.headers, "--header", true));
  TRY_ASSIGN(const NamedValues query, NamedValues::parse(options.query, "--query", false));
  text.headers = headers.fields();
  text.query = query.fields();
  out << indented_json(trial.events_of(text, options.input)) << '\n';
  return trial.good();
}

}  // namespace tessera::cli

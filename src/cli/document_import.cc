#include "cli/document_import.h"

#include <algorithm>
#include <fstream>

#include "base/time.h"
#include "cli/definition_folder.h"
#include "cli/document_rows.h"
#include "cli/event_sender.h"
#include "cli/import_report.h"
#include "cli/json_document.h"
#include "cli/named_values.h"
#include "cli/progress.h"
#include "cli/rejects.h"
#include "cli/text.h"
#include "ingest/mappings.h"

namespace tessera::cli {

namespace {

constexpr std::uint64_t kProgressEvery = 1'000;  // rows between looks at the clock
constexpr std::size_t kMaxNames = 50;            // of events, that are counted each
const std::string kOthers = "others";

// Whether the file has a document that says what kind it is. What is no YAML is told by whoever reads it.
bool has_definitions(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxMappingBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  const auto documents = parse_documents(text, path);
  return documents && std::ranges::any_of(*documents, [](const DocumentNode& document) {
           return document.kind == DocumentNode::Kind::kMap && document.find("kind") != nullptr;
         });
}

class DocumentImport {
 public:
  DocumentImport(const ImportOptions& options, const DocumentMapping& mapping, const NamedValues& headers,
                 DocumentRows& rows, std::ostream& out)
      : options_(options),
        headers_(headers.fields()),
        mapping_(*mapping.mapping),
        rows_(rows),
        out_(out),
        progress_(out, options.terminal),
        rejected_events_(rows.refused().path + ".events.ndjson"),
        received_at_(SystemClock().wall()) {}

  Result<ImportSummary> run(const std::string& write_key) {
    if (!options_.dry_run) {
      sender_ = std::make_unique<EventSender>(sender_options(options_, write_key), rejected_events_);
    }
    RowDocument row;
    while (!at_limit()) {
      auto any = rows_.next(row);
      if (!any) return annotate(std::move(any).error(), options_.file);
      if (!*any) break;
      TRY(take_row(row));
      if (++summary_.rows_read % kProgressEvery == 0) {
        progress_.update(options_.dry_run ? "making" : "sending", rows_.done(),
                         with_separators(summary_.events_made) + " events");
      }
    }
    if (sender_ != nullptr) {
      if (Status finished = sender_->finish(); !finished) {
        return import_stopped(std::move(finished).error(), sender_->accepted());
      }
      summary_.events_accepted = sender_->accepted();
      summary_.retries = sender_->retries();
    }
    progress_.finish(options_.dry_run ? "made" : "sent", with_separators(summary_.events_made) + " events");
    TRY(rows_.finish());
    summary_.rows_rejected = rows_.rejected();
    summary_.events_rejected = rejected_events_.count();
    tell_import(summary_, options_.dry_run, first_events_, rows_.refused(),
                {rejected_events_.path(), rejected_events_.examples()}, out_);
    return summary_;
  }

 private:
  bool at_limit() const { return options_.limit > 0 && summary_.events_made >= options_.limit; }

  Status read_document(const RowDocument& row) {
    return payload_.read({.body = row.json, .headers = headers_, .received_at = received_at_, .place = row.line});
  }

  Status take_row(const RowDocument& row) {
    if (!row.problem.empty()) return rows_.reject(row.problem);
    if (const Status read = read_document(row); !read) return rows_.reject(read.error().message);
    const auto events = mapping_.events(payload_, context_);
    if (!events) return rows_.reject(events.error().message);
    if (events->empty()) ++summary_.rows_unused;
    for (const ingest::MappedEvent& event : *events) TRY(take_event(event, row.line));
    return {};
  }

  Status take_event(const ingest::MappedEvent& event, std::uint64_t line) {
    // Names may come from the file, and be as many as its rows.
    const bool named = summary_.events_by_kind.size() < kMaxNames || summary_.events_by_kind.contains(event.name);
    const std::string& name = named ? event.name : kOthers;
    if (summary_.events_by_kind[name]++ == 0 && options_.dry_run) first_events_ += first_event(name, line, event.json);
    ++summary_.events_made;
    if (sender_ == nullptr) return {};
    Status added = sender_->add(event.json, line);
    if (!added) return import_stopped(std::move(added).error(), sender_->accepted());
    return {};
  }

  const ImportOptions& options_;
  const std::vector<ingest::PayloadField> headers_;
  const ingest::Mapping& mapping_;
  DocumentRows& rows_;
  std::ostream& out_;
  Progress progress_;
  RejectedEvents rejected_events_;
  const Timestamp received_at_;
  ingest::Payload payload_;
  ingest::MappingContext context_;
  std::unique_ptr<EventSender> sender_;
  ImportSummary summary_;
  std::string first_events_;
};

}  // namespace

Result<std::optional<DocumentMapping>> load_document_mapping(const std::string& path) {
  if (!has_definitions(path)) return std::nullopt;
  TRY_ASSIGN(const DefinitionFolder definitions, read_definition_file(path));
  if (!definitions.problems.empty()) return error(Code::kInvalidArgument, definitions.problems[0]);
  const LocalDefinition* found = nullptr;
  for (const LocalDefinition& local : definitions.definitions) {
    if (local.kind != "mapping") continue;
    if (found != nullptr) {
      return error(Code::kInvalidArgument, path + ": has several mappings: an import takes a file with one");
    }
    found = &local;
  }
  if (found == nullptr) return error(Code::kInvalidArgument, path + ": has no definition of kind \"mapping\"");
  std::vector<ingest::MappingProblem> problems;
  DocumentMapping mapping{ingest::compile_mapping(json_of(found->document), problems), {}};
  std::string told;
  for (const auto& [pointer, message] : problems) {
    if (!told.empty()) told += '\n';
    told += found->place(pointer) + ": " + (pointer.empty() ? "" : pointer + ": ") + message;
  }
  if (!told.empty()) return error(Code::kInvalidArgument, std::move(told));
  if (const DocumentNode* format = found->document.find("format")) {
    TRY_ASSIGN(mapping.format, parse_file_format(*format, DocumentReader(path)));
  }
  return mapping;
}

Result<ImportSummary> import_documents(const ImportOptions& options, const DocumentMapping& mapping,
                                       const std::string& write_key, std::ostream& out) {
  TRY_ASSIGN(const std::unique_ptr<DocumentRows> rows,
             open_document_rows(options.file, mapping.format, options.rejects));
  TRY_ASSIGN(const NamedValues headers, NamedValues::parse(options.headers, "--header", true));
  return DocumentImport(options, mapping, headers, *rows, out).run(write_key);
}

}  // namespace tessera::cli

#include "cli/import_command.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/cell.h"
#include "cli/document_import.h"
#include "cli/event_builder.h"
#include "cli/event_sender.h"
#include "cli/import_report.h"
#include "cli/mapping.h"
#include "cli/progress.h"
#include "cli/rejects.h"
#include "cli/row_reader.h"
#include "cli/row_store.h"
#include "cli/server.h"
#include "cli/text.h"
#include "http_client/client.h"

namespace tessera::cli {

namespace {

constexpr std::uint64_t kProgressEvery = 1'000;  // rows or groups between looks at the clock

// The rules that share a way of grouping are served by one pass over the rows.
struct Pass {
  std::vector<std::size_t> group_by;
  std::vector<const EventRule*> rules;
  bool whole_groups = false;  // some rule needs all rows of a group, not only its first or last
};

std::vector<Pass> passes_of(const Mapping& mapping) {
  std::vector<Pass> passes;
  for (const EventRule& rule : mapping.events) {
    auto pass = std::ranges::find(passes, rule.group_by, &Pass::group_by);
    if (pass == passes.end()) pass = passes.insert(passes.end(), Pass{.group_by = rule.group_by});
    pass->rules.push_back(&rule);
    pass->whole_groups = pass->whole_groups || rule.whole_group;
  }
  return passes;
}

// One import, from the open file to the summary.
class Import {
 public:
  Import(const ImportOptions& options, const Mapping& mapping, std::ostream& out)
      : options_(options),
        mapping_(mapping),
        out_(out),
        passes_(passes_of(mapping)),
        progress_(out, options.terminal),
        rejected_rows_(options.rejects.empty() ? options.file + ".rejects.csv" : options.rejects, mapping),
        rejected_events_(rejected_rows_.path() + ".events.ndjson") {}

  Result<ImportSummary> run(RowReader& reader, const std::string& write_key) {
    TRY(read_rows(reader));
    if (!options_.dry_run) {
      sender_ = std::make_unique<EventSender>(sender_options(options_, write_key), rejected_events_);
    }
    for (std::size_t i = 0; i < passes_.size() && !at_limit(); ++i) TRY(run_pass(i));
    if (sender_ != nullptr) {
      if (Status finished = sender_->finish(); !finished) {
        return import_stopped(std::move(finished).error(), sender_->accepted());
      }
      summary_.events_accepted = sender_->accepted();
      summary_.retries = sender_->retries();
    }
    progress_.finish(options_.dry_run ? "made" : "sent", with_separators(summary_.events_made) + " events");
    TRY(rejected_rows_.finish());
    summary_.rows_rejected = rejected_rows_.count();
    summary_.events_rejected = rejected_events_.count();
    tell_import(summary_, options_.dry_run, examples_, {rejected_rows_.path(), rejected_rows_.examples()},
                {rejected_events_.path(), rejected_events_.examples()}, out_);
    return summary_;
  }

 private:
  bool at_limit() const { return options_.limit > 0 && summary_.events_made >= options_.limit; }

  Status read_rows(RowReader& reader) {
    std::size_t groupings = 0;
    for (const Pass& pass : passes_) groupings += pass.group_by.empty() ? 0 : 1;
    TRY_ASSIGN(store_, RowStore::open(
                           {.folder = options_.temp_dir, .columns = mapping_.columns.size(), .groupings = groupings}));
    RawRow row;
    while (true) {
      auto any = reader.next(row);
      if (!any) return annotate(std::move(any).error(), options_.file);
      if (!*any) break;
      TRY(take_row(row));
      if (++summary_.rows_read % kProgressEvery == 0) {
        progress_.update("reading", reader.done(), with_separators(summary_.rows_read) + " rows");
      }
    }
    progress_.finish("read", with_separators(summary_.rows_read) + " rows");
    return store_->finish();
  }

  Status take_row(const RawRow& row) {
    if (!row.problem.empty()) return rejected_rows_.add(row.line, row.values, row.problem);
    CellRow cells;
    std::string problem;
    for (std::size_t i = 0; i < mapping_.columns.size(); ++i) {
      auto cell = parse_cell(mapping_.columns[i], row.values[i]);
      if (!cell) problem += (problem.empty() ? "" : "; ") + cell.error().message;
      cells.push_back(cell ? std::move(*cell) : Cell());
    }
    if (!problem.empty()) {
      TRY(rejected_rows_.add(row.line, row.values, problem));
      mark_rejected(row.line);
    }
    bool used = false;
    std::vector<std::optional<std::string>> keys;
    for (const Pass& pass : passes_) {
      if (pass.group_by.empty()) {
        used = true;
        continue;
      }
      keys.push_back(group_key(pass.group_by, cells));
      used = used || keys.back().has_value();
    }
    if (!used) {
      if (problem.empty()) ++summary_.rows_unused;
      return {};
    }
    return store_->add(row, !problem.empty(), keys);
  }

  Status run_pass(std::size_t index) {
    const Pass& pass = passes_[index];
    std::size_t grouping = 0;
    for (std::size_t i = 0; i < index; ++i) grouping += passes_[i].group_by.empty() ? 0 : 1;
    if (!pass.group_by.empty()) progress_.say("grouping " + with_separators(summary_.rows_read) + " rows");
    const auto extent = pass.whole_groups ? RowStore::Extent::kAllRows : RowStore::Extent::kFirstAndLast;
    TRY_ASSIGN(const auto reader, pass.group_by.empty() ? store_->single_rows() : store_->groups(grouping, extent));
    RowGroup group;
    std::uint64_t rows = 0;
    for (std::uint64_t groups = 1; !at_limit(); ++groups) {
      TRY_ASSIGN(const bool any, reader->next(group));
      if (!any) break;
      TRY(take_group(pass, group));
      rows += group.rows.size();
      if (groups % kProgressEvery == 0) {
        const double done =
            static_cast<double>(rows) / static_cast<double>(std::max<std::uint64_t>(1, summary_.rows_read));
        progress_.update(options_.dry_run ? "making" : "sending",
                         (static_cast<double>(index) + done) / static_cast<double>(passes_.size()),
                         with_separators(summary_.events_made) + " events");
      }
    }
    return {};
  }

  Status take_group(const Pass& pass, const RowGroup& group) {
    if (group.too_large) return hold_back(group, "its group has more than " + with_separators(kMaxGroupRows) + " rows");
    std::vector<CellRow> rows;
    const StoredRow* refused = nullptr;
    for (const StoredRow& row : group.rows) {
      if (row.refused) {
        refused = &row;
        continue;
      }
      CellRow& cells = rows.emplace_back();
      for (std::size_t i = 0; i < mapping_.columns.size(); ++i) {
        TRY_ASSIGN(Cell cell, parse_cell(mapping_.columns[i], row.values[i]));
        cells.push_back(std::move(cell));
      }
    }
    for (const EventRule* rule : pass.rules) {
      if (rows.empty() || at_limit()) break;
      if (refused != nullptr && rule->whole_group) {
        TRY(hold_back(
            group, "held back: line " + std::to_string(refused->line) + " belongs to the same event and was refused"));
        continue;
      }
      auto built = build_event(mapping_, *rule, group, rows);
      if (!built) {
        TRY(hold_back(group, rule->kind + ": " + built.error().message));
      } else if (*built) {
        TRY(take_event(*rule, **built, group.rows.front().line));
      }
    }
    return {};
  }

  Status take_event(const EventRule& rule, const std::string& event_json, std::uint64_t line) {
    if (summary_.events_by_kind[rule.kind]++ == 0 && options_.dry_run) {
      examples_ += first_event(rule.kind, line, event_json);
    }
    ++summary_.events_made;
    if (sender_ == nullptr) return {};
    Status added = sender_->add(event_json, line);
    if (!added) return import_stopped(std::move(added).error(), sender_->accepted());
    return {};
  }

  // The rows wait in the rejects file for the repair of what keeps their event back. Each row is there once.
  Status hold_back(const RowGroup& group, const std::string& reason) {
    for (const StoredRow& row : group.rows) {
      if (mark_rejected(row.line)) TRY(rejected_rows_.add(row.line, row.values, reason));
    }
    return {};
  }

  // False if it was marked before. A bit a line: a file of a hundred million lines needs 12 MB.
  bool mark_rejected(std::uint64_t line) {
    if (line >= rejected_lines_.size())
      rejected_lines_.resize(std::max<std::size_t>(line + 1, 2 * rejected_lines_.size()));
    const bool before = rejected_lines_[line];
    rejected_lines_[line] = true;
    return !before;
  }

  const ImportOptions& options_;
  const Mapping& mapping_;
  std::ostream& out_;
  std::vector<Pass> passes_;
  Progress progress_;
  RejectedRows rejected_rows_;
  RejectedEvents rejected_events_;
  std::vector<bool> rejected_lines_;
  std::unique_ptr<RowStore> store_;
  std::unique_ptr<EventSender> sender_;
  ImportSummary summary_;
  std::string examples_;
};

// The key given, or the one that the server tells of a public source.
Result<std::string> find_write_key(const ImportOptions& options) {
  if (!options.write_key.empty()) return options.write_key;
  if (const char* key = std::getenv("TESSERA_WRITE_KEY"); key != nullptr && *key != '\0') return std::string(key);
  auto token = find_token(options.server);
  if (!token) {
    return error(
        Code::kUnauthenticated,
        "no write key: give the source's with --write-key or TESSERA_WRITE_KEY, or a token to look it up with");
  }
  http_client::Client client = connect(options.server, std::move(*token));
  TRY_ASSIGN(const http_client::Response response,
             ask(client, "GET", "/v1/sources/" + http_client::url_encode(options.source)));
  boost::system::error_code failed;
  const boost::json::value source = boost::json::parse(response.body, failed);
  const boost::json::value* key = failed || !source.is_object() ? nullptr : source.as_object().if_contains("write_key");
  if (key != nullptr && key->is_string()) return std::string(key->as_string());
  return error(Code::kFailedPrecondition,
               "the server keeps no write key of the source \"" + options.source +
                   "\" to look up: give the one shown when it was made, with --write-key or TESSERA_WRITE_KEY");
}

}  // namespace

Result<ImportSummary> run_import(const ImportOptions& given, std::ostream& out) {
  ImportOptions options = given;
  TRY_ASSIGN(const std::optional<DocumentMapping> documents, load_document_mapping(options.mapping));
  if (documents && options.source.empty()) options.source = documents->mapping->source();
  if (options.source.empty()) {
    return error(Code::kInvalidArgument, "which source do the events come from? Name it with --source");
  }
  Mapping rules;
  std::unique_ptr<RowReader> reader;
  if (!documents) {
    TRY_ASSIGN(rules, load_mapping(options.mapping));
    TRY_ASSIGN(reader, open_rows(options.file, rules));
  }
  std::string write_key;
  if (!options.dry_run) {
    TRY_ASSIGN(write_key, find_write_key(options));
    // A server that is not there is found before the file is read, not after.
    http_client::Client client = connect(options.server, {});
    TRY(ask(client, "GET", "/health"));
  }
  if (documents) return import_documents(options, *documents, write_key, out);
  return Import(options, rules, out).run(*reader, write_key);
}

}  // namespace tessera::cli

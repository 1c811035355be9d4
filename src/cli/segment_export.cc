// `tessera segment export`: members page by page into a file.
#include <memory>

#include "cli/json_document.h"
#include "cli/member_writer.h"
#include "cli/segment_api.h"
#include "cli/segment_commands.h"

namespace tessera::cli {

namespace {

constexpr std::uint32_t kMaxPages = 10'000'000;

std::unexpected<Error> cannot_be_written() {
  return error(Code::kUnavailable, "the export cannot be written");
}

// RFC 4180: quotes where a field needs them.
void write_field(std::string_view text, bool first, std::ostream& out) {
  if (!first) out << ',';
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out << text;
    return;
  }
  out << '"';
  for (const char c : text) {
    if (c == '"') out << '"';
    out << c;
  }
  out << '"';
}

class CsvWriter : public MemberWriter {
 public:
  CsvWriter(MemberColumns columns, std::ostream& out) : columns_(std::move(columns)), out_(out) {
    write_field("profile", true, out_);
    for (const std::string& type : columns_.identifiers) write_field(type, false, out_);
    for (const std::string& trait : columns_.traits) write_field(trait, false, out_);
    if (columns_.traits.empty()) write_field("traits", false, out_);
    out_ << "\r\n";
  }
  Status add(const DocumentNode& member) override {
    write_field(text_of(member, "id"), true, out_);
    for (const std::string& type : columns_.identifiers) write_field(values_of(member, type), false, out_);
    const DocumentNode* traits = member.find("traits");
    for (const std::string& trait : columns_.traits) write_field(trait_text(traits, trait), false, out_);
    if (columns_.traits.empty()) write_field(traits == nullptr ? "{}" : json_of(*traits), false, out_);
    out_ << "\r\n";
    return out_ ? Status() : cannot_be_written();
  }
  Status finish() override {
    out_.flush();
    return out_ ? Status() : cannot_be_written();
  }

 private:
  const MemberColumns columns_;
  std::ostream& out_;
};

class NdjsonWriter : public MemberWriter {
 public:
  explicit NdjsonWriter(std::ostream& out) : out_(out) {}
  Status add(const DocumentNode& member) override {
    out_ << json_of(member) << '\n';
    return out_ ? Status() : cannot_be_written();
  }
  Status finish() override {
    out_.flush();
    return out_ ? Status() : cannot_be_written();
  }

 private:
  std::ostream& out_;
};

Result<std::unique_ptr<MemberWriter>> open_writer(SegmentApi& api, const SegmentOptions& options, std::ostream& out) {
  if (options.format == ExportFormat::kNdjson) return std::make_unique<NdjsonWriter>(out);
  TRY_ASSIGN(const DocumentNode rules, api.get("/v1/identity/rules"));
  MemberColumns columns{.identifiers = {}, .traits = options.traits};
  for (const DocumentNode& type : list_of(rules, "types")) columns.identifiers.push_back(text_of(type, "name"));
  if (options.format == ExportFormat::kParquet) return open_parquet_writer(columns, options.file);
  return std::make_unique<CsvWriter>(std::move(columns), out);
}

}  // namespace

Result<ExportFormat> parse_export_format(std::string_view name) {
  if (name == "csv") return ExportFormat::kCsv;
  if (name == "ndjson") return ExportFormat::kNdjson;
  if (name == "parquet") return ExportFormat::kParquet;
  return error(Code::kInvalidArgument, "\"" + std::string(name) + "\" is no format; allowed: csv, ndjson, parquet");
}

Status run_segment_export(const SegmentOptions& options, std::ostream& out) {
  if (options.format == ExportFormat::kParquet && options.file.empty()) {
    return error(Code::kInvalidArgument, "Parquet cannot be written to standard output: name a file with --file");
  }
  TRY_ASSIGN(SegmentApi api, SegmentApi::open(options.server));
  std::unique_ptr<MemberWriter> writer;
  std::string after;
  for (std::uint32_t pages = 0; pages < kMaxPages; ++pages) {
    TRY_ASSIGN(const DocumentNode page, api.members(options.name, SegmentApi::kPage, after));
    if (writer == nullptr) {
      TRY_ASSIGN(writer, open_writer(api, options, out));
    }
    for (const DocumentNode& member : list_of(page, "members")) TRY(writer->add(member));
    after = text_of(page, "next");
    if (after.empty()) break;
  }
  return writer->finish();
}

}  // namespace tessera::cli

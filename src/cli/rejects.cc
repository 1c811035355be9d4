#include "cli/rejects.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/mapping.h"
#include "cli/row_reader.h"
#include "cli/text.h"

namespace tessera::cli {

namespace {

constexpr std::size_t kExamples = 10;

std::unexpected<Error> cannot_write(const std::string& path) {
  return error(Code::kUnavailable,
               path + ": cannot be written (" + std::strerror(errno) + "); name another file with --rejects");
}

void keep_example(std::vector<std::string>& examples, std::uint64_t line, std::string_view reason) {
  if (examples.size() < kExamples) examples.push_back("line " + std::to_string(line) + ": " + std::string(reason));
}

}  // namespace

RejectedRows::RejectedRows(std::string path, const Mapping& mapping) : path_(std::move(path)), mapping_(mapping) {}

Status RejectedRows::open() {
  file_.open(path_, std::ios::binary | std::ios::trunc);
  if (!file_) return cannot_write(path_);
  std::vector<std::string> names;
  for (const Column& column : mapping_.columns) names.push_back(column.from);
  names.insert(names.end(), {"rejected_line", "rejected_reason"});
  write(std::move(names));
  return {};
}

void RejectedRows::write(std::vector<std::string> fields) {
  const FileFormat& format = mapping_.format;
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string field = format.latin1 ? utf8_to_latin1(fields[i]) : std::move(fields[i]);
    if (i > 0) line += format.delimiter;
    if (field.find_first_of(std::string{format.delimiter, format.quote, '\n', '\r'}) == std::string::npos) {
      line += field;
      continue;
    }
    line += format.quote;
    for (const char c : field) line += c == format.quote ? std::string(2, c) : std::string(1, c);
    line += format.quote;
  }
  file_ << line << '\n';
}

Status RejectedRows::add(std::uint64_t line, const RawValues& values, std::string_view reason) {
  if (count_++ == 0) TRY(open());
  keep_example(examples_, line, reason);
  const std::string none = mapping_.format.nulls.empty() ? "" : mapping_.format.nulls[0];
  std::vector<std::string> fields;
  for (const std::optional<std::string>& value : values) fields.push_back(value.value_or(none));
  fields.push_back(std::to_string(line));
  fields.emplace_back(reason);
  write(std::move(fields));
  return file_ ? Status() : cannot_write(path_);
}

Status RejectedRows::finish() {
  if (count_ == 0) return {};
  file_.close();
  return file_ ? Status() : cannot_write(path_);
}

Status RejectedDocuments::add(std::uint64_t line, std::string_view document, std::string_view reason) {
  if (count_++ == 0) file_.open(path_, std::ios::binary | std::ios::trunc);
  keep_example(examples_, line, reason);
  document = trimmed(document);
  if (!document.ends_with('}')) {
    file_ << document << '\n';
  } else {
    document.remove_suffix(1);
    std::string text(document);
    if (trimmed(document) != "{") text += ',';
    text += "\"rejected_line\":" + std::to_string(line) + ",\"rejected_reason\":";
    append_json_string(text, reason);
    file_ << text << "}\n";
  }
  return file_ ? Status() : cannot_write(path_);
}

Status RejectedDocuments::finish() {
  if (count_ == 0) return {};
  file_.close();
  return file_ ? Status() : cannot_write(path_);
}

Status RejectedEvents::add(std::uint64_t line, std::string_view code, std::string_view reason,
                           std::string_view event_json) {
  const std::lock_guard lock(mutex_);
  if (count_++ == 0) file_.open(path_, std::ios::binary | std::ios::trunc);
  keep_example(examples_, line, reason);
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("line").number(line).key("code").string(code).key("reason").string(reason);
  json.key("event").raw(event_json).end_object();
  file_ << text << std::endl;  // at once: it must be there if the import stops here
  return file_ ? Status() : cannot_write(path_);
}

std::uint64_t RejectedEvents::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::vector<std::string> RejectedEvents::examples() const {
  const std::lock_guard lock(mutex_);
  return examples_;
}

}  // namespace tessera::cli

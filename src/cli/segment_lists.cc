#include "cli/segment_lists.h"

#include <charconv>
#include <fstream>
#include <set>
#include <vector>

#include "base/json.h"
#include "cli/json_document.h"
#include "cli/listed_people.h"
#include "cli/segment_api.h"
#include "cli/text.h"
#include "http_client/client.h"

namespace tessera::cli {

namespace {

constexpr std::size_t kPage = 10'000;         // people of one call
constexpr std::size_t kMaxExamples = 5;       // of unknown people, shown where no file is asked for
constexpr std::uint32_t kMaxPages = 100'000;  // of members
constexpr int kPatienceMs = 15 * 60 * 1000;   // ten million people are put on a list

Result<http_client::Client> open_client(const ServerOptions& options) {
  TRY_ASSIGN(std::string token, find_token(options));
  return connect(options, std::move(token), kPatienceMs);
}

Result<DocumentNode> ask_json(http_client::Client& client, std::string_view method, const std::string& path,
                              std::string_view body = {}) {
  TRY_ASSIGN(const http_client::Response response, ask(client, method, path, body));
  return parse_json_document(response.body, client.options().base_url + path);
}

std::uint64_t count_of(const DocumentNode& node, std::string_view name) {
  const std::string text = text_of(node, name);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// RFC 4180.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

// Those whom nobody knows: a file that can be uploaded again, or some of them for the terminal.
class Rejects {
 public:
  Rejects(std::string path, const std::string& column)
      : path_(std::move(path)), column_(column.empty() ? "value" : column) {}

  Status add(const ListedPerson& person, std::string_view why) {
    ++count_;
    if (path_.empty()) {
      if (examples_.size() < kMaxExamples) {
        examples_.push_back("line " + std::to_string(person.line) + ": " + person.value + ": " + std::string(why));
      }
      return {};
    }
    if (!file_.is_open()) {
      file_.open(path_, std::ios::binary | std::ios::trunc);
      file_ << column_ << ",line,reason\r\n";
    }
    file_ << quoted(person.value) << ',' << person.line << ',' << quoted(std::string(why)) << "\r\n";
    return file_ ? Status() : error(Code::kInvalidArgument, "cannot write to " + path_);
  }

  Status tell(std::ostream& out) {
    if (count_ == 0) return {};
    out << with_separators(count_) << (count_ == 1 ? " is" : " are") << " nobody whom Tessera knows";
    if (!path_.empty()) {
      file_.flush();
      out << ": see " << path_ << '\n';
      return file_ ? Status() : error(Code::kInvalidArgument, "cannot write to " + path_);
    }
    out << (count_ > examples_.size() ? "; the first of them (--rejects FILE has all):\n" : ":\n");
    for (const std::string& example : examples_) out << "  " << example << '\n';
    return {};
  }

 private:
  std::string path_;
  std::string column_;
  std::ofstream file_;
  std::uint64_t count_ = 0;
  std::vector<std::string> examples_;
};

// An upload on its way.
class Upload {
 public:
  Upload(const SegmentListOptions& options, http_client::Client& client, ListedPeople& people)
      : path_(SegmentApi::path_of(options.name)),
        replace_(options.replace),
        client_(client),
        people_(people),
        rejects_(options.rejects, people.column()) {}

  Status run() {
    if (replace_) TRY(note_members());
    for (bool more = true; more;) {
      TRY_ASSIGN(more, add_page());
    }
    return replace_ ? take_others_off() : Status();
  }

  Status tell(const std::string& name, std::ostream& out) {
    out << name << ": " << with_separators(added_) << " added, " << with_separators(unchanged_) << " on it already";
    if (replace_) out << ", " << with_separators(removed_) << " taken off";
    out << "; " << grouped(members_) << " members now\n";
    return rejects_.tell(out);
  }

 private:
  Status note_members() {
    std::string after;
    for (std::uint32_t page = 0; page < kMaxPages; ++page) {
      const std::string from = after.empty() ? "" : "&after=" + http_client::url_encode(after);
      TRY_ASSIGN(const DocumentNode answer, ask_json(client_, "GET", path_ + "/members?limit=1000" + from));
      for (const DocumentNode& member : list_of(answer, "members")) others_.insert(text_of(member, "id"));
      after = text_of(answer, "next");
      if (after.empty()) return {};
    }
    return error(Code::kTooLarge, "the segment has too many members to be replaced");
  }

  // False at the end of the file.
  Result<bool> add_page() {
    std::vector<ListedPerson> page;
    bool more = true;
    while (page.size() < kPage) {
      ListedPerson person;
      TRY_ASSIGN(more, people_.next(person));
      if (!more) break;
      if (person.problem.empty()) {
        page.push_back(std::move(person));
      } else {
        TRY(rejects_.add(person, person.problem));
      }
    }
    if (page.empty() && !members_.empty()) return more;
    std::vector<std::string> entries;
    for (const ListedPerson& person : page) entries.push_back(person.entry);
    TRY_ASSIGN(const DocumentNode answer, change("add", entries));
    added_ += count_of(answer, "added");
    unchanged_ += count_of(answer, "unchanged");
    std::set<std::string> unknown;
    if (const DocumentNode* const told = answer.find("unknown")) {
      for (const DocumentNode& one : list_of(*told, "first")) unknown.insert(one.scalar);
    }
    for (const ListedPerson& person : page) {
      if (unknown.contains(person.entry)) TRY(rejects_.add(person, "unknown"));
    }
    for (const DocumentNode& one : list_of(answer, "profiles")) others_.erase(one.scalar);
    return more;
  }

  Status take_others_off() {
    while (!others_.empty()) {
      std::vector<std::string> ids;
      while (ids.size() < kPage && !others_.empty()) ids.push_back(std::move(others_.extract(others_.begin()).value()));
      TRY_ASSIGN(const DocumentNode answer, change("remove", ids));
      removed_ += count_of(answer, "removed");
    }
    return {};
  }

  Result<DocumentNode> change(std::string_view how, const std::vector<std::string>& entries) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().key(how).begin_array();
    for (const std::string& entry : entries) json.string(entry);
    json.end_array().end_object();
    TRY_ASSIGN(DocumentNode answer, ask_json(client_, "POST", path_ + "/list?full=true", body));
    members_ = text_of(answer, "members");
    return answer;
  }

  const std::string path_;
  const bool replace_;
  http_client::Client& client_;
  ListedPeople& people_;
  Rejects rejects_;
  std::set<std::string> others_;  // members whom the file did not name so far
  std::uint64_t added_ = 0;
  std::uint64_t unchanged_ = 0;
  std::uint64_t removed_ = 0;
  std::string members_;
};

// Publishes the list, if there is no such segment.
Status create(const SegmentListOptions& options, http_client::Client& client) {
  const auto known = ask(client, "GET", SegmentApi::path_of(options.name));
  if (known || known.error().code != Code::kNotFound) return known ? Status() : std::unexpected(known.error());
  std::string document;
  JsonWriter json(document);
  json.begin_object();
  if (!options.owner.empty()) json.key("owner").string(options.owner);
  if (!options.description.empty()) json.key("description").string(options.description);
  json.key("list").boolean(true).end_object();
  TRY(ask(client, "PUT", "/v1/definitions/segment/" + http_client::url_encode(options.name) + "?state=published",
          document));
  return {};
}

void show_ranks(const DocumentNode& ranks, std::ostream& out) {
  const std::string among = text_of(ranks, "among");
  out << text_of(ranks, "text") << "\n  ";
  if (ranks.find("at") == nullptr) {
    out << "no table was made yet\n";
    return;
  }
  out << grouped(text_of(ranks, "people")) << (among.empty() ? " people" : " members of " + among) << ", made "
      << text_of(ranks, "at") << (is_true(ranks, "pending") ? "; waits for the history" : "") << '\n';
  out << "  tenths:";
  for (const DocumentNode& value : list_of(ranks, "tenths")) out << ' ' << value.scalar;
  out << '\n';
}

}  // namespace

Status run_segment_upload(const SegmentListOptions& options, std::ostream& out) {
  TRY_ASSIGN(http_client::Client client, open_client(options.server));
  TRY_ASSIGN(const DocumentNode rules, ask_json(client, "GET", "/v1/identity/rules"));
  std::vector<std::string> types;
  for (const DocumentNode& type : list_of(rules, "types")) types.push_back(text_of(type, "name"));
  TRY_ASSIGN(ListedPeople people, ListedPeople::open(options.file, options.identifier, types));
  if (options.create) TRY(create(options, client));
  Upload upload(options, client, people);
  TRY(upload.run());
  return upload.tell(options.name, out);
}

Status run_segment_freeze(const SegmentListOptions& options, std::ostream& out) {
  TRY_ASSIGN(http_client::Client client, open_client(options.server));
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("as").string(options.as);
  if (!options.description.empty()) json.key("description").string(options.description);
  json.end_object();
  TRY_ASSIGN(const DocumentNode answer, ask_json(client, "POST", SegmentApi::path_of(options.name) + "/freeze", body));
  out << text_of(answer, "segment") << " has the " << grouped(text_of(answer, "members")) << " members that "
      << options.name << " had at position " << text_of(answer, "position") << '\n';
  tell_filling(answer, out);
  return {};
}

Status run_segment_ranks(const SegmentListOptions& options, std::ostream& out) {
  TRY_ASSIGN(http_client::Client client, open_client(options.server));
  if (options.now) {
    TRY(ask(client, "POST", "/v1/segments/ranks"));
    out << "Everyone is being compared anew: `tessera segment ranks` shows when that was done.\n";
    return {};
  }
  TRY_ASSIGN(const DocumentNode answer, ask_json(client, "GET", "/v1/segments/ranks"));
  if (list_of(answer, "ranks").empty()) out << "No condition compares people with everyone.\n";
  for (const DocumentNode& ranks : list_of(answer, "ranks")) show_ranks(ranks, out);
  return {};
}

}  // namespace tessera::cli

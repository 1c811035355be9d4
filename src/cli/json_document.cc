#include "cli/json_document.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/json.h"
#include "cli/text.h"

namespace tessera::cli {

namespace {

namespace ondemand = simdjson::ondemand;

// Copies the lazy parser's values, in their order, into a tree.
class Copier {
 public:
  Copier(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  Result<DocumentNode> copy(ondemand::document& document) {
    ondemand::json_type type;
    if (const auto failed = document.type().get(type)) return broken(failed);
    if (type == ondemand::json_type::object || type == ondemand::json_type::array) {
      ondemand::value value;
      if (const auto failed = document.get_value().get(value)) return broken(failed);
      return copy(value, "", 0);
    }
    return error(Code::kInvalidArgument, std::string(where_) + ": must be a JSON object, or a list of them");
  }

 private:
  Result<DocumentNode> copy(ondemand::value value, const std::string& place, int depth) {
    DocumentNode out;
    const char* at = nullptr;
    if (value.current_location().get(at) == simdjson::SUCCESS) go_to(at);
    out.line = line_;
    out.place = place;
    if (++nodes_ > kMaxDocumentNodes) return refuse(place, "the document has more than 50,000 parts");
    if (depth > kMaxDocumentDepth) return refuse(place, "nested deeper than 100 levels");
    ondemand::json_type type;
    if (const auto failed = value.type().get(type)) return broken(failed);
    if (type == ondemand::json_type::object) {
      out.kind = DocumentNode::Kind::kMap;
      TRY(copy_members(value, place, depth, out));
    } else if (type == ondemand::json_type::array) {
      out.kind = DocumentNode::Kind::kList;
      TRY(copy_items(value, place, depth, out));
    } else if (type == ondemand::json_type::string) {
      std::string_view text;
      if (const auto failed = value.get_string().get(text)) return broken(failed);
      out.kind = DocumentNode::Kind::kScalar;
      out.scalar = text;
      out.quoted = true;
    } else if (type != ondemand::json_type::null) {
      out.kind = DocumentNode::Kind::kScalar;
      out.scalar = trimmed(value.raw_json_token());
    } else if (const auto failed = value.is_null().error()) {
      return broken(failed);
    }
    return out;
  }

  Status copy_items(ondemand::value value, const std::string& place, int depth, DocumentNode& out) {
    ondemand::array array;
    if (const auto failed = value.get_array().get(array)) return broken(failed);
    for (auto item : array) {
      ondemand::value element;
      if (const auto failed = item.get(element)) return broken(failed);
      TRY_ASSIGN(DocumentNode copied, copy(element, place + "[" + std::to_string(out.items.size()) + "]", depth + 1));
      out.items.push_back(std::move(copied));
    }
    return {};
  }

  Status copy_members(ondemand::value value, const std::string& place, int depth, DocumentNode& out) {
    ondemand::object object;
    if (const auto failed = value.get_object().get(object)) return broken(failed);
    for (auto member : object) {
      ondemand::field field;
      if (const auto failed = std::move(member).get(field)) return broken(failed);
      go_to(field.key().raw());
      const std::size_t line = line_;
      std::string_view key;
      if (const auto failed = field.unescaped_key().get(key)) return broken(failed);
      const std::string name(key);
      const std::string at = place.empty() ? name : place + "." + name;
      if (out.find(name) != nullptr) return refuse(at, "this key is there twice");
      TRY_ASSIGN(DocumentNode copied, copy(field.value(), at, depth + 1));
      copied.line = line;
      out.members.push_back({name, std::move(copied)});
    }
    return {};
  }

  // Counts lines up to `at`, which is never before where it was.
  void go_to(const char* at) {
    const std::size_t position = std::min(static_cast<std::size_t>(at - text_.data()), text_.size());
    for (; counted_ < position; ++counted_) line_ += text_[counted_] == '\n' ? 1 : 0;
  }

  std::unexpected<Error> refuse(const std::string& place, std::string_view message) const {
    return error(Code::kInvalidArgument, std::string(where_) + ":" + std::to_string(line_) + ": " +
                                             (place.empty() ? "" : place + ": ") + std::string(message));
  }
  std::unexpected<Error> broken(simdjson::error_code failed) const {
    return refuse("", std::string("no valid JSON: ") + simdjson::error_message(failed));
  }

  std::string_view text_;
  std::string_view where_;
  std::size_t counted_ = 0;
  std::size_t line_ = 1;
  std::size_t nodes_ = 0;
};

void write(const DocumentNode& node, JsonWriter& json) {
  switch (node.kind) {
    case DocumentNode::Kind::kNothing:
      json.null();
      return;
    case DocumentNode::Kind::kScalar:
      if (!node.quoted && (node.scalar == "true" || node.scalar == "false" || is_json_number(node.scalar))) {
        json.raw(node.scalar);
      } else {
        json.string(node.scalar);
      }
      return;
    case DocumentNode::Kind::kList:
      json.begin_array();
      for (const DocumentNode& item : node.items) write(item, json);
      json.end_array();
      return;
    case DocumentNode::Kind::kMap:
      json.begin_object();
      for (const auto& [name, member] : node.members) {
        json.key(name);
        write(member, json);
      }
      json.end_object();
      return;
  }
}

// "a~1b" is "a/b", "~0" is "~" (RFC 6901).
std::string unescaped(std::string_view step) {
  std::string out;
  for (std::size_t i = 0; i < step.size(); ++i) {
    const bool escape = step[i] == '~' && i + 1 < step.size();
    if (escape) ++i;
    out += !escape ? step[i] : step[i] == '1' ? '/' : '~';
  }
  return out;
}

std::string_view digits(std::string_view& text) {
  const auto end = std::ranges::find_if(text, [](char c) { return c < '0' || c > '9'; });
  const auto taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

bool skip(std::string_view& text, std::string_view any_of) {
  if (text.empty() || !any_of.contains(text.front())) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Result<DocumentNode> parse_json_document(std::string_view json, std::string_view where) {
  // The lazy parser does not look at what it is not asked for: the other one checks the whole.
  const simdjson::padded_string padded(json);
  simdjson::dom::parser checker;
  simdjson::dom::element checked;
  if (const auto failed = checker.parse(padded).get(checked)) {
    return error(Code::kInvalidArgument, std::string(where) + ": no valid JSON: " + simdjson::error_message(failed));
  }
  ondemand::parser parser;
  ondemand::document document;
  if (const auto failed = parser.iterate(padded).get(document)) {
    return error(Code::kInvalidArgument, std::string(where) + ": no valid JSON: " + simdjson::error_message(failed));
  }
  return Copier({padded.data(), padded.size()}, where).copy(document);
}

std::string json_of(const DocumentNode& node) {
  std::string out;
  JsonWriter json(out);
  write(node, json);
  return out;
}

const DocumentNode& node_at(const DocumentNode& root, std::string_view pointer) {
  const DocumentNode* node = &root;
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const std::string step = unescaped(pointer.substr(0, pointer.find('/')));
    pointer.remove_prefix(std::min(pointer.find('/'), pointer.size()));
    const DocumentNode* next = node->find(step);
    std::size_t index = 0;
    const auto read = std::from_chars(step.data(), step.data() + step.size(), index);
    if (read.ec == std::errc() && index < node->items.size()) next = &node->items[index];
    if (next == nullptr) break;
    node = next;
  }
  return *node;
}

std::string indented_json(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool quoted = false;
  const auto new_line = [&] { out.append(1, '\n').append(2 * depth, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      out += c;
      if (c == '\\' && i + 1 < json.size()) out += json[++i];
      quoted = c != '"';
      continue;
    }
    if (std::string_view(" \t\r\n").contains(c)) continue;
    const bool opens = c == '{' || c == '[';
    const bool closes = c == '}' || c == ']';
    if (closes && depth > 0) {
      --depth;
      if (out.back() != '{' && out.back() != '[') new_line();
    } else if (!out.empty() && (out.back() == '{' || out.back() == '[')) {
      new_line();
    }
    out += c;
    quoted = c == '"';
    if (opens) ++depth;
    if (c == ',') new_line();
    if (c == ':') out += ' ';
  }
  return out;
}

bool is_json_number(std::string_view text) {
  skip(text, "-");
  const bool zero = text.starts_with('0');
  const std::string_view whole = digits(text);
  if (whole.empty() || (zero && whole.size() > 1)) return false;
  if (skip(text, ".") && digits(text).empty()) return false;
  if (skip(text, "eE")) {
    skip(text, "+-");
    if (digits(text).empty()) return false;
  }
  return text.empty();
}

}  // namespace tessera::cli

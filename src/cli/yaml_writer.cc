#include "cli/yaml_writer.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "base/json.h"
#include "cli/json_document.h"

namespace tessera::cli {

namespace {

constexpr std::string_view kIndicators = "-?:,[]{}#&*!|>'\"%@`=~<";

bool has_controls(std::string_view text, bool line_ends_too) {
  return std::ranges::any_of(text, [&](char c) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    return control && (c != '\n' || line_ends_too);
  });
}

// Characters that a YAML reader takes for line ends or for marks of encoding.
bool has_odd_spaces(std::string_view text) {
  return text.contains("\xc2\x85") || text.contains("\xe2\x80\xa8") || text.contains("\xe2\x80\xa9") ||
         text.contains("\xef\xbb\xbf");
}

// Words that some YAML reader takes for something else than text.
bool is_taken(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::string_view kWords[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  return std::ranges::find(kWords, lower) != std::end(kWords);
}

// Whether `text` needs no quotes to be read as itself. Texts that begin like numbers and dates get some.
bool is_plain(std::string_view text) {
  if (text.empty() || is_taken(text) || has_controls(text, true) || has_odd_spaces(text)) return false;
  const char first = text.front();
  if (first == ' ' || first == '.' || first == '+' || (first >= '0' && first <= '9')) return false;
  if (kIndicators.contains(first) || text.back() == ' ' || text.back() == ':') return false;
  return !text.contains(": ") && !text.contains(" #");
}

// Whether `text` can stand in a literal block: it says something, and all of it is printed as it is.
bool is_block(std::string_view text) {
  return !has_controls(text, false) && !has_odd_spaces(text) && !text.starts_with('\n') && !text.starts_with(' ') &&
         text.find_first_not_of('\n') != std::string_view::npos;
}

class Writer {
 public:
  std::string take() && { return std::move(out_); }

  // `node` at the end of a line "key:" or "-" whose own members are at `indent`.
  void after_mark(const DocumentNode& node, std::size_t indent, bool in_list) {
    if (node.kind == DocumentNode::Kind::kMap && !node.members.empty()) {
      members(node, indent, in_list);
    } else if (node.kind == DocumentNode::Kind::kList && !node.items.empty()) {
      if (in_list) {
        items(node, indent, true);
      } else {
        out_ += '\n';
        items(node, indent, false);
      }
    } else {
      out_ += ' ';
      scalar(node, indent);
    }
  }

  void scalar(const DocumentNode& node, std::size_t indent) {
    if (node.kind == DocumentNode::Kind::kNothing) {
      out_ += "null\n";
    } else if (node.kind == DocumentNode::Kind::kList) {
      out_ += "[]\n";
    } else if (node.kind == DocumentNode::Kind::kMap) {
      out_ += "{}\n";
    } else {
      text(node, indent);
    }
  }

  // In a list the first member stands behind the dash.
  void members(const DocumentNode& node, std::size_t indent, bool in_list) {
    bool first = true;
    for (const auto& [name, member] : node.members) {
      if (first) {
        out_ += in_list ? " " : out_.empty() ? "" : "\n";
      }
      if (!first || !in_list) out_.append(indent, ' ');
      first = false;
      if (is_plain(name)) {
        out_ += name;
      } else {
        append_json_string(out_, name);
      }
      out_ += ':';
      after_mark(member, indent + 2, false);
    }
  }

  void items(const DocumentNode& node, std::size_t indent, bool in_list) {
    bool first = true;
    for (const DocumentNode& item : node.items) {
      if (first && in_list) {
        out_ += ' ';
      } else {
        out_.append(indent, ' ');
      }
      first = false;
      out_ += '-';
      after_mark(item, indent + 2, true);
    }
  }

 private:
  void text(const DocumentNode& node, std::size_t indent) {
    const std::string& text = node.scalar;
    const bool other = !node.quoted && (text == "true" || text == "false" || is_json_number(text));
    if (other || is_plain(text)) {
      out_.append(text).append("\n");
    } else if (is_block(text) && (text.contains('\n') || text.contains('"') || text.contains('\\'))) {
      block(text, indent);
    } else {
      append_json_string(out_, text);
      out_ += '\n';
    }
  }

  void block(std::string_view text, std::size_t indent) {
    const bool ended = text.ends_with('\n');
    out_ += !ended ? "|-\n" : text.ends_with("\n\n") ? "|+\n" : "|\n";
    if (ended) text.remove_suffix(1);
    while (true) {
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      if (!line.empty()) out_.append(indent, ' ').append(line);
      out_ += '\n';
      if (end == std::string_view::npos) return;
      text.remove_prefix(end + 1);
    }
  }

  std::string out_;
};

}  // namespace

std::string yaml_of(const DocumentNode& node) {
  Writer writer;
  if (node.kind == DocumentNode::Kind::kMap && !node.members.empty()) {
    writer.members(node, 0, false);
  } else if (node.kind == DocumentNode::Kind::kList && !node.items.empty()) {
    writer.items(node, 0, false);
  } else {
    writer.scalar(node, 0);
  }
  return std::move(writer).take();
}

}  // namespace tessera::cli

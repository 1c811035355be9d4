#include "cli/segment_explanation.h"

#include "cli/json_document.h"
#include "cli/segment_api.h"

namespace tessera::cli {

namespace {

constexpr std::string_view kIndent = "  ";

std::string stated(const DocumentNode& part) {
  const std::string source = text_of(part, "source");
  if (source.empty()) return {};
  return ", said by " + source + " on " + text_of(part, "stated_at").substr(0, 10) +
         (is_true(part, "counts") ? "" : "; another word counts");
}

void show_reads(const DocumentNode& explanation, const std::string& indent, std::ostream& out) {
  for (const DocumentNode& read : list_of(explanation, "reads")) {
    const DocumentNode* value = read.find("value");
    out << indent << text_of(read, "text") << " is " << (value == nullptr ? "null" : json_of(*value)) << '\n';
    for (const DocumentNode& part : list_of(read, "parts")) {
      const DocumentNode* share = part.find("value");
      out << indent << kIndent << text_of(part, "part") << ": " << (share == nullptr ? "null" : json_of(*share))
          << stated(part) << '\n';
    }
  }
}

// One line of a condition of several, the others below it.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n' || (c == ' ' && line.ends_with(' '))) continue;
    line += c;
  }
  return line;
}

}  // namespace

void show_explanation(const DocumentNode& explanation, const std::string& indent, std::ostream& out) {
  out << indent << (is_true(explanation, "holds") ? "✓ " : "✗ ") << on_one_line(text_of(explanation, "text")) << '\n';
  const DocumentNode* value = explanation.find("value");
  if (value != nullptr && value->find("error") != nullptr) {
    out << indent << kIndent << "ended with an error: " << text_of(*value, "error") << '\n';
  }
  for (const DocumentNode& operand : list_of(explanation, "operands")) {
    show_explanation(operand, indent + std::string(kIndent), out);
  }
  show_reads(explanation, indent + std::string(kIndent) + std::string(kIndent), out);
}

}  // namespace tessera::cli

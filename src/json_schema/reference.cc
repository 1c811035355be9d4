#include "json_schema/reference.h"

#include <algorithm>
#include <charconv>

namespace tessera::json_schema {

namespace {

bool has_scheme(std::string_view reference) {
  const std::size_t colon = reference.find(':');
  return colon != std::string_view::npos && colon > 0 && std::ranges::all_of(reference.substr(0, colon), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
                  c == '.';
         });
}

// "http://a.example" of "http://a.example/b/c".
std::string_view origin(std::string_view address) {
  const std::size_t slashes = address.find("://");
  if (slashes == std::string_view::npos) return {};
  return address.substr(0, address.find('/', slashes + 3));
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned byte = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() < 2 || read.ec != std::errc() || read.ptr != digits.data() + 2) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '~') {
      out += part[i];
    } else if (++i < part.size() && (part[i] == '0' || part[i] == '1')) {
      out += part[i] == '0' ? '~' : '/';
    } else {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace

std::string resolve(std::string_view base, std::string_view reference) {
  const std::string_view document = split(base).document;
  if (reference.empty()) return std::string(document);
  if (reference.starts_with('#')) return std::string(document).append(reference);
  if (has_scheme(reference)) return std::string(reference);
  if (reference.starts_with('/')) return std::string(origin(document)).append(reference);
  const std::size_t slash = document.rfind('/');
  const std::string_view folder = slash == std::string_view::npos ? std::string_view{} : document.substr(0, slash + 1);
  return std::string(folder).append(reference);
}

Address split(std::string_view address) {
  const std::size_t hash = address.find('#');
  if (hash == std::string_view::npos) return {address, {}};
  return {address.substr(0, hash), address.substr(hash + 1)};
}

std::optional<std::vector<std::string>> pointer_parts(std::string_view fragment) {
  const auto pointer = percent_decoded(fragment);
  if (!pointer || (!pointer->empty() && !pointer->starts_with('/'))) return std::nullopt;
  std::vector<std::string> parts;
  std::string_view rest = *pointer;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    auto part = unescaped(rest.substr(0, end));
    if (!part) return std::nullopt;
    parts.push_back(std::move(*part));
    rest.remove_prefix(end);
  }
  return parts;
}

void append_part(std::string& pointer, std::string_view name) {
  pointer += '/';
  for (const char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

}  // namespace tessera::json_schema
